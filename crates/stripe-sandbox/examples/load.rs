//! How much the sandbox takes: `cargo run --release -p stripe-sandbox --example load [SECONDS]`. Prints requests a
//! second at 16 connections for reading, writing and subscribing, and the memory that is held afterwards.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;
use stripe_sandbox::{ClockHandle, spawn_for_test};

#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Value> {
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .bearer_auth("sk_test_load")
            .form(form);
        let answer = request.send().await?.error_for_status()?;
        Ok(serde_json::from_str(&answer.text().await?)?)
    }

    async fn id(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<String> {
        Ok(self.post(path, form).await?["id"]
            .as_str()
            .context("an object has an id")?
            .to_owned())
    }
}

async fn measure<F>(what: &str, seconds: u64, once: impl Fn() -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let count = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        tasks.spawn(once());
    }
    while let Some(done) = tasks.join_next().await {
        done??;
        count.fetch_add(1, Ordering::Relaxed);
        if Instant::now() < end {
            tasks.spawn(once());
        }
    }
    let millis = u64::try_from(start.elapsed().as_millis())?.max(1);
    println!("{what}: {} a second", count.load(Ordering::Relaxed) * 1000 / millis);
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let seconds = std::env::args().nth(1).map_or(Ok(5), |s| s.parse())?;
    let (_sandbox, base) = spawn_for_test(ClockHandle::wall(), None).await;
    let c = Client {
        http: reqwest::Client::new(),
        base,
    };
    let price = c
        .id(
            "/v1/prices",
            &[
                ("currency", "usd"),
                ("unit_amount", "45000"),
                ("recurring[interval]", "month"),
                ("product_data[name]", "Pack"),
            ],
        )
        .await?;
    let customer = c.id("/v1/customers", &[("payment_method", "pm_card_visa")]).await?;
    let read = || {
        let (c, url) = (c.clone(), format!("{}/v1/customers/{customer}", c.base));
        async move {
            c.http
                .get(url)
                .bearer_auth("sk_test_load")
                .send()
                .await?
                .error_for_status()?
                .bytes()
                .await?;
            Ok(())
        }
    };
    measure("customers read", seconds, read).await?;
    let write = || {
        let c = c.clone();
        async move { c.id("/v1/customers", &[("email", "a@example.com")]).await.map(|_| ()) }
    };
    measure("customers made", seconds, write).await?;
    let subscribe = || {
        let (c, price) = (c.clone(), price.clone());
        async move {
            let customer = c.id("/v1/customers", &[]).await?;
            let card = c
                .id("/v1/payment_methods/pm_card_visa/attach", &[("customer", &customer)])
                .await?;
            let form = [
                ("customer", &*customer),
                ("items[0][price]", &*price),
                ("default_payment_method", &*card),
            ];
            c.id("/v1/subscriptions", &form).await.map(|_| ())
        }
    };
    measure("subscribed and charged (three requests each)", seconds, subscribe).await?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status
        .lines()
        .filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM"))
    {
        println!("{line}");
    }
    Ok(())
}
