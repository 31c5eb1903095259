//! `/notifications`, where the bell leads, and `/notifications/settings` (§24). May use people and the kernel.

use crate::{
    api::notices::{ChooseNotices, OpenNotice, ReadAllNotices, ReadNoticeChoices, ReadNotices},
    components::*,
    pages::kernel::{Listed, counted, read_query, use_query},
    wire::{PostForm, Posting, posting, read, read_live},
};
use domain::notices::{
    NoticeKind,
    view::{ChoiceView, NoticePage, NoticeView, NoticesQuery},
};
use leptos::prelude::*;

/// Where the list stands.
const PATH: &str = "/notifications";

/// `/notifications`.
#[component]
pub fn Notifications() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query::<NoticesQuery>));
    let page = read_live(move || ReadNotices { query: query.get() });
    let open = posting::<OpenNotice>();
    let all = posting::<ReadAllNotices>();
    view! {
        <PageHeader
            title="Notifications"
            actions=move || {
                view! {
                    <ButtonLink href="/notifications/settings">"Settings"</ButtonLink>
                }
            }
        />
        {page.show(Skeleton::Text(8), move |page| match page {
                    Ok(page) => view! { <Found page query=query.get_untracked() open all/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Found(
    page: NoticePage,
    query: NoticesQuery,
    open: Posting<OpenNotice>,
    all: Posting<ReadAllNotices>,
) -> impl IntoView {
    let NoticePage { notices, unread, next } = page;
    let mentions = query.mentions();
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let (first, next) = listed.pages(next.as_deref());
    let shown = counted(notices.len() as i64, "notification", "notifications");
    let tab = |href: &'static str, words: &'static str, now: bool| {
        view! {
            <a class="tab-link" href=href aria-current=now.then_some("page")>
                {words}
            </a>
        }
    };
    let tabs = view! {
        <nav aria-label="Which notifications" class="flex gap-4">
            {tab(PATH, "All", !mentions)} {tab("/notifications?only=mentions", "Mentions", mentions)}
        </nav>
    };
    let read_all = (unread > 0).then(|| {
        view! {
            <PostForm action=all>
                <Button submit=true small=true pending=all.pending()>
                    {format!("Mark {unread} as read")}
                </Button>
            </PostForm>
        }
    });
    let list = if notices.is_empty() {
        view! {
            <EmptyState icon=Icon::Bell title="You're up to date">
                "New messages, designs and deadlines will appear here."
            </EmptyState>
        }
        .into_any()
    } else {
        let lines = notices.into_iter().map(|notice| line(notice, open)).collect_view();
        view! {
            <ul class="panel p-0 divide-y divide-base-300" aria-label="Notifications">{lines}</ul>
            <Pagination shown first next/>
        }
        .into_any()
    };
    view! {
        <div class="flex flex-col gap-4 max-w-3xl">
            <div class="flex flex-wrap items-center justify-between gap-3">{tabs} {read_all}</div>
            {list}
        </div>
    }
    .into_any()
}

/// A notice is a button: pressing it reads it, and leads on.
fn line(notice: NoticeView, open: Posting<OpenNotice>) -> AnyView {
    let unread = notice.unread;
    let dot = if unread {
        "size-2 mt-2 rounded-full bg-primary shrink-0"
    } else {
        "size-2 mt-2 shrink-0"
    };
    view! {
        <li>
            <PostForm action=open>
                <input type="hidden" name="id" value=notice.id/>
                <button type="submit" class="w-full text-left flex gap-3 px-4 py-3 hover:bg-base-200">
                    <span class=dot></span>
                    <span class="min-w-0 grow">
                        {unread.then(|| view! { <span class="sr-only">"Unread: "</span> })}
                        <span class:font-semibold=unread>{notice.text}</span>
                        {(!notice.detail.is_empty())
                            .then(|| view! { <span class="block text-sm text-muted truncate">{notice.detail}</span> })}
                    </span>
                    <span class="text-sm text-muted whitespace-nowrap">
                        <Time iso=notice.at.iso text=notice.at.relative/>
                    </span>
                </button>
            </PostForm>
        </li>
    }
    .into_any()
}

/// `/notifications/settings`.
#[component]
pub fn NotificationSettings() -> impl IntoView {
    let choices = read(|| ReadNoticeChoices {});
    let choose = posting::<ChooseNotices>();
    view! {
        <PageHeader title="Notification settings" crumbs=vec![Crumb::new(PATH, "Notifications")]/>
        {choices.show(Skeleton::Table(6), move |choices| match choices {
                    Ok(choices) if choices.is_empty() => view! {
                        <EmptyState icon=Icon::Bell title="Nothing to choose">
                            "Your role doesn't get notifications."
                        </EmptyState>
                    }
                    .into_any(),
                    Ok(choices) => view! { <Choices choices choose/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Choices(choices: Vec<ChoiceView>, choose: Posting<ChooseNotices>) -> impl IntoView {
    let tick = |name: &'static str, way: &'static str, kind: NoticeKind, on: bool| {
        view! {
            <Cell label=way>
                <input
                    type="checkbox"
                    class="checkbox"
                    name=name
                    value=kind.as_str()
                    checked=on
                    disabled=kind.locked()
                    aria-label=format!("{way}: {}", kind.label())
                />
            </Cell>
        }
    };
    let rows = choices
        .into_iter()
        .map(|ChoiceView { kind, ways }| {
            view! {
                <Row>
                    <RowHead>
                        {kind.label()}
                        {kind.locked().then(|| view! { <span class="text-muted text-sm">" · always on"</span> })}
                    </RowHead>
                    {tick("bell[]", "In the app", kind, ways.bell)}
                    {tick("mail[]", "By email", kind, ways.mail)}
                </Row>
            }
        })
        .collect_view();
    view! {
        <PostForm action=choose class="flex flex-col gap-6 max-w-2xl">
            <p class="text-muted">
                "Emails wait up to 10 minutes so that several updates arrive as one. We don't email what you've already read here."
            </p>
            <DataTable
                caption="Which notifications you get"
                columns=vec![Column::new("When"), Column::new("In the app"), Column::new("By email")]
            >
                {rows}
            </DataTable>
            <FormActions>
                <Button submit=true kind=ButtonKind::Primary pending=choose.pending()>
                    "Save settings"
                </Button>
            </FormActions>
        </PostForm>
    }
    .into_any()
}
