//! Search everything (§20): requests, clients, people, packs, services, vendors and invoices by their words, with the pages and
//! actions of whoever looks. May use work and what is below it. What must not be here: whose things they are but by the scopes
//! and capabilities that their lists have; and keeping the words, which is the store's at each commit.

use crate::{Caller, Engine, OnConstraint, work};
use domain::{
    AppResult, Capability, PackLabel, Role,
    search::{Found, Group, Hit, Place, places},
    spelling, text,
};
use store::{
    Tx,
    search::{self as rows, Kind, RequestHit, ThingHit, Wanted},
    work::Scope,
};

/// Of each kind, while somebody types.
const FEW: i64 = 6;
/// Of each kind, on the page.
const MANY: i64 = 25;

/// Who finds which kinds, and where each leads.
struct Sight {
    kind: Kind,
    label: &'static str,
    href: fn(&Caller, &ThingHit) -> String,
}

impl Engine {
    /// What has the words that somebody typed, as far as they may see it; of the pages and actions those of `open`, which are those
    /// that they may open. Where nothing has the words, what is spelled alike. Without words only pages and actions.
    ///
    /// # Errors
    /// [`domain::AppError::Invalid`] for what cannot be looked for.
    pub async fn search(&self, caller: &Caller, typed: &str, open: &[Place], many: bool) -> AppResult<Found> {
        let typed = text::wanted("q", typed)?;
        let words = spelling::wanted_words(&typed);
        if words.is_empty() {
            let groups = if typed.is_empty() {
                places(open, &[], false)
            } else {
                Vec::new()
            };
            return Ok(Found { groups, loosely: false });
        }
        let limit = if many { MANY } else { FEW };
        let mut wanted = Wanted::new(words.clone());
        let mut tx = self.db().read().await.or_internal()?;
        let mut groups = look(&mut tx, caller, &wanted, limit).await?;
        groups.extend(places(open, &words, false));
        let mut loosely = false;
        if groups.is_empty() {
            if wanted.add_alike(&mut tx).await.or_internal()? {
                groups = look(&mut tx, caller, &wanted, limit).await?;
            }
            groups.extend(places(open, &words, true));
            loosely = !groups.is_empty();
        }
        Ok(Found { groups, loosely })
    }
}

async fn look(tx: &mut Tx, caller: &Caller, wanted: &Wanted, limit: i64) -> AppResult<Vec<Group>> {
    let mut groups = Vec::new();
    if caller.can(Capability::SeeRequests) {
        let scope = work::scope::scope(caller)?;
        let found = rows::requests(tx, scope, wanted, limit).await.or_internal()?;
        groups.push(Group {
            label: "Requests".to_owned(),
            hits: found.into_iter().map(|row| request(scope, row)).collect(),
        });
    }
    let sights = sights(caller);
    let kinds: Vec<Kind> = sights.iter().map(|sight| sight.kind).collect();
    let mut found = rows::things(tx, &kinds, caller.client_id, wanted, limit)
        .await
        .or_internal()?
        .into_iter()
        .peekable();
    for (place, Sight { kind, label, href }) in (0_i64..).zip(sights) {
        let hit = |row: ThingHit| Hit {
            href: href(caller, &row),
            theme: String::new(),
            detail: detail(kind, caller, &row),
            title: match kind {
                Kind::Pack => pack_name(row),
                _ => row.name,
            },
        };
        groups.push(Group {
            label: label.to_owned(),
            hits: std::iter::from_fn(|| found.next_if(|row| row.place == place))
                .map(hit)
                .collect(),
        });
    }
    groups.retain(|group| !group.hits.is_empty());
    Ok(groups)
}

fn sights(caller: &Caller) -> Vec<Sight> {
    let mut all = Vec::new();
    let mut see = |may: bool, kind: Kind, label: &'static str, href: fn(&Caller, &ThingHit) -> String| {
        if may {
            all.push(Sight { kind, label, href });
        }
    };
    let can = |capability: Capability| caller.can(capability);
    let client = caller.role.is_client();
    see(can(Capability::SeeAdmin), Kind::Client, "Clients", |_, row| {
        format!("/admin/clients/{}", row.id)
    });
    see(can(Capability::ManagePeople), Kind::Person, "People", |_, row| {
        format!("/admin/people/{}", row.id)
    });
    see(can(Capability::Billing), Kind::Person, "People", |_, _| {
        "/members".to_owned()
    });
    see(can(Capability::ManageCatalogue), Kind::Pack, "Packs", |_, row| {
        format!("/admin/packs/{}", row.id)
    });
    see(client, Kind::Pack, "Packs", |_, _| "/services/packs".to_owned());
    see(can(Capability::ManageCatalogue), Kind::Service, "Services", |_, row| {
        format!("/admin/services/{}", row.id)
    });
    see(client, Kind::Service, "Services", |_, _| "/services".to_owned());
    // Their payments are where whoever may not change vendors sees them.
    see(can(Capability::Reports), Kind::Vendor, "Vendors", |caller, row| {
        if caller.can(Capability::ManagePeople) {
            format!("/admin/vendors/{}", row.id)
        } else {
            format!("/admin/reports/vendor-payments?vendor={}", row.id)
        }
    });
    see(can(Capability::SeeAdmin), Kind::Invoice, "Invoices", |_, row| {
        format!("/admin/clients/{}?tab=billing", row.of_id)
    });
    see(can(Capability::Billing), Kind::Invoice, "Invoices", |_, _| {
        "/payment/invoices".to_owned()
    });
    all
}

fn request(scope: Scope, row: RequestHit) -> Hit {
    let draft = row.status == domain::RequestStatus::Draft;
    let client = match scope {
        Scope::Client(_) => None,
        Scope::Vendor(_) => Some(row.alias),
        Scope::All => Some(row.client),
    };
    let parts = [client, row.service, Some(row.status.label().to_owned())];
    let title = if row.title.trim().is_empty() {
        "Untitled"
    } else {
        &row.title
    };
    Hit {
        href: if draft {
            format!("/requests/new?draft={}", row.id)
        } else {
            format!("/requests/{}", row.id)
        },
        title: if draft {
            title.to_owned()
        } else {
            format!("#{} {title}", row.number)
        },
        detail: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        theme: String::new(),
    }
}

fn pack_name(row: ThingHit) -> String {
    let label = PackLabel {
        quantity: row.detail.parse().unwrap_or_default(),
        service: row.name,
    };
    label.to_string()
}

fn detail(kind: Kind, caller: &Caller, row: &ThingHit) -> String {
    let mut parts = Vec::new();
    match kind {
        Kind::Client => parts.push(row.detail.clone()),
        Kind::Person => {
            parts.push(row.detail.clone());
            parts.extend(row.of_id.parse::<Role>().ok().map(|role| role.label().to_owned()));
        }
        Kind::Invoice if caller.client_id.is_none() => parts.push(row.detail.clone()),
        _ => {}
    }
    let mut word = row.word.chars();
    parts.extend(word.next().map(|first| first.to_uppercase().chain(word).collect()));
    parts.join(" · ")
}
