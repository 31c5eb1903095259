//! What is offered: services and packs, what their forms accept, and the figures that they show. May use people and the kernel.
//! What must not be here: what becomes of a subscription.

pub mod pack;
pub mod price;
pub mod services;
pub mod view;
