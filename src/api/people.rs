//! People and clients: lists, forms, invitations.

use domain::{
    AppResult,
    operate::view::{MailPage, MailView},
    payables::view::VendorPage,
    people::view::{ClientsPage, MembersPage, PeoplePage, PersonPage, VendorLine},
    reports::view::ClientPage,
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

#[cfg(feature = "ssr")]
use domain::{
    Capability,
    people::{ClientForm, PersonForm, VendorForm},
};

/// A new key for a form.
#[server(name = NewFormKey, endpoint = "form-key", input = PostUrl, output = Postcard)]
pub async fn form_key() -> AppResult<String> {
    super::guard(Capability::OwnAccount).await?;
    Ok(super::new_form_key())
}

/// A page of people.
#[server(name = ReadPeople, endpoint = "people", input = PostUrl, output = Postcard)]
pub async fn people(q: String, role: String, after: String) -> AppResult<PeoplePage> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.people(&caller, &q, &role, &after).await
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
        engine.invite_person(&caller, &idem_key, &form).await?;
        super::done("/admin/people", "Invitation sent.").await;
    } else {
        engine.save_person(&caller, &id, &form, active, version).await?;
        super::done("/admin/people", "Person saved.").await;
    }
    Ok(())
}

/// Sends an invitation again. For admins, and for owners of the person's client.
#[server(endpoint = "people/invite-again", input = PostUrl, output = Postcard)]
pub async fn invite_again(#[server(default)] id: String) -> AppResult<()> {
    let (engine, caller) = super::guard_either(Capability::ManagePeople, Capability::Billing).await?;
    engine.invite_again(&caller, &id).await?;
    let back = if caller.client_id.is_some() {
        "/members"
    } else {
        "/admin/people"
    };
    super::done(back, "Invitation sent again.").await;
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
    super::done(
        "/members",
        if active {
            "Access given back."
        } else {
            "Access taken away."
        },
    )
    .await;
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
        format!("/admin/clients/{client}")
    };
    super::done(&back, "Saved.").await;
    Ok(())
}

/// A page of clients.
#[server(name = ReadClients, endpoint = "clients", input = PostUrl, output = Postcard)]
pub async fn clients(q: String, payment: String, after: String) -> AppResult<ClientsPage> {
    let (engine, caller) = super::guard(Capability::SeeAdmin).await?;
    engine.clients(&caller, &q, &payment, &after).await
}

/// One client.
#[server(name = ReadClient, endpoint = "clients/one", input = PostUrl, output = Postcard)]
pub async fn client(id: String) -> AppResult<ClientPage> {
    let (engine, caller) = super::guard(Capability::SeeAdmin).await?;
    engine.client(&caller, &id).await
}

/// Adds a client, or changes one; an empty id is a new one.
#[server(endpoint = "clients/save", input = PostUrl, output = Postcard)]
pub async fn save_client(
    #[server(default)] idem_key: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] name: String,
    #[server(default)] alias: String,
    #[server(default)] payment_type: String,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let form = ClientForm {
        name,
        alias,
        payment_type,
    };
    let id = if id.is_empty() {
        engine.create_client(&caller, &idem_key, &form).await?.to_string()
    } else {
        engine.save_client(&caller, &id, &form, version).await?;
        id
    };
    super::done(&format!("/admin/clients/{id}"), "Client saved.").await;
    Ok(())
}

/// A client's own prices, by service; an empty one is the standard price.
#[server(endpoint = "clients/prices", input = PostUrl, output = Postcard)]
pub async fn save_client_prices(
    #[server(default)] id: String,
    #[server(default)] service: Vec<String>,
    #[server(default)] price: Vec<String>,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    if service.len() != price.len() {
        return Err(domain::AppError::Invalid { fields: Vec::new() });
    }
    let typed: Vec<(String, String)> = service.into_iter().zip(price).collect();
    engine.set_client_prices(&caller, &id, &typed).await?;
    super::done(&format!("/admin/clients/{id}"), "Prices saved.").await;
    Ok(())
}

/// All vendors.
#[server(name = ReadVendors, endpoint = "vendors", input = PostUrl, output = Postcard)]
pub async fn vendors() -> AppResult<Vec<VendorLine>> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.vendors(&caller).await
}

/// One vendor.
#[server(name = ReadVendor, endpoint = "vendors/one", input = PostUrl, output = Postcard)]
pub async fn vendor(id: String) -> AppResult<VendorPage> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.vendor(&caller, &id).await
}

/// Adds a vendor, or changes one; an empty id is a new one.
#[server(endpoint = "vendors/save", input = PostUrl, output = Postcard)]
pub async fn save_vendor(
    #[server(default)] id: String,
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
        let id = engine.create_vendor(&caller, &form).await?;
        super::done(&format!("/admin/vendors/{id}"), "Vendor added. Say what it offers.").await;
    } else {
        engine.save_vendor(&caller, &id, &form).await?;
        super::done("/admin/vendors", "Vendor saved.").await;
    }
    Ok(())
}

/// VP3: which services a vendor offers, and for how much a unit; an empty amount is none.
#[server(endpoint = "vendors/services", input = PostUrl, output = Postcard)]
pub async fn save_vendor_services(
    id: String,
    #[server(default)] service: Vec<String>,
    #[server(default)] rate: Vec<String>,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    if service.len() != rate.len() {
        return Err(domain::AppError::Invalid { fields: Vec::new() });
    }
    let typed: Vec<(String, String)> = service.into_iter().zip(rate).collect();
    engine.set_vendor_services(&caller, &id, &typed).await?;
    super::done(&format!("/admin/vendors/{id}"), "Services saved.").await;
    Ok(())
}

/// VP1: what a vendor gets for a pack instead of what the pack says.
#[server(endpoint = "vendors/payment", input = PostUrl, output = Postcard)]
pub async fn save_vendor_payment(
    id: String,
    #[server(default)] pack: String,
    #[server(default)] payment: String,
    #[server(default)] mode: String,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let form = domain::payables::VendorPaymentForm { pack, payment, mode };
    engine.set_vendor_payment(&caller, &id, &form).await?;
    super::done(
        &format!("/admin/vendors/{id}"),
        "Payment saved. It holds from the next period on.",
    )
    .await;
    Ok(())
}

/// VP1: the vendor gets what the pack says again.
#[server(endpoint = "vendors/remove-payment", input = PostUrl, output = Postcard)]
pub async fn remove_vendor_payment(id: String, pack: String) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.remove_vendor_payment(&caller, &id, super::id(&pack)?).await?;
    super::done(
        &format!("/admin/vendors/{id}"),
        "The vendor gets what the pack says again.",
    )
    .await;
    Ok(())
}

/// A page of mails.
#[server(name = ReadMails, endpoint = "mails", input = PostUrl, output = Postcard)]
pub async fn mails(q: String, after: String) -> AppResult<MailPage> {
    let (engine, caller) = super::guard(Capability::Operate).await?;
    engine.mails(&caller, &q, &after).await
}

/// One mail.
#[server(name = ReadMail, endpoint = "mails/one", input = PostUrl, output = Postcard)]
pub async fn mail(id: String) -> AppResult<MailView> {
    let (engine, caller) = super::guard(Capability::Operate).await?;
    engine.mail(&caller, &id).await
}
