//! Signing in, links by mail and one's own account; people, clients, vendors: lists, forms, invitations. The forms that begin or
//! end a session are plain posts of the server.

use domain::{
    AppResult,
    people::{
        ClientsQuery, PeopleQuery,
        view::{
            AccountPage, AgencyPage, ClientsPage, LinkOwner, MembersPage, PeoplePage, PersonPage, SignInPage,
            VendorLine,
        },
    },
};
#[cfg(feature = "ssr")]
use domain::{
    Capability,
    people::{AgencyForm, ClientForm, OwnerForm, PersonForm, VendorForm},
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// The sign-in page. Open to all: it says only what the demo's own page says (§31).
#[server(name = ReadSignInPage, endpoint = "sign-in-page", input = PostUrl, output = Postcard)]
pub async fn sign_in_page() -> AppResult<SignInPage> {
    let here = super::here()?;
    here.engine.sign_in_page(here.sandbox).await
}

/// Whose a reset or invitation link is. Open to all: the link's secret is the right to ask.
#[server(name = ReadLinkOwner, endpoint = "link-owner", input = PostUrl, output = Postcard)]
pub async fn link_owner(invitation: bool, token: String) -> AppResult<LinkOwner> {
    use engine::people::LinkKind;
    let kind = if invitation { LinkKind::Invite } else { LinkKind::Reset };
    super::here()?.engine.link_owner(kind, &token).await
}

/// One's own account.
#[server(name = ReadAccount, endpoint = "account", input = PostUrl, output = Postcard)]
pub async fn account() -> AppResult<AccountPage> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    here.engine.account(&signed.caller, &signed.session_id).await
}

/// Changes one's name.
#[server(endpoint = "account/rename", input = PostUrl, output = Postcard)]
pub async fn rename_self(#[server(default)] name: String) -> AppResult<()> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    here.engine.rename_self(&signed.caller, &name).await?;
    super::done("/account", "Name saved.").await;
    Ok(())
}

/// Changes one's password and ends one's other sessions.
#[server(endpoint = "account/password", input = PostUrl, output = Postcard)]
pub async fn change_password(
    #[server(default)] present: String,
    #[server(default)] password: String,
    #[server(default)] again: String,
) -> AppResult<()> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    here.engine
        .change_password(
            &signed.caller,
            &signed.session_id,
            here.source.as_deref(),
            &present,
            &password,
            &again,
        )
        .await?;
    // A new id for this session too: whoever had the old one has it no more.
    if let Err(error) = here.session.cycle_id().await {
        tracing::error!(%error, "a session's id could not be changed");
    }
    super::done("/account", "Password changed. You're signed out on other devices.").await;
    Ok(())
}

/// Ends one of one's sessions.
#[server(endpoint = "account/end-session", input = PostUrl, output = Postcard)]
pub async fn end_session(#[server(default)] id: String) -> AppResult<()> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    here.engine.end_session(&signed.caller, &id).await?;
    super::done("/account", "Session ended.").await;
    Ok(())
}

/// Ends all of one's sessions but this one.
#[server(endpoint = "account/end-other-sessions", input = PostUrl, output = Postcard)]
pub async fn end_other_sessions() -> AppResult<()> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    let ended = here
        .engine
        .end_other_sessions(&signed.caller, &signed.session_id)
        .await?;
    let ended = i64::try_from(ended).unwrap_or(i64::MAX);
    let text = domain::shown::counted(ended, "other session ended.", "other sessions ended.");
    super::done("/account", &text).await;
    Ok(())
}

/// A new key for a form.
#[server(name = NewFormKey, endpoint = "form-key", input = PostUrl, output = Postcard)]
pub async fn form_key() -> AppResult<String> {
    super::guard(Capability::OwnAccount).await?;
    Ok(super::new_form_key())
}

/// A page of people.
#[server(name = ReadPeople, endpoint = "people", input = PostUrl, output = Postcard)]
pub async fn people(#[server(default)] query: PeopleQuery) -> AppResult<PeoplePage> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.people(&caller, &query).await
}

/// The form for a person, with its key; an empty id is a new one.
#[server(name = ReadPersonForm, endpoint = "people/form", input = PostUrl, output = Postcard)]
pub async fn person_form(id: String) -> AppResult<(PersonPage, String)> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let id = Some(id.as_str()).filter(|id| !id.is_empty());
    Ok((engine.person_form(&caller, id).await?, super::new_form_key()))
}

/// Invites a person, or changes one; an empty id is a new one.
#[server(endpoint = "people/save", input = PostUrl, output = Postcard)]
pub async fn save_person(
    #[server(default)] idem_key: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] role: String,
    #[server(default)] client: String,
    #[server(default)] vendor: String,
    #[server(default)] lead: bool,
    #[server(default)] active: bool,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let form = PersonForm {
        name,
        email,
        role,
        client,
        vendor,
        lead,
    };
    if id.is_empty() {
        let id = engine.invite_person(&caller, &idem_key, &form).await?;
        super::done(&format!("/admin/people/{id}"), "Invitation sent.").await;
    } else {
        engine.save_person(&caller, &id, &form, active, version).await?;
        super::done("/admin/people", "Person saved.").await;
    }
    Ok(())
}

/// Sends an invitation again. For admins, and for owners of the person's client.
#[server(endpoint = "people/invite-again", input = PostUrl, output = Postcard)]
pub async fn invite_again(#[server(default)] idem_key: String, #[server(default)] id: String) -> AppResult<()> {
    let (engine, caller) = super::guard_either(Capability::ManagePeople, Capability::Billing).await?;
    engine.invite_again(&caller, &idem_key, &id).await?;
    let back = if caller.client_id.is_some() {
        "/members".to_owned()
    } else {
        format!("/admin/people/{id}")
    };
    super::done(&back, "Invitation resent.").await;
    Ok(())
}

