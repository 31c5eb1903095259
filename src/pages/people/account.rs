//! `/account`: one's name, password and sessions; and `/members`: the people of one's client.

use crate::{
    api::people::{
        ChangePassword, EndOtherSessions, EndSession, InviteAgain, InviteMember, ReadAccount, ReadMembers, RenameSelf,
        SetMemberActive, SetMembersMayOrderExtra,
    },
    components::*,
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    Role,
    people::view::{AccountPage, MembersPage, PersonView, SessionView},
};
use leptos::prelude::*;

/// One's own account.
#[component]
pub fn Account() -> impl IntoView {
    let rename = posting::<RenameSelf>();
    let end = posting::<EndSession>();
    let end_others = posting::<EndOtherSessions>();
    let password = posting::<ChangePassword>();
    let page = read(|| ReadAccount {});
    view! {
        <PageHeader title="Your account"/>
        {page.show(Skeleton::Table(4), move |page| match page {
                    Ok(page) => view! { <Found page rename password end end_others/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Found(
    page: AccountPage,
    rename: Posting<RenameSelf>,
    password: Posting<ChangePassword>,
    end: Posting<EndSession>,
    end_others: Posting<EndOtherSessions>,
) -> impl IntoView {
    let named = rename.problems();
    let changed = password.problems();
    let others = page.sessions.iter().any(|session| !session.this);
    let role = match &page.org_name {
        Some(org) => format!("{}, {org}", page.role),
        None => page.role.clone(),
    };
    let (email, username) = (page.email.clone(), page.email);
    view! {
        <div class="flex flex-col gap-10">
            <section aria-labelledby="you">
                <SectionTitle title="You" id="you"/>
                <Facts>
                    <Fact label="Email">{email}</Fact>
                    <Fact label="Role">{role}</Fact>
                </Facts>
                <PostForm action=rename class="flex flex-col gap-5 max-w-lg mt-4">
                    <TextField
                        name="name"
                        label="Name"
                        value=page.name
                        error=named.field("name")
                        autocomplete="name"
                        required=true
                    />
                    <FormActions>
                        <Button submit=true pending=rename.pending()>
                            "Save name"
                        </Button>
                    </FormActions>
                </PostForm>
            </section>
            <section aria-labelledby="password">
                <SectionTitle title="Password" id="password"/>
                <PostForm action=password class="flex flex-col gap-5 max-w-lg">
                    <ErrorSummary
                        problems=changed
                        labels=&[
                            ("present", "Current password"),
                            ("password", "New password"),
                            ("again", "Confirm new password"),
                        ]
                    />
                    <input type="hidden" name="username" autocomplete="username" value=username/>
                    <TextField
                        name="present"
                        label="Current password"
                        kind=InputKind::Password
                        error=changed.field("present")
                        autocomplete="current-password"
                        required=true
                    />
                    <TextField
                        name="password"
                        label="New password"
                        kind=InputKind::Password
                        help="At least 10 characters. You'll be signed out on other devices."
                        error=changed.field("password")
                        hint=domain::people::password::hint
                        autocomplete="new-password"
                        required=true
                    />
                    <TextField
                        name="again"
                        label="Confirm new password"
                        kind=InputKind::Password
                        error=changed.field("again")
                        autocomplete="new-password"
                        required=true
                    />
                    <FormActions>
                        <Button submit=true pending=password.pending()>
                            "Change password"
                        </Button>
                    </FormActions>
                </PostForm>
            </section>
            <section aria-labelledby="sessions">
                <SectionTitle title="Sessions" id="sessions"/>
                <DataTable
                    caption="Sessions"
                    columns=vec![
                        Column::new("Browser"),
                        Column::new("IP address"),
                        Column::new("Signed in"),
                        Column::new("Last used"),
                        Column::hidden("Actions"),
                    ]
                >
                    {page.sessions.into_iter().map(|session| view! { <SessionRow session end/> }).collect_view()}
                </DataTable>
                {others
                    .then(|| {
                        view! {
                            <PostForm action=end_others class="mt-4">
                                <Button submit=true pending=end_others.pending()>
                                    "End all other sessions"
                                </Button>
                            </PostForm>
                        }
                    })}
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn SessionRow(session: SessionView, end: Posting<EndSession>) -> impl IntoView {
    let name = format!("End the session of {}", session.device);
    view! {
        <Row>
            <RowHead>{session.device}</RowHead>
            <Cell label="IP address">{session.ip}</Cell>
            <Cell label="Signed in">{session.began}</Cell>
            <Cell label="Last used">{session.last_used}</Cell>
            <Cell>
                {if session.this {
                    view! { <Badge text="This session" tone=Tone::Info/> }.into_any()
                } else {
                    view! {
                        <PostForm action=end>
                            <input type="hidden" name="id" value=session.id/>
                            <Button small=true submit=true attr:aria-label=name>
                                "End"
                            </Button>
                        </PostForm>
                    }
                        .into_any()
                }}
            </Cell>
        </Row>
    }
}

/// The people of one's client, for its owners.
#[component]
pub fn Members() -> impl IntoView {
    let invite = posting::<InviteMember>();
    let again = posting::<InviteAgain>();
    let set_active = posting::<SetMemberActive>();
    let extra = posting::<SetMembersMayOrderExtra>();
    let page = read(|| ReadMembers {});
    view! {
        <PageHeader title="Members" lead="People at your company who can sign in."/>
        {page.show(Skeleton::Table(4), move |page| match page {
                    Ok((page, key)) => view! { <Team page key invite again set_active extra/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Team(
    page: MembersPage,
    key: String,
    invite: Posting<InviteMember>,
    again: Posting<InviteAgain>,
    set_active: Posting<SetMemberActive>,
    extra: Posting<SetMembersMayOrderExtra>,
) -> impl IntoView {
    let problems = invite.problems();
    let refused = set_active.problems();
    let may = page.members_may_order_extra;
    let again_key = key.clone();
    view! {
        <div class="flex flex-col gap-10">
            <section aria-labelledby="people">
                <SectionTitle title=format!("People of {}", page.client) id="people"/>
                <ErrorSummary problems=refused/>
                <DataTable
                    caption="Members"
                    columns=vec![
                        Column::new("Name"),
                        Column::new("Email"),
                        Column::new("Role"),
                        Column::new("Last signed in"),
                        Column::new("Status"),
                        Column::hidden("Actions"),
                    ]
                >
                    {page
                        .people
                        .into_iter()
                        .map(|person| view! { <MemberRow person key=again_key.clone() again set_active/> })
                        .collect_view()}
                </DataTable>
            </section>
            <section aria-labelledby="extra">
                <SectionTitle title="Extra units" id="extra"/>
                <p class="text-muted max-w-[65ch]">
                    {if may {
                        "Members can order extra units. Extras are billed to your account."
                    } else {
                        "Members can only order what your packs cover. Extras need an owner."
                    }}
                </p>
                <PostForm action=extra class="mt-3">
                    {(!may).then(|| view! { <input type="hidden" name="on" value="true"/> })}
                    <Button submit=true pending=extra.pending()>
                        {if may { "Don't let members order extra units" } else { "Let members order extra units" }}
                    </Button>
                </PostForm>
            </section>
            <section aria-labelledby="invite">
                <SectionTitle title="Invite a teammate" id="invite"/>
                <PostForm action=invite class="flex flex-col gap-5 max-w-lg">
                    <ErrorSummary problems labels=&[("name", "Name"), ("email", "Email")]/>
                    <IdempotencyKey value=key/>
                    <TextField
                        name="name"
                        label="Name"
                        error=problems.field("name")
                        autocomplete="off"
                        required=true
                    />
                    <TextField
                        name="email"
                        label="Email"
                        kind=InputKind::Email
                        error=problems.field("email")
                        autocomplete="off"
                        required=true
                    />
                    <CheckboxField name="owner" label="Owner (can subscribe, pay and invite)"/>
                    <FormActions>
                        <Button kind=ButtonKind::Primary submit=true pending=invite.pending()>
                            "Send invitation"
                        </Button>
                    </FormActions>
                </PostForm>
            </section>
        </div>
    }
    .into_any()
}

/// Active, invited, or without access.
#[component]
pub fn PersonStatus(
    /// May sign in.
    active: bool,
    /// Has no password yet.
    invited: bool,
) -> impl IntoView {
    match (active, invited) {
        (false, _) => view! { <StateWord text="No access"/> },
        (true, true) => view! { <StateWord text="Invited" tone=Tone::Info ring=true/> },
        (true, false) => view! { <StateWord text="Active" tone=Tone::Success/> },
    }
}

#[component]
fn MemberRow(
    person: PersonView,
    key: String,
    again: Posting<InviteAgain>,
    set_active: Posting<SetMemberActive>,
) -> impl IntoView {
    let (id, other) = (person.id.clone(), person.id.clone());
    let (active, name) = (person.active, person.name.clone());
    let role = if person.role == Role::ClientOwner {
        "Owner"
    } else {
        "Member"
    };
    let invite_name = format!("Resend invitation to {name}");
    let access_name = if active {
        format!("Remove access for {name}")
    } else {
        format!("Restore access for {name}")
    };
    view! {
        <Row>
            <RowHead>{person.name}</RowHead>
            <Cell label="Email">{person.email}</Cell>
            <Cell label="Role">{role}</Cell>
            <Cell label="Last signed in">{person.last_sign_in}</Cell>
            <Cell label="Status">
                <PersonStatus active invited=person.invited/>
            </Cell>
            <Cell>
                <div class="flex flex-wrap gap-2">
                    {(person.invited && active)
                        .then(|| {
                            view! {
                                <PostForm action=again>
                                    <IdempotencyKey value=key/>
                                    <input type="hidden" name="id" value=id/>
                                    <Button small=true submit=true attr:aria-label=invite_name>
                                        "Resend invitation"
                                    </Button>
                                </PostForm>
                            }
                        })}
                    {(!person.locked)
                        .then(|| {
                            view! {
                                <PostForm action=set_active>
                                    <input type="hidden" name="id" value=other/>
                                    {(!active)
                                        .then(|| view! { <input type="hidden" name="active" value="true"/> })}
                                    <Button small=true submit=true attr:aria-label=access_name>
                                        {if active { "Remove access" } else { "Restore access" }}
                                    </Button>
                                </PostForm>
                            }
                        })}
                </div>
            </Cell>
        </Row>
    }
}
