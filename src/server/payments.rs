//! Where payments go: Stripe, or the sandbox inside this process, reached over real HTTP like Stripe itself.

use super::config::{Config, Payments, Secret};
use anyhow::Context as _;
use axum::Router;
use domain::Instant;
use engine::ports::{Clock, SystemClock};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use store::Db;
use stripe_gateway::StripeGateway;
use stripe_sandbox::{ClockHandle, Sandbox, WebhookTarget};
use tokio::net::TcpListener;

/// Any key that begins so is taken by the sandbox.
const SANDBOX_KEY: &str = "sk_test_sandbox";
/// The longest that one call to the provider may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Where the sandbox's webhook secret is kept, so that it is the same after a restart.
pub const SECRET_SETTING: &str = "sandbox_webhook_secret";
/// Where the business clock's lead over the wall's is kept (TT1).
pub const OFFSET_SETTING: &str = "clock_offset_micros";
/// Where the sandbox's pages are mounted in the app.
pub const SANDBOX_PATH: &str = "/sandbox";

/// What the webhook endpoint listens to (§7).
pub const EVENTS: &[&str] = &[
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.created",
    "invoice.finalized",
    "invoice.finalization_failed",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "customer.updated",
    "customer.deleted",
    "payment_method.attached",
    "payment_method.detached",
    "payment_method.automatically_updated",
    "checkout.session.completed",
    "checkout.session.expired",
];

/// The provider, ready to be used.
pub struct Provider {
    /// For the engine.
    pub gateway: Arc<StripeGateway>,
    /// What webhooks are signed with.
    pub webhook_secrets: Vec<String>,
    /// The sandbox, where it is one.
    pub sandbox: Option<Sandbox>,
}

/// The business clock (TT1): with a key it is the wall's; in sandbox mode it may be ahead of it.
///
/// # Errors
/// The database cannot be read.
pub async fn clock(config: &Config, db: &Db) -> anyhow::Result<Arc<SystemClock>> {
    if !config.sandbox() {
        return Ok(Arc::new(SystemClock::default()));
    }
    let mut tx = db.read().await?;
    let offset = store::log::setting(&mut tx, OFFSET_SETTING).await?;
    let offset = offset
        .map(|text| text.parse())
        .transpose()
        .context("the setting clock_offset_micros is no number")?;
    Ok(Arc::new(SystemClock::ahead_by(offset.unwrap_or(0))))
}

async fn sandbox_secret(db: &Db) -> anyhow::Result<String> {
    let mut tx = db.write().await?;
    if let Some(secret) = store::log::setting(&mut tx, SECRET_SETTING).await? {
        return Ok(secret);
    }
    let secret = format!("whsec_{}", hex::encode(rand::random::<[u8; 24]>()));
    store::log::set_setting(&mut tx, SECRET_SETTING, &secret).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Opens the provider. `ours` is where this process listens, if it does: the sandbox sends its webhooks there, whatever
/// `BASE_URL` says, because it runs on this machine.
///
/// # Errors
/// A file or port that cannot be used; a key that does not look like one.
pub async fn open(
    config: &Config,
    db: &Db,
    clock: Arc<SystemClock>,
    ours: Option<SocketAddr>,
) -> anyhow::Result<Provider> {
    match &config.payments {
        Payments::Stripe {
            key,
            webhook_secrets,
            api_base,
            ..
        } => Ok(Provider {
            gateway: Arc::new(stripe(key, api_base.clone())?),
            webhook_secrets: webhook_secrets.iter().map(|secret| secret.0.clone()).collect(),
            sandbox: None,
        }),
        Payments::Sandbox => {
            let listener = TcpListener::bind(("127.0.0.1", 0))
                .await
                .context("the sandbox finds no free port")?;
            let api_base = format!("http://{}", listener.local_addr()?);
            let secret = sandbox_secret(db).await?;
            let target = ours.map(|mut address| {
                if address.ip().is_unspecified() {
                    address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
                }
                WebhookTarget {
                    url: format!("http://{address}/webhooks/stripe"),
                    secret: secret.clone(),
                }
            });
            let handle = ClockHandle::new(move || {
                let Instant(micros) = clock.now();
                micros
            });
            let data = config.data_folder();
            std::fs::create_dir_all(&data).with_context(|| format!("cannot make the folder {}", data.display()))?;
            let sandbox = Sandbox::open(stripe_sandbox::Config {
                data: Some(data.join("stripe-sandbox.db")),
                api_base: api_base.clone(),
                pages_base: format!("{}{SANDBOX_PATH}", config.base_url),
                clock: handle,
                seed: None,
                extra_webhooks: target.into_iter().collect(),
            })
            .await
            .context("the sandbox cannot be opened")?;
            // Its knobs (`/_sandbox`) are there too: for tests, and for trying things by hand.
            tracing::info!("the payment sandbox answers at {api_base}");
            let api: Router = sandbox.api_router();
            tokio::spawn(async move { axum::serve(listener, api).await });
            Ok(Provider {
                gateway: Arc::new(stripe(&Secret(SANDBOX_KEY.into()), Some(api_base))?),
                webhook_secrets: vec![secret],
                sandbox: Some(sandbox),
            })
        }
    }
}

/// Stripe, or what stands in for it.
///
/// # Errors
/// A key that does not look like one.
pub fn stripe(key: &Secret, api_base: Option<String>) -> anyhow::Result<StripeGateway> {
    StripeGateway::new(stripe_gateway::Config {
        secret_key: key.0.clone(),
        api_base,
        timeout: TIMEOUT,
    })
    .map_err(|error| anyhow::anyhow!("STRIPE_SECRET_KEY: {error}"))
}
