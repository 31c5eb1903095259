//! Settings from the environment (§30), checked at start: what is wrong is one line that names the variable.
//!
//! Nothing else reads the environment. Secrets show nowhere: neither in `Debug` nor in an error.

use domain::{BusinessZone, Currency};
use ipnet::IpNet;
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};
use url::Url;

/// A variable that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {why}")]
pub struct ConfigError {
    /// The variable's name.
    pub variable: &'static str,
    /// What is wrong, without the value where it may be secret.
    pub why: String,
}

fn wrong(variable: &'static str, why: impl Into<String>) -> ConfigError {
    ConfigError {
        variable,
        why: why.into(),
    }
}

/// A text that never shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where payments go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payments {
    /// The sandbox, inside this process: no money moves.
    Sandbox,
    /// Stripe.
    Stripe {
        /// `sk_…` or `rk_…`.
        key: Secret,
        /// What webhooks are signed with; two while the secret is being rotated.
        webhook_secrets: Vec<Secret>,
        /// The key moves real money.
        live: bool,
        /// A stand-in on this machine instead of Stripe's own address.
        api_base: Option<String>,
    },
}

/// Where the bytes of files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesAt {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A store that speaks S3.
    S3(S3),
}

/// A store that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// The bucket.
    pub bucket: String,
    /// What all keys begin with; empty: nothing.
    pub prefix: String,
    /// Its region.
    pub region: String,
    /// Its address, where it is not Amazon's.
    pub endpoint: Option<String>,
    /// The key's name.
    pub key_id: String,
    /// The key.
    pub secret: Secret,
}

/// Every setting.
#[derive(Debug, Clone)]
pub struct Config {
    /// `sqlite://…` or `postgres://…`; may hold a password.
    pub database_url: Secret,
    /// Where payments go.
    pub payments: Payments,
    /// Where people reach us, without a slash at the end.
    pub base_url: String,
    /// Where we listen.
    pub listen: SocketAddr,
    /// `smtp://…` or `smtps://…`; none: mail is kept.
    pub smtp_url: Option<Secret>,
    /// Who mail is from.
    pub mail_from: String,
    /// Where the business counts its days.
    pub zone: BusinessZone,
    /// The installation's currency.
    pub currency: Currency,
    /// Where files are kept.
    pub files: FilesAt,
    /// Prometheus metrics, on an address of their own.
    pub metrics: Option<SocketAddr>,
    /// Proxies whose `X-Forwarded-For` is believed. A proxy on this machine always is.
    pub trusted_proxies: Vec<IpNet>,
    /// One JSON object a line instead of words.
    pub json_logs: bool,
}

impl Config {
    /// Reads this process's environment; where to listen is `listen` when no variable says so.
    ///
    /// # Errors
    /// [`ConfigError`] for the first variable that cannot be used.
    pub fn from_env(listen: Option<SocketAddr>) -> Result<Self, ConfigError> {
        Self::from_lookup(|name| {
            let otherwise = listen.filter(|_| name == "LEPTOS_SITE_ADDR").map(|at| at.to_string());
            std::env::var(name)
                .ok()
                .filter(|text| !text.trim().is_empty())
                .or(otherwise)
        })
    }

    /// The same from any source of variables. An empty one counts as unset.
    ///
    /// # Errors
    /// [`ConfigError`] for the first variable that cannot be used.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| {
            lookup(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };

