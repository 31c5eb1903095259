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
                "If this address has an account, we've sent a link. It works once and expires in 1 hour."
            </p>
            <p class="text-muted">"No email? Check your spam folder or try again in a few minutes."</p>
            <p>
                <TextLink href="/login">"Back to sign in"</TextLink>
            </p>
        }
        .into_any()
    } else {
        view! {
            <p class="text-muted">"We'll email you a link to set a new one."</p>
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
                        "Send link"
                    </Button>
                    <TextLink href="/login">"Back to sign in"</TextLink>
                </FormActions>
            </form>
        }
        .into_any()
    };
    view! {
        <Title text="Forgot password"/>
        <div class="panel flex flex-col gap-5">
            <h1 class="text-2xl">{if sent { "Check your email" } else { "Forgot password" }}</h1>
            {body}
        </div>
    }
    .into_any()
}
