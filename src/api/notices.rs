//! What a person is told, and what they have chosen to be told (§24).

use domain::{
    AppResult,
    notices::view::{ChoiceView, NoticePage, NoticesQuery},
};
#[cfg(feature = "ssr")]
use domain::{Capability, notices::NoticeKind};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// One's notices: all, or those in which one was mentioned.
#[server(name = ReadNotices, endpoint = "notices", input = PostUrl, output = Postcard)]
pub async fn notices(#[server(default)] query: NoticesQuery) -> AppResult<NoticePage> {
    let (engine, caller) = super::guard(Capability::OwnAccount).await?;
    engine.notices(&caller, &query).await
}

/// Opens one: it is read, and the browser goes where it leads.
#[server(endpoint = "notices/open", input = PostUrl, output = Postcard)]
pub async fn open_notice(id: String) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::OwnAccount).await?;
    let href = engine.open_notice(&caller, &id).await?;
    super::redirect(&href);
    Ok(())
}

/// Reads all of them.
#[server(endpoint = "notices/read-all", input = PostUrl, output = Postcard)]
pub async fn read_all_notices() -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::OwnAccount).await?;
    engine.read_notices(&caller).await?;
    super::said("All notifications are marked as read.").await;
    Ok(())
}

/// What one is told, and by which ways.
#[server(name = ReadNoticeChoices, endpoint = "notices/choices", input = PostUrl, output = Postcard)]
pub async fn notice_choices() -> AppResult<Vec<ChoiceView>> {
    let (engine, caller) = super::guard(Capability::OwnAccount).await?;
    engine.notice_choices(&caller).await
}

/// Chooses: what is not ticked does not come.
#[server(endpoint = "notices/choose", input = PostUrl, output = Postcard)]
pub async fn choose_notices(
    #[server(default)] bell: Vec<String>,
    #[server(default)] mail: Vec<String>,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::OwnAccount).await?;
    let kinds = |words: Vec<String>| -> Vec<NoticeKind> { words.iter().filter_map(|word| word.parse().ok()).collect() };
    engine.choose_notices(&caller, &kinds(bell), &kinds(mail)).await?;
    super::done("/notifications/settings", "Settings saved.").await;
    Ok(())
}
