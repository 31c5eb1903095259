//! The server's own part: settings, the router and its layers, sessions and guards, the webhook's endpoint, health, mail.
//!
//! What must not be here: rules, SQL, use cases, pages.

pub mod brand;
pub mod built;
pub mod cli;
pub mod config;
pub mod demo;
pub mod documents;
pub mod events;
pub mod exports;
pub mod file_store;
pub mod files;
pub mod forms;
pub mod gate;
pub mod handover;
pub mod headers;
pub mod health;
pub mod here;
pub mod installation;
pub mod listen;
pub mod mailer;
pub mod markdown;
pub mod pace;
pub mod payments;
pub mod pdf;
pub mod plain;
pub mod previews;
pub mod router;
pub mod routes;
pub mod seats;
pub mod session;
pub mod state;
pub mod typed;
pub mod webhook;

use anyhow::Context as _;
use leptos::config::{LeptosOptions, get_configuration};
use std::path::{Path, PathBuf};

/// The file with Leptos's settings for the run time.
const LEPTOS_FILE: &str = "Leptos.toml";

/// Leptos's own settings: those of `Leptos.toml` beside the binary, else in the working directory; `LEPTOS_*` from the
/// environment win, and are all there is where there is no such file.
///
/// # Errors
/// A file or a `LEPTOS_*` variable that cannot be used.
pub fn leptos_options() -> anyhow::Result<LeptosOptions> {
    let beside = beside_binary(LEPTOS_FILE);
    let file = beside
        .into_iter()
        .chain([PathBuf::from(LEPTOS_FILE)])
        .find(|file| file.is_file());
    options_of(file.as_deref(), std::env::var_os("LEPTOS_SITE_ROOT").is_none())
}

/// The settings of a file; its `site-root` counts from its own folder, unless the environment has given another.
fn options_of(file: Option<&Path>, root_from_file: bool) -> anyhow::Result<LeptosOptions> {
    let Some(file) = file else {
        return Ok(get_configuration(None)
            .context("a LEPTOS_ variable cannot be used")?
            .leptos_options);
    };
    let name = file.to_str().context("the folder's name is not readable text")?;
    let mut options = get_configuration(Some(name))
        .with_context(|| format!("{name} or a LEPTOS_ variable cannot be used"))?
        .leptos_options;
    if root_from_file && let Some(folder) = file.parent() {
        options.site_root = folder.join(options.site_root.as_ref()).to_string_lossy().into();
    }
    Ok(options)
}

/// What lies beside the binary under a name.
pub(crate) fn beside_binary(name: &str) -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.join(name))
}

/// Pages name their wasm and style sheet by the hash file: without it they would load neither.
///
/// # Errors
/// The settings want hashed names, and the file with the hashes is not beside the binary.
pub fn require_hashes(options: &LeptosOptions) -> anyhow::Result<()> {
    let file = options.hash_file.as_ref();
    anyhow::ensure!(
        !options.hash_files || beside_binary(file).is_some_and(|file| file.is_file()),
        "{file} is not beside the binary: build with scripts/build, or set LEPTOS_HASH_FILES=false to serve without a front end"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const OURS: &str = include_str!("../../Leptos.toml");
    const BUILD: &str = include_str!("../../Cargo.toml");

    /// The lines `key = value` of Leptos's section.
    fn lines_of(text: &str) -> BTreeMap<&str, &str> {
        let (_, section) = text
            .split_once("[package.metadata.leptos]\n")
            .expect("Leptos's section");
        section
            .lines()
            .take_while(|line| !line.starts_with('['))
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(" = "))
            .collect()
    }

    #[test]
    fn the_settings_of_the_build_and_of_the_run_time_agree() {
        let (ours, build) = (lines_of(OURS), lines_of(BUILD));
        // What `LeptosOptions` knows and the build has a say in; `env` is the run time's alone.
        let both = [
            "disable-server-fn-hash",
            "hash-files",
            "output-name",
            "reload-port",
            "site-addr",
            "site-pkg-dir",
            "site-root",
        ];
        for key in both {
            assert_eq!(ours.get(key), build.get(key), "{key}");
            assert!(ours.contains_key(key), "{key} is in neither");
        }
        for key in ours.keys() {
            assert!(
                both.contains(key) || *key == "env",
                "{key}: nothing holds it to Cargo.toml"
            );
        }
    }

    #[test]
    fn leptos_reads_the_file_and_finds_the_site_from_its_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join(LEPTOS_FILE);
        std::fs::write(&file, OURS).expect("the file");
        let options = options_of(Some(&file), true).expect("settings");
        assert_eq!(options.output_name.as_ref(), "monthly-packs");
        assert!(options.hash_files);
        assert_eq!(Path::new(options.site_root.as_ref()), dir.path().join("target/site"));
        let options = options_of(Some(&file), false).expect("settings");
        assert_eq!(options.site_root.as_ref(), "target/site");

        std::fs::write(&file, "site-root = 1").expect("the file");
        let error = options_of(Some(&file), true).expect_err("no section");
        assert!(error.to_string().contains("Leptos.toml"), "{error}");
    }

    #[test]
    fn hashed_names_want_the_file_with_the_hashes() {
        let options = LeptosOptions::builder()
            .output_name("monthly-packs")
            .hash_file("no-such-file.txt".into());
        assert!(require_hashes(&options.clone().hash_files(false).build()).is_ok());
        let error = require_hashes(&options.hash_files(true).build()).expect_err("no hashes");
        assert!(error.to_string().contains("no-such-file.txt"), "{error}");
    }
}
