//! What the build has made, read once: the style sheet's address, and the tags by which a document loads the app.
//!
//! Leptos's own components (`HashedStylesheet`, `AutoReload`, `HydrationScripts`) read the file of hashes from the disk each
//! time they are drawn. Here they are drawn once, with a place for the nonce, which is all that changes from one document
//! to the next.

use leptos::{
    WasmSplitManifest,
    config::LeptosOptions,
    hydration::{AutoReload, HydrationScripts},
    nonce::Nonce,
    prelude::*,
    tachys::html::InertElement,
};
use leptos_meta::HashedStylesheet;
use std::sync::Arc;

/// Where the nonce comes.
const NONCE: &str = "the-nonce-of-this-answer";

/// What the build has made. Cheap to clone.
#[derive(Clone)]
pub struct Built {
    /// The style sheet's address, for pages that are not rendered by Leptos.
    pub stylesheet: Arc<str>,
    /// Which build this is, for pages that stay open while the process is replaced by another one.
    pub name: Arc<str>,
    head: Arc<Head>,
    /// `cargo leptos watch` builds while the server runs: what it has made is then looked up anew for each document.
    watched: Option<LeptosOptions>,
}

/// The tags of a document's head that come from the build.
struct Head {
    /// Between two pieces stands the nonce.
    pieces: Vec<String>,
    /// The lazily loaded parts of the app, which Leptos looks up to preload those of a page.
    parts: Option<WasmSplitManifest>,
}

impl Head {
    fn draw(options: &LeptosOptions) -> Head {
        let owner = Owner::new();
        let head = owner.with(|| {
            provide_context(Nonce::from_value(NONCE));
            let html = view! {
                <HashedStylesheet id="leptos" options=options.clone()/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=options.clone()/>
            }
            .to_html();
            Head {
                pieces: html.split(NONCE).map(str::to_owned).collect(),
                parts: use_context::<WasmSplitManifest>(),
            }
        });
        owner.cleanup();
        head
    }

    fn with(&self, nonce: &str) -> String {
        self.pieces.join(nonce)
    }
}

impl Built {
    /// Reads what the build has made.
    pub fn read(options: &LeptosOptions) -> Built {
        Built {
            stylesheet: stylesheet(options).into(),
            name: name(options).into(),
            head: Arc::new(Head::draw(options)),
            watched: std::env::var("LEPTOS_WATCH").is_ok().then(|| options.clone()),
        }
    }

    /// The tags of a document's head that come from the build: style sheet, preloads, the script that takes the page over.
    pub fn head(&self) -> impl IntoView + use<> {
        let anew = self.watched.as_ref().map(|options| Arc::new(Head::draw(options)));
        let head = anew.as_ref().unwrap_or(&self.head);
        if let Some(parts) = &head.parts {
            provide_context(parts.clone());
        }
        let nonce = leptos::nonce::use_nonce().map(|nonce| nonce.to_string());
        InertElement::new(head.with(&nonce.unwrap_or_default()))
    }
}

fn names(options: &LeptosOptions) -> Option<String> {
    std::fs::read_to_string(super::beside_binary(&options.hash_file)?).ok()
}

/// A digest of the names of the build's files, which carry hashes of what is in them.
fn name(options: &LeptosOptions) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(&Sha256::digest(names(options).unwrap_or_default())[..8])
}

/// The style sheet's address: its name carries a hash where the build made one.
fn stylesheet(options: &LeptosOptions) -> String {
    let hash = options
        .hash_files
        .then(|| {
            names(options)?
                .lines()
                .find_map(|line| line.trim().strip_prefix("css:").map(|hash| format!(".{}", hash.trim())))
        })
        .flatten()
        .unwrap_or_default();
    format!("/{}/{}{hash}.css", options.site_pkg_dir, options.output_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept is what Leptos would draw now.
    #[test]
    fn the_head_is_leptos_own_with_the_nonce_of_the_answer() {
        let options = LeptosOptions::builder().output_name("monthly-packs").build();
        let built = Built::read(&options);
        let (ours, theirs) = Owner::new().with(|| {
            provide_context(Nonce::from_value("n0nce"));
            let theirs = view! {
                <HashedStylesheet id="leptos" options=options.clone()/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=options.clone()/>
            };
            (built.head().to_html(), theirs.to_html())
        });
        assert_eq!(ours, theirs);
        assert_eq!(ours.matches("nonce=\"n0nce\"").count(), 1, "{ours}");
        assert!(!ours.contains(NONCE), "{ours}");
        assert!(ours.contains(built.stylesheet.as_ref()), "{ours}");
    }
}
