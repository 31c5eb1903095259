//! What shows several rooms at once: dashboards, a client, the Pack Editor.

use domain::{
    AppError, AppResult,
    catalogue::view::PackEditor,
    reports::view::{ClientPage, DashboardView},
};
#[cfg(feature = "ssr")]
use domain::{Capability, people::view::PartyTab};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// What the Pack Editor shows; without an id, a new pack's.
#[server(name = ReadPackEditor, endpoint = "packs/editor", input = PostUrl, output = Postcard)]
pub async fn pack_editor(#[server(default)] id: Option<String>) -> Result<PackEditor, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    let id = id.map(|id| crate::api::id(&id)).transpose()?;
    engine.pack_editor(&caller, id).await
}

/// One client: its packs, and what a tab of its page shows; what is no tab is the first.
#[server(name = ReadClient, endpoint = "clients/one", input = PostUrl, output = Postcard)]
pub async fn client(id: String, #[server(default)] tab: String) -> AppResult<ClientPage> {
    let (engine, caller) = super::guard(Capability::SeeAdmin).await?;
    let tab = tab.parse().unwrap_or(PartyTab::Overview);
    engine.client(&caller, &id, tab).await
}

/// The client's dashboard; `status` is the chosen tab of its job operations.
#[server(name = ReadDashboard, endpoint = "dashboard", input = PostUrl, output = Postcard)]
pub async fn dashboard(#[server(default)] status: String) -> AppResult<DashboardView> {
    let (engine, caller) = super::guard(Capability::ClientArea).await?;
    engine.dashboard(&caller, &status).await
}
