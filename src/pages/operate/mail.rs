//! `/admin/mail`: what was sent, or kept where no mail server is set; and one mail with its text.

use crate::{
    api::operate::{ReadMail, ReadMails, SendMailAgain},
    components::*,
    pages::kernel::{Listed, counted, path_id, read_query, use_query},
    wire::{PostForm, posting, read},
};
use domain::operate::view::{MailLine, MailPage, MailQuery, MailView};
use leptos::prelude::*;

/// Where the list stands.
const PATH: &str = "/admin/mail";

fn badge(state: &str) -> (&'static str, Tone) {
    match state {
        "sent" => ("Sent", Tone::Success),
        "kept" => ("Not sent", Tone::Info),
        "failed" => ("Failed", Tone::Danger),
        _ => ("Waiting", Tone::Neutral),
    }
}

/// The list, newest first.
#[component]
pub fn Mails() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query::<MailQuery>));
    let list = read(move || ReadMails { query: query.get() });
    view! {
        <PageHeader title="Mail" list=true lead="All outgoing email. Without a mail server, nothing is sent."/>
        {list.show(Skeleton::Table(8), move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Found(list: MailPage, query: MailQuery) -> impl IntoView {
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let failed = (query.state == "failed").then(|| "State: Failed".to_owned());
    let chips = listed.chips([listed.words("Search:", "q"), (failed, "state")]);
    let (first, next) = listed.pages(list.next.as_deref());
    let shown = counted(list.mails.len() as i64, "mail", "mails");
    let rows = if list.mails.is_empty() {
        view! {
            <EmptyState icon=Icon::Mail title="No email">
                "Invitations, receipts and warnings appear here."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <DataTable
                caption="Mail"
                list=true
                columns=vec![
                    Column::new("Subject"),
                    Column::new("To"),
                    Column::new("When"),
                    Column::new("State"),
                ]
            >
                {list.mails.into_iter().map(|mail| view! { <MailRow mail/> }).collect_view()}
            </DataTable>
            <Pagination shown first next/>
        }
        .into_any()
    };
    view! {
        <div class="list-tools">{listed.bar("Find mail", Some("Subject or address"), &["state"], Vec::new(), None)}</div>
        <FilterChips chips clear=PATH/>
        {rows}
    }
    .into_any()
}

#[component]
fn MailRow(mail: MailLine) -> impl IntoView {
    let (words, tone) = badge(&mail.state);
    view! {
        <Row>
            <RowHead href=format!("/admin/mail/{}", mail.id)>{mail.subject}</RowHead>
            <Cell label="To" phone=Phone::Line grows=true>
                {mail.to}
            </Cell>
            <Cell label="When">
                <time datetime=mail.at_iso>{mail.at}</time>
            </Cell>
            <Cell label="State" phone=Phone::End>
                {if tone == Tone::Danger {
                    view! { <Badge text=words tone/> }.into_any()
                } else {
                    view! { <StateWord text=words tone/> }.into_any()
                }}
            </Cell>
        </Row>
    }
}

/// One mail, as its plain text.
#[component]
pub fn Mail() -> impl IntoView {
    let id = path_id();
    let found = read(move || ReadMail { id: id.clone() });
    view! {
        {found.show(Skeleton::Text(8), move |found| match found {
                    Ok(mail) => view! { <Shown mail/> }.into_any(),
                    Err(error) => {
                        view! {
                            <PageHeader title="Mail" crumbs=vec![Crumb::new("/admin/mail", "Mail")]/>
                            <ErrorState error home="/admin/mail"/>
                        }
                            .into_any()
                    }
        })}
    }
    .into_any()
}

#[component]
fn Shown(mail: MailView) -> impl IntoView {
    let MailView {
        line: mail,
        text,
        again,
    } = mail;
    let (words, tone) = badge(&mail.state);
    let again = again.then(|| view! { <Again id=mail.id/> });
    view! {
        <PageHeader title=mail.subject crumbs=vec![Crumb::new("/admin/mail", "Mail")]/>
        <div class="flex flex-col gap-6 max-w-2xl">
            <Facts>
                <Fact label="To">{mail.to}</Fact>
                <Fact label="When">
                    <time datetime=mail.at_iso>{mail.at}</time>
                </Fact>
                <Fact label="State">
                    <Badge text=words tone/>
                </Fact>
            </Facts>
            {mail.error.map(|error| view! { <Banner tone=Tone::Danger>{error}</Banner> })}
            {again}
            <div class="panel whitespace-pre-wrap break-words">{text}</div>
        </div>
    }
    .into_any()
}

/// A failed mail's one thing to do.
#[component]
fn Again(id: String) -> impl IntoView {
    let again = posting::<SendMailAgain>();
    view! {
        <PostForm action=again class="flex flex-col gap-3 items-start">
            <ErrorSummary problems=again.problems()/>
            <input type="hidden" name="id" value=id/>
            <Button submit=true pending=again.pending()>
                "Send again"
            </Button>
        </PostForm>
    }
}