/// The people of one's own client, and a key for the form of an invitation.
#[server(name = ReadMembers, endpoint = "members", input = PostUrl, output = Postcard)]
pub async fn members() -> AppResult<(MembersPage, String)> {
    let (engine, caller) = super::guard(Capability::Billing).await?;
    Ok((engine.members(&caller).await?, super::new_form_key()))
}

/// Invites somebody to one's own client.
#[server(endpoint = "members/invite", input = PostUrl, output = Postcard)]
pub async fn invite_member(
    #[server(default)] idem_key: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] owner: bool,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::Billing).await?;
    engine.invite_member(&caller, &idem_key, &name, &email, owner).await?;
    super::done("/members", "Invitation sent.").await;
    Ok(())
}

/// Takes somebody's access to one's own client away, or gives it back.
#[server(endpoint = "members/set-active", input = PostUrl, output = Postcard)]
pub async fn set_member_active(#[server(default)] id: String, #[server(default)] active: bool) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::Billing).await?;
    engine.set_member_active(&caller, &id, active).await?;
    super::done("/members", if active { "Access restored." } else { "Access removed." }).await;
    Ok(())
}

/// §25: whether members may order what is charged; an empty client is one's own.
#[server(endpoint = "clients/members-may-order-extra", input = PostUrl, output = Postcard)]
pub async fn set_members_may_order_extra(
    #[server(default)] client: String,
    #[server(default)] on: bool,
) -> AppResult<()> {
    let (engine, caller) = super::guard_either(Capability::ManagePeople, Capability::Billing).await?;
    engine.set_members_may_order_extra(&caller, &client, on).await?;
    let back = if caller.client_id.is_some() {
        "/members".to_owned()
    } else {
        format!("/admin/clients/{client}?tab=settings")
    };
    super::done(&back, "Setting saved.").await;
    Ok(())
}

/// A page of clients.
#[server(name = ReadClients, endpoint = "clients", input = PostUrl, output = Postcard)]
pub async fn clients(#[server(default)] query: ClientsQuery) -> AppResult<ClientsPage> {
    let (engine, caller) = super::guard(Capability::SeeAdmin).await?;
    engine.clients(&caller, &query).await
}

/// What the form for a new client begins with: a free alias, and its key.
#[server(name = ReadNewClient, endpoint = "clients/new", input = PostUrl, output = Postcard)]
pub async fn new_client() -> AppResult<(String, String)> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    Ok((engine.free_alias(&caller).await?, super::new_form_key()))
}

/// Adds a client and invites its owner, or changes one; an empty id is a new one.
#[server(endpoint = "clients/save", input = PostUrl, output = Postcard)]
pub async fn save_client(
    #[server(default)] idem_key: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] name: String,
    #[server(default)] alias: String,
    #[server(default)] payment_type: String,
    #[server(default)] owner_name: String,
    #[server(default)] owner_email: String,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let form = ClientForm {
        name,
        alias,
        payment_type,
    };
    let (id, said) = if id.is_empty() {
        let owner = OwnerForm {
            name: owner_name,
            email: owner_email,
        };
        let said = if owner.email.trim().is_empty() {
            "Client added."
        } else {
            "Client added. Invitation sent."
        };
        let id = engine.create_client_with(&caller, &idem_key, &form, &owner).await?;
        (id.to_string(), said)
    } else {
        engine.save_client(&caller, &id, &form, version).await?;
        (format!("{id}?tab=settings"), "Client saved.")
    };
    super::done(&format!("/admin/clients/{id}"), said).await;
    Ok(())
}

/// The agency's settings.
#[server(name = ReadAgency, endpoint = "agency", input = PostUrl, output = Postcard)]
pub async fn agency() -> AppResult<AgencyPage> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.agency(&caller).await
}

/// Changes the agency's settings.
#[server(endpoint = "agency/save", input = PostUrl, output = Postcard)]
pub async fn save_agency(
    #[server(default)] version: i64,
    #[server(default)] name: String,
    #[server(default)] accent: String,
    #[server(default)] reply_to: String,
    #[server(default)] shows_vendor_names: bool,
    #[server(default)] drops_logo: bool,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let form = AgencyForm {
        name,
        accent,
        reply_to,
        shows_vendor_names,
        drops_logo,
    };
    engine.save_agency(&caller, &form, version).await?;
    super::done("/admin/settings", "Settings saved.").await;
    Ok(())
}

/// All vendors.
#[server(name = ReadVendors, endpoint = "vendors", input = PostUrl, output = Postcard)]
pub async fn vendors() -> AppResult<Vec<VendorLine>> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.vendors(&caller).await
}

/// Adds a vendor, or changes one; an empty id is a new one.
#[server(endpoint = "vendors/save", input = PostUrl, output = Postcard)]
pub async fn save_vendor(
    #[server(default)] idem_key: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] phone: String,
    #[server(default)] notes: String,
    #[server(default)] active: bool,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let form = VendorForm {
        name,
        email,
        phone,
        notes,
        active: active || id.is_empty(),
    };
    if id.is_empty() {
        let id = engine.create_vendor(&caller, &idem_key, &form).await?;
        super::done(
            &format!("/admin/vendors/{id}?tab=prices"),
            "Vendor added. Now choose the services.",
        )
        .await;
    } else {
        engine.save_vendor(&caller, &id, &form, version).await?;
        super::done("/admin/vendors", "Vendor saved.").await;
    }
    Ok(())
}
