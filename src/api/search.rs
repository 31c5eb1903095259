//! Search everything (§20).

#[cfg(feature = "ssr")]
use crate::server::routes::{Decision, decide};
use domain::{AppResult, search::Found};
#[cfg(feature = "ssr")]
use domain::{Capability, search::PLACES};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// What has the words that somebody types, of what they may see; `many`: more of each kind, for the page.
#[server(name = Search, endpoint = "search", input = PostUrl, output = Postcard)]
pub async fn search(#[server(default)] q: String, #[server(default)] many: bool) -> AppResult<Found> {
    let (engine, caller) = super::guard(Capability::OwnAccount).await?;
    let rights = Some(caller.rights());
    let open = PLACES
        .iter()
        .filter(|place| decide(place.href, rights, false) == Decision::Render);
    let open: Vec<_> = open.copied().collect();
    engine.search(&caller, &q, &open, many).await
}
