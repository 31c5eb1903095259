//! What a database stays with once it is begun: its currency (IV3), how it takes payments, and the account that they go to.
//!
//! Whoever works with it holds it to that; who only looks compares.

use super::config::{Config, Payments};
use anyhow::{bail, ensure};
use engine::Engine;
use std::time::Duration;
use store::{Db, Tx, log::setting};

/// Where it is kept how these books take payments: one of [`mode`].
const MODE: &str = "payment_mode";
/// The mail domain of the demo agency's people, whose password everybody knows.
const DEMO: &str = "demo.test";
/// The longest that a start waits for the provider.
const START: Duration = Duration::from_secs(5);
/// How long until the provider is asked again.
const AGAIN: Duration = Duration::from_secs(10);

/// What is not written down yet.
type Missing = Vec<(&'static str, String)>;

/// Refuses a database that was begun otherwise; one that is new stays with the settings of now.
///
/// # Errors
/// In words that name the variable.
pub async fn hold(config: &Config, db: &Db) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    let missing = compare(config, &mut tx).await?;
    for (key, value) in &missing {
        store::log::set_setting(&mut tx, key, value).await?;
    }
    if !missing.is_empty() {
        tx.commit().await?;
    }
    Ok(())
}

/// The same, and writes nothing: what would have to be written.
///
/// # Errors
/// As [`hold`].
pub async fn compare(config: &Config, tx: &mut Tx) -> anyhow::Result<Missing> {
    let mut missing = Missing::new();
    let currency = config.currency.to_string();
    match setting(tx, "currency").await? {
        Some(held) => ensure!(
            held == currency,
            "CURRENCY: this database was begun with {held}, and stays with it"
        ),
        None => missing.push(("currency", currency)),
    }
    let wanted = mode(config);
    let demo = store::people::any_at(tx, DEMO).await?;
    let held = setting(tx, MODE).await?;
    if held.is_none() {
        missing.push((MODE, wanted.to_owned()));
    }
    // Books of before it was written down: the sandbox has left its secret or its people there.
    let sandbox = demo || setting(tx, super::payments::SECRET_SETTING).await?.is_some();
    if let Some(held) = held.or(sandbox.then(|| "sandbox".to_owned())) {
        ensure!(
            held == wanted,
            "STRIPE_SECRET_KEY: these books were kept {}, and it is {}: that needs a database of its own",
            match held.as_str() {
                "sandbox" => "in the sandbox",
                "test" => "in Stripe's test mode",
                _ => "with a live key",
            },
            match wanted {
                "sandbox" => "not set",
                "test" => "a key of the test mode",
                _ => "a live key",
            }
        );
    }
    ensure!(
        !(demo && config.live()),
        "STRIPE_SECRET_KEY: is a live key, and people of the demo agency can sign in: that needs a database of its own"
    );
    Ok(missing)
}

/// How payments are taken.
fn mode(config: &Config) -> &'static str {
    match config.payments {
        Payments::Sandbox => "sandbox",
        Payments::Stripe { live: false, .. } => "test",
        Payments::Stripe { live: true, .. } => "live",
    }
}

/// Without it no event of Stripe would be taken.
///
/// # Errors
/// A key is set, and no secret.
pub fn webhook_secret(config: &Config) -> anyhow::Result<()> {
    if let Payments::Stripe { webhook_secrets, .. } = &config.payments {
        ensure!(
            !webhook_secrets.is_empty(),
            "STRIPE_WEBHOOK_SECRET: is not set: run `monthly-packs stripe setup` and set what it prints"
        );
    }
    Ok(())
}

/// Asks the provider once, and not for long, whether these books are of our key's account; `false`: it has not said.
///
/// # Errors
/// They are of another account.
pub async fn account(config: &Config, engine: &Engine) -> anyhow::Result<bool> {
    // The sandbox's file lies beside the books.
    if config.sandbox() {
        return Ok(true);
    }
    match tokio::time::timeout(START, engine.books_are_of_this_account()).await {
        Ok(Ok(Some(false))) => {
            bail!("STRIPE_SECRET_KEY: is of another account: none of the customers of these books exist there")
        }
        Ok(Ok(Some(true))) => Ok(true),
        Ok(Ok(None) | Err(_)) | Err(_) => {
            tracing::warn!("not known yet: whether these books are of our key's account; no job runs before");
            Ok(false)
        }
    }
}

/// The same until it is known. Jobs wait for it: none may call an account that is not ours.
///
/// # Errors
/// As [`account`].
pub async fn known_account(config: &Config, engine: &Engine) -> anyhow::Result<()> {
    while !account(config, engine).await? {
        tokio::time::sleep(AGAIN).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::testing::{Backend, database};

    fn with(key: Option<&str>) -> Config {
        let lookup = |name: &str| match name {
            "STRIPE_SECRET_KEY" => key.map(str::to_owned),
            "BASE_URL" => Some("https://packs.example.com".to_owned()),
            _ => None,
        };
        Config::from_lookup(lookup).expect("settings")
    }

    const KEYS: [Option<&str>; 3] = [None, Some("sk_test_1"), Some("rk_live_1")];

    /// E5: begun in one mode, they are refused in both others, and stay as they are.
    #[rstest::rstest]
    #[tokio::test]
    async fn e5_books_stay_with_their_mode(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
        for begun in KEYS {
            let Some(test) = database(backend).await else { return };
            hold(&with(begun), &test.db).await.expect("new books");
            for key in KEYS {
                let held = hold(&with(key), &test.db).await;
                assert_eq!(held.is_ok(), key == begun, "{begun:?} {key:?} {held:?}");
                if let Err(error) = held {
                    assert!(error.to_string().starts_with("STRIPE_SECRET_KEY: "), "{error}");
                }
            }
        }
    }

    /// E5: books of before it was written down; and what a live key never takes.
    #[rstest::rstest]
    #[tokio::test]
    async fn e5_a_live_key_and_demo_people(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
        for held in [None, Some("live")] {
            let Some(test) = database(backend).await else { return };
            let mut tx = test.db.write().await.expect("a transaction");
            let person = "insert into users (id, name, email, role, active, created_at) values ('00000000-0000-7000-8000-00000000000a', 'Ada', 'admin@demo.test', 'admin', true, 0)";
            store::on!(&mut tx, c => store::sqlx::query(person).execute(c).await.map(|_| ())).expect("a person");
            if let Some(held) = held {
                store::log::set_setting(&mut tx, MODE, held).await.expect("a setting");
            }
            tx.commit().await.expect("a commit");
            let refused = hold(&with(Some("sk_live_1")), &test.db).await.expect_err("demo people");
            assert!(refused.to_string().starts_with("STRIPE_SECRET_KEY: "), "{refused}");
            if held.is_none() {
                hold(&with(None), &test.db).await.expect("the sandbox's");
            }
        }
    }

    #[test]
    fn e5_serve_wants_the_secret() {
        assert!(webhook_secret(&with(None)).is_ok(), "the sandbox makes its own");
        let error = webhook_secret(&with(Some("sk_test_1"))).expect_err("no secret");
        assert!(error.to_string().starts_with("STRIPE_WEBHOOK_SECRET: "), "{error}");
    }
}
