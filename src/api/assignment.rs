//! *Pack Assignments* (§14): the list, the queue of requests without a vendor, the dialog, and what it does.

use domain::{
    AppResult,
    assignment::{
        AssignmentQuery,
        view::{AssignDialog, Assigned, AssignmentList, UnassignedRequests},
    },
};
#[cfg(feature = "ssr")]
use domain::{Capability, assignment::view::AssignInput};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// A page of the list.
#[server(name = ReadAssignments, endpoint = "assignments/list", input = PostUrl, output = Postcard)]
pub async fn assignments(#[server(default)] query: AssignmentQuery) -> AppResult<AssignmentList> {
    let (engine, caller) = super::guard(Capability::AssignPacks).await?;
    engine.assignment_list(&caller, &query).await
}

/// A page of the queue *Unassigned pack requests* (AS9).
#[server(name = ReadUnassignedRequests, endpoint = "assignments/requests", input = PostUrl, output = Postcard)]
pub async fn unassigned_requests(#[server(default)] after: String) -> AppResult<UnassignedRequests> {
    let (engine, caller) = super::guard(Capability::AssignPacks).await?;
    engine.unassigned_requests(&caller, &after).await
}

/// The dialog for a selection; with `all`, for all that the query lets through.
#[server(name = ReadAssignDialog, endpoint = "assignments/dialog", input = PostUrl, output = Postcard)]
pub async fn assign_dialog(
    #[server(default)] picks: Vec<String>,
    #[server(default)] all: bool,
    #[server(default)] query: AssignmentQuery,
) -> AppResult<AssignDialog> {
    let (engine, caller) = super::guard(Capability::AssignPacks).await?;
    engine.assign_dialog(&caller, &picks, all.then_some(&query)).await
}

/// *Select all matching*: the picks of all that the query lets through.
#[server(name = ReadMatching, endpoint = "assignments/matching", input = PostUrl, output = Postcard)]
pub async fn matching(#[server(default)] query: AssignmentQuery) -> AppResult<Vec<String>> {
    let (engine, caller) = super::guard(Capability::AssignPacks).await?;
    engine.matching_picks(&caller, &query).await
}

/// *Assign* (AS2–AS7).
#[server(endpoint = "assignments/assign", input = PostUrl, output = Postcard)]
pub async fn assign(
    #[server(default)] form_key: String,
    #[server(default)] vendor: String,
    #[server(default)] picks: Vec<String>,
    #[server(default)] partial: bool,
    #[server(default)] now: bool,
    #[server(default)] reason: String,
    #[server(default)] back: String,
) -> AppResult<Assigned> {
    let (engine, caller) = super::guard(Capability::AssignPacks).await?;
    let input = AssignInput {
        form_key,
        vendor,
        picks,
        partial,
        now,
        reason,
    };
    let done = engine.assign(&caller, &input).await?;
    let packs = domain::shown::counted(done.changed, "pack assigned", "packs assigned");
    super::done(list_at(&back), &format!("{packs}: {}.", done.summary)).await;
    Ok(done)
}

/// The list as somebody left it, with its filters; or the home, where packs without a vendor stand too.
#[cfg(feature = "ssr")]
fn list_at(back: &str) -> &str {
    let ours = [LIST, "/admin"].contains(&back) || back.strip_prefix(LIST).is_some_and(|rest| rest.starts_with('?'));
    if ours { back } else { LIST }
}

#[cfg(feature = "ssr")]
const LIST: &str = "/admin/assignments";

/// AS5: takes back who was to take over at the boundary.
#[server(endpoint = "assignments/keep", input = PostUrl, output = Postcard)]
pub async fn keep_vendor(
    #[server(default)] form_key: String,
    #[server(default)] pick: String,
    #[server(default)] back: String,
) -> AppResult<Assigned> {
    let (engine, caller) = super::guard(Capability::AssignPacks).await?;
    let done = engine.keep_vendor(&caller, &form_key, &pick).await?;
    super::done(list_at(&back), "Next vendor removed.").await;
    Ok(done)
}
