//! Services, packs and clients' own prices (§2).

#[cfg(feature = "ssr")]
use super::kernel::{Flash, FlashTone, Undo};
#[cfg(feature = "ssr")]
use domain::Capability;
use domain::{
    AppError, AppResult,
    catalogue::view::{ClientPacks, ClientServices, PackList, PackQuery, SavedPack, ServiceEditor, ServiceList},
    seen::ByRow,
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// PE8: the list of packs.
#[server(name = ReadPackList, endpoint = "packs/list", input = PostUrl, output = Postcard)]
pub async fn pack_list(#[server(default)] query: PackQuery) -> Result<PackList, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    engine.pack_list(&caller, &query).await
}

/// PE1–PE6: saves the Pack Editor. An empty `id` makes a new pack.
#[server(endpoint = "packs/save", input = PostUrl, output = Postcard)]
pub async fn save_pack(
    #[server(default)] id: String,
    #[server(default)] row_version: i64,
    #[server(default)] service: String,
    #[server(default)] quantity: String,
    #[server(default)] price: String,
    #[server(default)] vendor_payment: String,
    #[server(default)] vendor_rate_mode: String,
    #[server(default)] overage_price: String,
    #[server(default)] visible: bool,
    #[server(default)] idem_key: String,
) -> Result<SavedPack, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    let form = domain::catalogue::pack::PackForm {
        service,
        quantity,
        price,
        vendor_payment,
        vendor_rate_mode,
        overage_price,
        visible,
    };
    let id = match id.as_str() {
        "" => None,
        id => Some(crate::api::id(id)?),
    };
    let saved = engine.save_pack(&caller, id, row_version, &form, &idem_key).await?;
    let path = if saved.created {
        "/admin/packs".to_owned()
    } else {
        format!("/admin/packs/{}", saved.id)
    };
    crate::api::done(&path, &saved_words(&saved)).await;
    Ok(saved)
}

/// What a save did, in a sentence.
pub fn saved_words(saved: &SavedPack) -> String {
    let what = match (saved.created, saved.new_version) {
        (true, _) => "Pack saved.".to_owned(),
        (false, Some(version)) => format!("Pack saved. Version {version} applies to new subscribers."),
        (false, None) => "Pack saved.".to_owned(),
    };
    if saved.pays_more_than_it_earns {
        format!("{what} The vendor payment is more than the price.")
    } else {
        what
    }
}

/// PE9: shows or hides a pack.
#[server(endpoint = "packs/visible", input = PostUrl, output = Postcard)]
pub async fn set_pack_visible(id: String, #[server(default)] visible: bool) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    engine.set_pack_visible(&caller, crate::api::id(&id)?, visible).await?;
    // A pack that is shown says so in its row.
    if !visible {
        let words = "Pack hidden. Current subscribers keep the pack.";
        crate::api::leave(Flash {
            undo: Some(Undo::by(&SetPackVisible { id, visible: true })),
            ..Flash::new(FlashTone::Success, words)
        })
        .await;
    }
    Ok(())
}

/// PE6: archives a pack.
#[server(endpoint = "packs/archive", input = PostUrl, output = Postcard)]
pub async fn archive_pack(id: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    engine.archive_pack(&caller, crate::api::id(&id)?).await?;
    crate::api::said("Pack archived.").await;
    Ok(())
}

/// PE7: brings a pack back.
#[server(endpoint = "packs/unarchive", input = PostUrl, output = Postcard)]
pub async fn unarchive_pack(id: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    engine.unarchive_pack(&caller, crate::api::id(&id)?).await?;
    crate::api::said("Pack brought back.").await;
    Ok(())
}

/// All services.
#[server(name = ReadServiceList, endpoint = "services/list", input = PostUrl, output = Postcard)]
pub async fn service_list() -> Result<ServiceList, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    engine.service_list(&caller).await
}

/// What the service editor shows; without an id, a new service's.
#[server(name = ReadServiceEditor, endpoint = "services/editor", input = PostUrl, output = Postcard)]
pub async fn service_editor(#[server(default)] id: Option<String>) -> Result<ServiceEditor, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    let id = id.map(|id| crate::api::id(&id)).transpose()?;
    engine.service_editor(&caller, id).await
}

/// Saves a service. An empty `id` makes a new one.
#[server(endpoint = "services/save", input = PostUrl, output = Postcard)]
pub async fn save_service(
    #[server(default)] id: String,
    #[server(default)] row_version: i64,
    #[server(default)] name: String,
    #[server(default)] unit_singular: String,
    #[server(default)] unit_plural: String,
    #[server(default)] unit_price: String,
    #[server(default)] turnaround_days: String,
    #[server(default)] active: bool,
    #[server(default)] idem_key: String,
) -> Result<String, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    let form = domain::catalogue::services::ServiceForm {
        name,
        unit_singular,
        unit_plural,
        unit_price,
        turnaround_days,
        active,
    };
    let (before, path) = match id.as_str() {
        "" => (None, "/admin/services".to_owned()),
        id => (Some(crate::api::id(id)?), format!("/admin/services/{id}")),
    };
    let saved = engine
        .save_service(&caller, before, row_version, &form, &idem_key)
        .await?;
    crate::api::done(&path, "Service saved.").await;
    Ok(saved.to_string())
}

/// A client's own price of a service. `was`: the clients' own prices that were read.
#[server(endpoint = "services/own-price", input = PostUrl, output = Postcard)]
pub async fn set_client_price(
    service_id: String,
    #[server(default)] client_id: String,
    #[server(default)] own_price: String,
    #[server(default)] was: ByRow,
) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    let service = crate::api::id(&service_id)?;
    let client = client_id
        .parse()
        .map_err(|_| AppError::field("client_id", domain::error::Problem::ChoiceInvalid))?;
    let was = was.of(&client_id);
    engine
        .set_client_price(&caller, client, service, &own_price, was)
        .await?;
    crate::api::said("Price saved.").await;
    Ok(())
}

/// The client pays the list price again.
#[server(endpoint = "services/remove-own-price", input = PostUrl, output = Postcard)]
pub async fn remove_client_price(service_id: String, client_id: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    engine
        .remove_client_price(&caller, crate::api::id(&client_id)?, crate::api::id(&service_id)?)
        .await?;
    crate::api::said("Custom price removed.").await;
    Ok(())
}

/// The services on offer to the caller's client.
#[server(name = ReadClientServices, endpoint = "services/mine", input = PostUrl, output = Postcard)]
pub async fn client_services() -> Result<ClientServices, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ClientArea).await?;
    engine.client_services(&caller).await
}

/// The packs on sale to the caller's client.
#[server(name = ReadClientPacks, endpoint = "packs/mine", input = PostUrl, output = Postcard)]
pub async fn client_packs() -> Result<ClientPacks, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ClientArea).await?;
    engine.client_packs(&caller).await
}

/// A client's own prices, by service, and those that were read; an empty one is the standard price.
#[server(endpoint = "clients/prices", input = PostUrl, output = Postcard)]
pub async fn save_client_prices(
    #[server(default)] id: String,
    #[server(default)] price: ByRow,
    #[server(default)] was: ByRow,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.set_client_prices(&caller, &id, &price.amounts(&was)).await?;
    super::done(&format!("/admin/clients/{id}?tab=prices"), "Prices saved.").await;
    Ok(())
}
