//! `/vendor/packs`: the packs that a vendor has and gets (§20). Clients by their alias, nothing with a price of theirs (RQ7).

use crate::{api::payables::ReadVendorOverview, components::*, pages::payables::lines::vendor_packs, wire::read_live};
use leptos::prelude::*;

/// A vendor's packs.
#[component]
pub fn VendorPacks() -> impl IntoView {
    let overview = read_live(|| ReadVendorOverview {});
    view! {
        <PageHeader title="Packs" list=true lead="Packs assigned to you, and what changes next period."/>
        {overview
            .show(
                Skeleton::Table(6),
                |overview| match overview {
                    Ok(overview) if overview.packs.is_empty() => no_packs(),
                    Ok(overview) => {
                        view! {
                            {vendor_packs(overview.packs, "Packs", false)}
                            <p class="mt-4">
                                <TextLink href="/vendor/payments">"See earnings"</TextLink>
                            </p>
                        }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorState error home="/vendor"/> }.into_any(),
                },
            )}
    }
    .into_any()
}

/// Nothing is assigned.
pub fn no_packs() -> AnyView {
    view! {
        <EmptyState icon=Icon::Packages title="No packs yet">
            "Packs assigned to you appear here, with their usage."
        </EmptyState>
    }
    .into_any()
}