        let database_url = get("DATABASE_URL").unwrap_or_else(|| "sqlite://data/monthly-packs.db".to_owned());
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| database_url.starts_with(scheme)) {
            return Err(wrong("DATABASE_URL", "must begin with sqlite:// or postgres://"));
        }

        let listen: SocketAddr = get("LEPTOS_SITE_ADDR")
            .unwrap_or_else(|| "127.0.0.1:3000".to_owned())
            .parse()
            .map_err(|_| {
                wrong(
                    "LEPTOS_SITE_ADDR",
                    "must be an address and a port, such as 127.0.0.1:3000",
                )
            })?;

        let base_url = base_url(&get("BASE_URL").unwrap_or_else(|| default_base_url(listen)))?;
        let payments = payments(
            get("STRIPE_SECRET_KEY"),
            get("STRIPE_WEBHOOK_SECRET"),
            get("STRIPE_API_BASE"),
            &base_url,
        )?;

        let smtp_url = get("SMTP_URL");
        if let Some(text) = &smtp_url {
            let good = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
            if !good {
                return Err(wrong(
                    "SMTP_URL",
                    "must be an address such as smtps://user:password@mail.example.com",
                ));
            }
        }
        let host = Url::parse(&base_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        let mail_from = get("MAIL_FROM").unwrap_or_else(|| {
            let host = if host.parse::<std::net::IpAddr>().is_ok() || host.is_empty() {
                "localhost"
            } else {
                &host
            };
            format!("Monthly Packs <no-reply@{host}>")
        });
        if mail_from.parse::<lettre::message::Mailbox>().is_err() {
            return Err(wrong(
                "MAIL_FROM",
                "must be an address such as Monthly Packs <packs@example.com>",
            ));
        }

        let zone_name = get("BUSINESS_ZONE").unwrap_or_else(|| "America/Chicago".to_owned());
        let zone = jiff::tz::TimeZone::get(&zone_name).map_err(|_| {
            wrong(
                "BUSINESS_ZONE",
                format!("{zone_name:?} is no IANA time zone, such as America/Chicago"),
            )
        })?;

        let currency = get("CURRENCY").unwrap_or_else(|| "usd".to_owned());
        let currency = currency.parse().map_err(|_| {
            wrong(
                "CURRENCY",
                format!("{currency:?} is no currency of three letters, such as usd"),
            )
        })?;

        let metrics = get("METRICS_ADDR")
            .map(|text| {
                text.parse()
                    .map_err(|_| wrong("METRICS_ADDR", "must be an address and a port, such as 127.0.0.1:9090"))
            })
            .transpose()?;
        let trusted_proxies = get("TRUSTED_PROXIES")
            .unwrap_or_default()
            .split(',')
            .filter(|text| !text.trim().is_empty())
            .map(|text| {
                let text = text.trim();
                let one = text.parse::<IpAddr>().map(IpNet::from);
                one.or_else(|_| text.parse::<IpNet>()).map_err(|_| {
                    wrong(
                        "TRUSTED_PROXIES",
                        "must be IP addresses or networks with commas between",
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        let json_logs = match get("LOG_FORMAT").as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(_) => return Err(wrong("LOG_FORMAT", "must be text or json")),
        };

        Ok(Config {
            database_url: Secret(database_url),
            payments,
            base_url,
            listen,
            smtp_url: smtp_url.map(Secret),
            mail_from,
            zone: BusinessZone(zone),
            currency,
            files: files(&get)?,
            metrics,
            trusted_proxies,
            json_logs,
        })
    }

    /// People reach us over TLS: cookies are `Secure`, and browsers are told to stay there.
    pub fn https(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// Whether this address is a proxy whose word on where a request comes from is believed.
    pub fn believes(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.trusted_proxies.iter().any(|net| net.contains(&ip))
    }

    /// People reach us on the machine that we run on, and nobody else does.
    pub fn is_this_machine(&self) -> bool {
        Url::parse(&self.base_url).is_ok_and(|url| is_loopback(&url))
    }

    /// What is allowed and may still not be meant, in words for an operator.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut all = Vec::new();
        let others_reach_us = !self.is_this_machine();
        if others_reach_us && self.listen.ip().is_loopback() {
            all.push(
                "BASE_URL: the proxy on this machine must send X-Forwarded-For; otherwise nobody knows where requests come from",
            );
        } else if others_reach_us && self.trusted_proxies.is_empty() {
            all.push(
                "TRUSTED_PROXIES: if a proxy stands before this server, name it; otherwise everybody counts as one source",
            );
        }
        all
    }

    /// No real money moves.
    pub fn sandbox(&self) -> bool {
        self.payments == Payments::Sandbox
    }

    /// Real money moves.
    pub fn live(&self) -> bool {
        matches!(self.payments, Payments::Stripe { live: true, .. })
    }

    /// The file of a SQLite database; `None` for PostgreSQL and for a database in memory.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let rest = self.database_url.0.strip_prefix("sqlite:")?;
        let path = rest
            .strip_prefix("//")
            .unwrap_or(rest)
            .split('?')
            .next()
            .unwrap_or_default();
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
    }

    /// The folder of what we keep besides the database: the sandbox's file.
    pub fn data_folder(&self) -> PathBuf {
        match self.sqlite_file() {
            Some(file) => file.parent().map(PathBuf::from).unwrap_or_default(),
            None => PathBuf::from("data"),
        }
    }
}

fn files(get: &impl Fn(&str) -> Option<String>) -> Result<FilesAt, ConfigError> {
    let url = get("FILES_URL").unwrap_or_else(|| "file://data/files".to_owned());
    if let Some(folder) = url.strip_prefix("file://").filter(|folder| !folder.is_empty()) {
        return Ok(FilesAt::Folder(PathBuf::from(folder)));
    }
    let Some(rest) = url.strip_prefix("s3://") else {
        return Err(wrong(
            "FILES_URL",
            "must be a folder such as file://data/files, or s3://bucket",
        ));
    };
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let named = bucket.len() >= 3
        && bucket
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
    if !named {
        return Err(wrong("FILES_URL", "must name a bucket, such as s3://packs-files"));
    }
    let needed = |variable: &'static str| {
        get(variable).ok_or_else(|| wrong(variable, "is needed, because FILES_URL begins with s3://"))
    };
    let endpoint = get("AWS_ENDPOINT_URL")
        .map(|text| {
            let good = Url::parse(&text).is_ok_and(|url| {
                url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)))
            });
            let text = text.trim_end_matches('/').to_owned();
            good.then_some(text).ok_or_else(|| {
                wrong(
                    "AWS_ENDPOINT_URL",
                    "must begin with https:// (http:// on this machine only)",
                )
            })
        })
        .transpose()?;
    Ok(FilesAt::S3(S3 {
        bucket: bucket.to_owned(),
        prefix: prefix.trim_matches('/').to_owned(),
        region: get("AWS_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
        endpoint,
        key_id: needed("AWS_ACCESS_KEY_ID")?,
        secret: Secret(needed("AWS_SECRET_ACCESS_KEY")?),
    }))
}

