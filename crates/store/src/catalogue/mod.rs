//! Services, clients' own prices, packs and their versions (§1, §2). Owns services, meters, own prices, packs and versions. May use
//! people and the kernel. What must not be here: whether a form may be saved, figures such as savings (both are `domain`'s),
//! subscriptions beyond what the editor shows of them.

mod choices;
mod offers;
mod own_prices;
mod pack_use;
mod packs;
mod services;
mod terms;

pub use choices::*;
pub use offers::*;
pub use own_prices::*;
pub use pack_use::*;
pub use packs::*;
pub use services::*;
pub use terms::*;
