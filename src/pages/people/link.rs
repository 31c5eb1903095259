//! `/reset/{token}` and `/invite/{token}`: a new password by a link from a mail.

use super::refusal;
use crate::{api::people::ReadLinkOwner, components::*, wire::read};
use domain::{AppError, people::view::LinkOwner};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Sets a new password.
#[component]
pub fn Reset() -> impl IntoView {
    view! { <Link invitation=false/> }
}

/// Accepts an invitation.
#[component]
pub fn Invite() -> impl IntoView {
    view! { <Link invitation=true/> }
}

#[component]
fn Link(invitation: bool) -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    let path = format!("/{}/{token}", if invitation { "invite" } else { "reset" });
    let owner = read(move || ReadLinkOwner {
        invitation,
        token: token.clone(),
    });
    view! {
        <Title text=if invitation { "Invitation" } else { "New password" }/>
        {owner
            .show(
                Skeleton::None,
                move |owner| match owner {
                    Ok(owner) => view! { <PasswordForm invitation path=path.clone() owner/> }.into_any(),
                    Err(error) => view! { <Useless invitation error/> }.into_any(),
                },
            )}
    }
    .into_any()
}

#[component]
fn PasswordForm(invitation: bool, path: String, owner: LinkOwner) -> impl IntoView {
    let problems = refusal();
    let (title, lead) = if invitation {
        let whose = owner.org_name.map(|org| format!(" for {org}")).unwrap_or_default();
        (
            format!("Welcome, {}", owner.name),
            format!("Choose a password{whose}. You sign in with {}.", owner.email),
        )
    } else {
        (
            "New password".to_owned(),
            format!("For {}. You'll be signed out everywhere.", owner.email),
        )
    };
    view! {
        <div class="panel flex flex-col gap-5">
            <h1 class="text-2xl">{title}</h1>
            <p class="text-muted">{lead}</p>
            <form method="post" action=path novalidate class="flex flex-col gap-5">
                <ErrorSummary problems labels=&[("password", "New password"), ("again", "Confirm new password")]/>
                // For password managers: they keep the new password under this name.
                <input type="hidden" name="username" autocomplete="username" value=owner.email/>
                <TextField
                    name="password"
                    label="New password"
                    kind=InputKind::Password
                    help="At least 10 characters. Three or four random words work well."
                    error=problems.field("password")
                    hint=domain::people::password::hint
                    autocomplete="new-password"
                    required=true
                />
                <TextField
                    name="again"
                    label="Confirm new password"
                    kind=InputKind::Password
                    error=problems.field("again")
                    autocomplete="new-password"
                    required=true
                />
                <FormActions>
                    <Button kind=ButtonKind::Primary submit=true>
                        {if invitation { "Set password and continue" } else { "Set new password" }}
                    </Button>
                </FormActions>
            </form>
        </div>
    }
}

/// The link is used up, too old, or was never one.
#[component]
fn Useless(invitation: bool, error: AppError) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::from_u16(error.status()).unwrap_or(http::StatusCode::GONE));
    }
    let now = if invitation {
        view! {
            <p>"Ask the person who invited you to send a new invitation."</p>
            <p>
                <TextLink href="/login">"Sign in"</TextLink>
            </p>
        }
        .into_any()
    } else {
        view! {
            <p>
                <ButtonLink href="/forgot" kind=ButtonKind::Primary>
                    "Ask for a new link"
                </ButtonLink>
            </p>
        }
        .into_any()
    };
    view! {
        <div class="panel flex flex-col gap-4" role="alert">
            <h1 class="text-2xl">"This link doesn't work"</h1>
            <p>{error.message()}</p>
            {now}
        </div>
    }
}
