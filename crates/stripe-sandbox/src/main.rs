//! The sandbox alone, on the loopback interface: `stripe-sandbox --listen 127.0.0.1:12111 [--data FILE]`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Parser;
use stripe_sandbox::{ClockHandle, Config, Sandbox, WebhookTarget};

/// A stateful stand-in for Stripe. It takes any key that begins with `sk_test_`.
#[derive(Parser)]
#[command(version, about)]
struct Options {
    /// Address to listen on; must be on the loopback interface.
    #[arg(long, default_value = "127.0.0.1:12111")]
    listen: SocketAddr,
    /// File to remember in; without it everything is forgotten at the end.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Makes ids reproducible.
    #[arg(long)]
    seed: Option<u64>,
    /// Stands still until it is moved by `POST /_sandbox/advance`.
    #[arg(long)]
    manual_clock: bool,
    /// Address of a webhook endpoint that hears everything.
    #[arg(long, requires = "webhook_secret")]
    webhook_url: Option<String>,
    /// Its signing secret.
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "stripe_sandbox=info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let options = Options::parse();
    ensure!(
        options.listen.ip().is_loopback(),
        "--listen: the sandbox only listens on the loopback interface"
    );
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("--listen: cannot listen on {}", options.listen))?;
    let base = format!("http://{}", listener.local_addr()?);
    let clock = if options.manual_clock {
        ClockHandle::manual().0
    } else {
        ClockHandle::wall()
    };
    let hook = options
        .webhook_url
        .zip(options.webhook_secret)
        .map(|(url, secret)| WebhookTarget { url, secret });
    let sandbox = Sandbox::open(Config {
        data: options.data,
        api_base: base.clone(),
        pages_base: format!("{base}/pages"),
        clock,
        seed: options.seed,
        extra_webhooks: hook.into_iter().collect(),
    })
    .await?;
    sandbox.spawn_worker();
    tracing::info!("the Stripe sandbox listens on {base}");
    let app = sandbox.api_router().nest("/pages", sandbox.pages_router());
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            // Without a signal handler the process simply ends at the signal.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}
