//! Clients as the people's part of the product sees them: list, form, page.

use crate::{
    StoreResult, Tx,
    kernel::{exactly, like},
    people::Named,
};
use domain::{ClientId, Instant, PaymentType, text::fold};

/// The clients that are not closed, by name.
pub async fn client_choices(tx: &mut Tx) -> StoreResult<Vec<Named>> {
    rows!(
        tx,
        Named,
        "select id, name from clients where closed_at is null order by name_folded, id"
    )
}

/// Whether a client exists and is not closed.
pub async fn client_is_open(tx: &mut Tx, id: ClientId) -> StoreResult<bool> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from clients where id = $1 and closed_at is null",
        id
    )? == Some(1))
}

/// The aliases of the kind "client 319", folded.
pub async fn numbered_aliases(tx: &mut Tx) -> StoreResult<Vec<String>> {
    let found = rows!(
        tx,
        (String,),
        "select alias_folded from clients where alias_folded like 'client %'"
    )?;
    Ok(found.into_iter().map(|(alias,)| alias).collect())
}

/// A client in the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListedClient {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// What vendors read.
    pub alias: String,
    /// How it pays.
    pub payment_type: PaymentType,
    /// Packs that are running.
    pub packs: i64,
    /// People who can sign in.
    pub people: i64,
}

/// A page of clients, by name, after a name and id.
pub async fn clients(
    tx: &mut Tx,
    words: &str,
    payment_type: Option<PaymentType>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> StoreResult<Vec<ListedClient>> {
    let words = like(words);
    let payment = payment_type.map_or("", PaymentType::as_str);
    let (name, id) = after.unwrap_or(("", ""));
    rows!(
        tx,
        ListedClient,
        "select c.id, c.name, c.alias, c.payment_type,
                (select count(*) from subscriptions s where s.client_id = c.id and s.status in ('active', 'past_due')) as packs,
                (select count(*) from users u where u.client_id = c.id and u.active) as people
         from clients c
         where ($1 = '' or c.name_folded like $1 escape '\\' or c.alias_folded like $1 escape '\\')
           and ($2 = '' or c.payment_type = $2)
           and (c.name_folded, c.id) > ($3, $4)
         order by c.name_folded, c.id limit $5",
        &words,
        payment,
        fold(name),
        id,
        limit
    )
}

/// A client.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientRow {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// What vendors read.
    pub alias: String,
    /// How it pays.
    pub payment_type: PaymentType,
    /// §25.
    pub members_may_order_extra: bool,
    /// "visa".
    pub card_brand: Option<String>,
    /// "4242".
    pub card_last4: Option<String>,
    /// When it was added.
    pub created_at: Instant,
    /// Counts changes.
    pub row_version: i64,
}

/// One client.
pub async fn client(tx: &mut Tx, id: ClientId) -> StoreResult<Option<ClientRow>> {
    row!(
        tx,
        ClientRow,
        "select id, name, alias, payment_type, members_may_order_extra, card_brand, card_last4, created_at, row_version from clients where id = $1",
        id
    )
}

/// Adds a client; `clients_name_unique` and `clients_alias_unique` refuse taken names, however they are spelt.
pub async fn insert_client(
    tx: &mut Tx,
    id: ClientId,
    name: &str,
    alias: &str,
    payment_type: PaymentType,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into clients (id, name, alias, payment_type, created_at, name_folded, alias_folded) values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        name,
        alias,
        payment_type,
        now,
        fold(name),
        fold(alias)
    )?;
    Ok(())
}

/// Changes a client whose row version is still the one that was shown.
pub async fn update_client(
    tx: &mut Tx,
    id: ClientId,
    name: &str,
    alias: &str,
    payment_type: PaymentType,
    row_version: i64,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update clients set name = $2, alias = $3, payment_type = $4, name_folded = $6, alias_folded = $7, row_version = row_version + 1
         where id = $1 and row_version = $5",
        id,
        name,
        alias,
        payment_type,
        row_version,
        fold(name),
        fold(alias)
    )? == 1)
}

/// §25: whether members may order what is charged.
pub async fn set_members_may_order_extra(tx: &mut Tx, id: ClientId, on: bool) -> StoreResult<()> {
    let written = exec!(
        tx,
        "update clients set members_may_order_extra = $2, row_version = row_version + 1 where id = $1",
        id,
        on
    )?;
    exactly(1, written)
}

/// How a client pays for what goes beyond its packs, which also decides its packs' rail (Q2).
pub async fn payment_type(tx: &mut Tx, client_id: ClientId) -> StoreResult<Option<PaymentType>> {
    scalar!(
        tx,
        PaymentType,
        "select payment_type from clients where id = $1",
        client_id
    )
}

/// Holds a client against other writers until the transaction ends. `false`: there is none of this id.
pub async fn hold_client(tx: &mut Tx, id: ClientId) -> StoreResult<bool> {
    let sql = if tx.is_postgres() {
        "select id from clients where id = $1 for update"
    } else {
        "select id from clients where id = $1"
    };
    Ok(scalar!(tx, String, sql, id)?.is_some())
}
