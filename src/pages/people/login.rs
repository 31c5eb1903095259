//! `/login`.

use super::{refusal, typed};
use crate::{api::people::ReadSignInPage, components::*, pages::kernel::use_query, wire::read};
use domain::people::view::SignInPage;
use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_meta::Title;

/// The sign-in form; in the seeded sandbox with the demo's sign-ins beneath.
#[component]
pub fn Login() -> impl IntoView {
    let query = use_query();
    let next = typed("next")
        .or_else(|| query.with_untracked(|q| q.get("next")))
        .unwrap_or_default();
    let changed = query.with_untracked(|q| q.get("changed").is_some());
    let problems = refusal();
    let page = read(|| ReadSignInPage {});
    view! {
        <Title text="Sign in"/>
        <div class="panel flex flex-col gap-5">
            <h1 class="text-2xl">"Sign in"</h1>
            {changed
                .then(|| view! { <Banner tone=Tone::Success>"Your new password is set. Sign in to continue."</Banner> })}
            <form method="post" action="/login" novalidate class="flex flex-col gap-5">
                <ErrorSummary problems labels=&[("email", "Email"), ("password", "Password")]/>
                <input type="hidden" name="next" value=next/>
                // What was being written goes along.
                {["of", "kept", "as"]
                    .map(|name| typed(name).map(|value| view! { <input type="hidden" name=name value=value/> }))
                    .collect_view()}
                <TextField
                    name="email"
                    label="Email"
                    kind=InputKind::Email
                    value=typed("email")
                    error=problems.field("email")
                    autocomplete="username"
                    required=true
                />
                <TextField
                    name="password"
                    label="Password"
                    kind=InputKind::Password
                    error=problems.field("password")
                    autocomplete="current-password"
                    required=true
                />
                <FormActions>
                    <Button kind=ButtonKind::Primary submit=true>
                        "Sign in"
                    </Button>
                    <TextLink href="/forgot">"Forgot your password?"</TextLink>
                </FormActions>
            </form>
        </div>
        {page
            .show(
                Skeleton::None,
                |page| match page {
                    Ok(page) if !page.demo.is_empty() => view! { <DemoSignIns page/> }.into_any(),
                    _ => ().into_any(),
                },
            )}
    }
    .into_any()
}

/// §31: the demo's sign-ins, with one click each.
#[component]
fn DemoSignIns(
    /// What the page knows of the demo.
    page: SignInPage,
) -> impl IntoView {
    let password = page.demo_password.clone();
    let rows = page
        .demo
        .into_iter()
        .map(|sign_in| {
            let (email, fill, password) = (sign_in.email.clone(), sign_in.email.clone(), password.clone());
            view! {
                <tr>
                    <th scope="row" class="text-left font-normal py-1.5 pr-3">
                        <span class="block text-sm text-muted">{sign_in.who}</span>
                        <span class="break-all">{email.clone()}</span>
                    </th>
                    <td class="py-1.5 whitespace-nowrap text-right">
                        <CopyButton text=email.clone() what="email address"/>
                        <Button
                            small=true
                            attr:aria-label=format!("Use {email}")
                            press=move |_: web_sys::MouseEvent| {
                                set("email", &fill);
                                set("password", &password);
                            }
                        >
                            "Use"
                        </Button>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel mt-4 flex flex-col gap-3" aria-labelledby="demo">
            <h2 id="demo" class="text-lg">
                "Demo accounts"
            </h2>
            <p class="text-sm text-muted flex flex-wrap items-center gap-x-2">
                "Password for all: "
                <code>{page.demo_password.clone()}</code>
                <CopyButton text=page.demo_password what="password"/>
            </p>
            <table class="w-full">
                <caption class="sr-only">"Demo accounts"</caption>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

/// Types a value into a field of the form.
fn set(name: &str, value: &str) {
    let found = document().get_element_by_id(&format!("f-{name}"));
    if let Some(input) = found.and_then(|element| element.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        input.set_value(value);
    }
}
