//! `/forgot`.

use super::{refusal, typed};
use crate::{components::*, pages::kernel::use_query};
use leptos::prelude::*;
use leptos_meta::Title;

/// Asks for a link to a new password. The answer is the same for every address.
#[component]
pub fn Forgot() -> impl IntoView {
    let problems = refusal();
    let sent = use_query().with_untracked(|query| query.get("sent").is_some());
    let body = if sent {
        view! {
            <p>
                "If somebody signs in with that address, a link is on its way to it. It works once, for one hour."
            </p>
            <p class="text-muted">"Nothing came? Look in the spam folder, or ask again in a few minutes."</p>
            <p>
                <TextLink href="/login">"Back to sign in"</TextLink>
            </p>
        }
        .into_any()
    } else {
        view! {
            <p class="text-muted">"We mail you a link to set a new one."</p>
            <form method="post" action="/forgot" novalidate class="flex flex-col gap-5">
                <ErrorSummary problems labels=&[("email", "Email")]/>
                <TextField
                    name="email"
                    label="Email"
                    kind=InputKind::Email
                    value=typed("email")
                    error=problems.field("email")
                    autocomplete="username"
                    required=true
                />
                <FormActions>
                    <Button kind=ButtonKind::Primary submit=true>
                        "Send the link"
                    </Button>
                    <TextLink href="/login">"Back to sign in"</TextLink>
                </FormActions>
            </form>
        }
        .into_any()
    };
    view! {
        <Title text="Forgotten password"/>
        <div class="panel flex flex-col gap-5">
            <h1 class="text-2xl">{if sent { "Look in your mail" } else { "Forgotten password" }}</h1>
            {body}
        </div>
    }
    .into_any()
}