fn default_base_url(listen: SocketAddr) -> String {
    let host = if listen.ip().is_unspecified() {
        "127.0.0.1".to_owned()
    } else {
        listen.ip().to_string()
    };
    format!("http://{host}:{}", listen.port())
}

fn base_url(text: &str) -> Result<String, ConfigError> {
    let url =
        Url::parse(text).map_err(|_| wrong("BASE_URL", "must be an address such as https://packs.example.com"))?;
    let plain = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !plain {
        return Err(wrong("BASE_URL", "must begin with http:// or https://"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong(
            "BASE_URL",
            "must end with the host or the port: the app lives at the root of its host",
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// An address of this machine.
fn is_loopback(url: &Url) -> bool {
    url.host().is_some_and(|host| match host {
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
        url::Host::Domain(name) => name == "localhost",
    })
}

/// Where a stand-in for Stripe answers: on this machine only, so that no setting can lead a key away.
fn loopback(text: &str) -> Result<String, ConfigError> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.scheme() == "http" && url.path() == "/" && url.query().is_none() && url.fragment().is_none());
    let here = url.as_ref().is_some_and(is_loopback);
    if here {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(wrong(
            "STRIPE_API_BASE",
            "must be an address on this machine, such as http://127.0.0.1:12111",
        ))
    }
}

fn payments(
    key: Option<String>,
    secrets: Option<String>,
    api_base: Option<String>,
    base_url: &str,
) -> Result<Payments, ConfigError> {
    let api_base = api_base.map(|text| loopback(&text)).transpose()?;
    let webhook_secrets: Vec<Secret> = secrets
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| Secret(text.to_owned()))
        .collect();
    if webhook_secrets.len() > 2 {
        return Err(wrong("STRIPE_WEBHOOK_SECRET", "holds more than two secrets"));
    }
    if webhook_secrets.iter().any(|secret| !secret.0.starts_with("whsec_")) {
        return Err(wrong(
            "STRIPE_WEBHOOK_SECRET",
            "must begin with whsec_ (two with a comma between during a rotation)",
        ));
    }
    let Some(key) = key else {
        if !webhook_secrets.is_empty() {
            return Err(wrong(
                "STRIPE_WEBHOOK_SECRET",
                "is set but STRIPE_SECRET_KEY is not: the sandbox makes its own",
            ));
        }
        if api_base.is_some() {
            return Err(wrong(
                "STRIPE_API_BASE",
                "is set but STRIPE_SECRET_KEY is not: the sandbox runs inside this process",
            ));
        }
        return Ok(Payments::Sandbox);
    };
    let live = key.starts_with("sk_live_") || key.starts_with("rk_live_");
    if !live && !key.starts_with("sk_test_") && !key.starts_with("rk_test_") {
        return Err(wrong(
            "STRIPE_SECRET_KEY",
            "must begin with sk_test_, sk_live_, rk_test_ or rk_live_",
        ));
    }
    if live && !base_url.starts_with("https://") {
        return Err(wrong(
            "BASE_URL",
            "must begin with https:// while STRIPE_SECRET_KEY is a live key",
        ));
    }
    if live && api_base.is_some() {
        return Err(wrong("STRIPE_API_BASE", "must not be set with a live key"));
    }
    Ok(Payments::Stripe {
        key: Secret(key),
        webhook_secrets,
        live,
        api_base,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            set.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_is_the_sandbox_on_this_machine() {
        let config = with(&[]).expect("defaults");
        assert!(config.sandbox() && !config.live() && !config.https());
        assert_eq!(config.base_url, "http://127.0.0.1:3000");
        assert_eq!(config.data_folder(), PathBuf::from("data"));
        assert_eq!(config.sqlite_file(), Some(PathBuf::from("data/monthly-packs.db")));
    }

    #[test]
    fn a_wrong_value_is_one_line_that_names_its_variable() {
        for (name, value) in [
            ("DATABASE_URL", "mysql://localhost/x"),
            ("LEPTOS_SITE_ADDR", "localhost"),
            ("BASE_URL", "packs.example.com"),
            ("BASE_URL", "ftp://packs.example.com"),
            ("BASE_URL", "https://packs.example.com/app"),
            ("STRIPE_SECRET_KEY", "pk_test_1"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_without_key"),
            ("STRIPE_API_BASE", "http://127.0.0.1:12111"),
            ("STRIPE_API_BASE", "http://stripe.example.com"),
            ("STRIPE_API_BASE", "http://127.0.0.1@example.com"),
            ("SMTP_URL", "mail.example.com"),
            ("MAIL_FROM", "nobody"),
            ("BUSINESS_ZONE", "Central"),
            ("CURRENCY", "dollars"),
            ("METRICS_ADDR", "9090"),
            ("TRUSTED_PROXIES", "proxy"),
            ("LOG_FORMAT", "xml"),
        ] {
            let error = with(&[(name, value)]).expect_err(name).to_string();
            assert!(error.starts_with(&format!("{name}: ")), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn a_live_key_wants_https() {
        let key = ("STRIPE_SECRET_KEY", "sk_live_abc");
        let error = with(&[key, ("BASE_URL", "http://packs.example.com")])
            .expect_err("refused")
            .to_string();
        assert!(error.starts_with("BASE_URL: ") && error.contains("live key"), "{error}");
        assert!(with(&[key]).is_err(), "the default is not https either");
        assert!(
            with(&[key, ("BASE_URL", "https://packs.example.com")])
                .expect("https")
                .live()
        );
    }

    #[test]
    fn a_stand_in_is_on_this_machine_and_for_test_keys() {
        let with_key = |key, base| {
            with(&[
                ("STRIPE_SECRET_KEY", key),
                ("STRIPE_API_BASE", base),
                ("BASE_URL", "https://packs.example.com"),
            ])
        };
        let config = with_key("sk_test_1", "http://127.0.0.1:12111/").expect("a stand-in");
        let Payments::Stripe { api_base, .. } = config.payments else {
            panic!("a key was set")
        };
        assert_eq!(api_base.as_deref(), Some("http://127.0.0.1:12111"));
        for base in [
            "https://api.stripe.com",
            "http://10.0.0.1:12111",
            "http://localhost.example.com",
            "http://127.0.0.1:1/v1",
        ] {
            assert_eq!(with_key("sk_test_1", base).expect_err(base).variable, "STRIPE_API_BASE");
        }
        let live = with_key("sk_live_1", "http://127.0.0.1:12111").expect_err("a live key");
        assert_eq!(live.variable, "STRIPE_API_BASE");
    }

    #[test]
    fn secrets_never_show() {
        let config = with(&[
            ("STRIPE_SECRET_KEY", "sk_test_hidden"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_hidden, whsec_hidden2"),
            ("SMTP_URL", "smtps://user:hidden@mail.example.com"),
            ("DATABASE_URL", "postgres://user:hidden@localhost/x"),
        ])
        .expect("good settings");
        assert!(!format!("{config:?}").contains("hidden"), "{config:?}");
        let Payments::Stripe {
            webhook_secrets, live, ..
        } = config.payments
        else {
            panic!("a key was set")
        };
        assert_eq!(webhook_secrets.len(), 2, "two during a rotation");
        assert!(!live);
        let error = with(&[("STRIPE_SECRET_KEY", "hidden")])
            .expect_err("no key")
            .to_string();
        assert!(!error.contains("hidden"), "{error}");
    }

    #[test]
    fn a_server_that_others_reach_is_asked_about_its_proxy() {
        let said = |set: &[(&str, &str)]| with(set).expect("good settings").warnings();
        let served = ("BASE_URL", "https://packs.example.com");
        let open = ("LEPTOS_SITE_ADDR", "0.0.0.0:3000");
        assert!(said(&[]).is_empty(), "on one's own machine nobody stands before it");
        assert!(said(&[served]).iter().any(|words| words.contains("X-Forwarded-For")));
        assert!(
            said(&[served, open])
                .iter()
                .any(|words| words.contains("TRUSTED_PROXIES"))
        );
        assert!(said(&[served, open, ("TRUSTED_PROXIES", "10.0.0.0/8")]).is_empty());
    }
}
