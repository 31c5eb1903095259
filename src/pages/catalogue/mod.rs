//! What is offered, to clients and to those who edit it.

pub mod by_service;
pub mod offers;
pub mod packs;
pub mod price_list;
pub mod services;
