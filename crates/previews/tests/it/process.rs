//! The process itself: how it is started, fed, and ended.

use crate::{build::quarters, small};
use image::ImageFormat;
use previews::{Kind, Limits, Refusal, RenderError, Rendered};
use std::{
    ffi::OsStr,
    io,
    path::Path,
    pin::Pin,
    process::{Command, Stdio},
    task::{Context, Poll},
    time::Duration,
};
use tokio::io::{AsyncRead, ReadBuf};

/// What a shell does in the child's place.
async fn shell(script: &str, file: impl AsyncRead + Unpin, limits: &Limits) -> Result<Rendered, RenderError> {
    previews::render(Path::new("/bin/sh"), ["-c", script], Kind::Png, file, limits).await
}

/// A second by the clock, for those who never end.
fn hurried() -> Limits {
    Limits {
        wall: Duration::from_secs(1),
        ..small()
    }
}

fn failure(result: Result<Rendered, RenderError>) -> io::Error {
    match result {
        Err(RenderError::Failed(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn refusal(result: Result<Rendered, RenderError>) -> Refusal {
    match result {
        Err(RenderError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn rq9_a_program_that_is_not_there_is_no_fault_of_the_file() {
    let none = previews::render(Path::new("/nowhere/child"), ["draw"], Kind::Png, &b""[..], &small()).await;
    assert_eq!(failure(none).kind(), io::ErrorKind::NotFound);
    failure(shell("exit 1", &b""[..], &small()).await);
    failure(shell("exit 2", &b""[..], &small()).await);
}

#[tokio::test]
async fn rq9_a_process_that_panics_or_is_ended_is_the_fault_of_the_file() {
    assert_eq!(refusal(shell("exit 101", &b""[..], &small()).await), Refusal::Damaged);
    for signal in ["ABRT", "SEGV", "KILL", "XCPU"] {
        assert_eq!(
            refusal(shell(&format!("kill -{signal} $$"), &b""[..], &small()).await),
            Refusal::Limits
        );
    }
    // One that says nothing, and one that says something else.
    assert_eq!(refusal(shell("exit 0", &b""[..], &small()).await), Refusal::Damaged);
    assert_eq!(refusal(shell("echo hello", &b""[..], &small()).await), Refusal::Damaged);
}

#[tokio::test]
async fn rq9_a_process_that_never_ends_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("id");
    let script = format!("echo $$ > {}; exec sleep 1000", note.display());
    assert_eq!(refusal(shell(&script, &b""[..], &hurried()).await), Refusal::Limits);
    let id = std::fs::read_to_string(&note).unwrap();
    assert!(!Path::new("/proc").join(id.trim()).exists());
    // The same where it closes its pipe and stays.
    let script = format!("echo $$ > {}; exec sleep 1000 >&-", note.display());
    assert_eq!(refusal(shell(&script, &b""[..], &hurried()).await), Refusal::Limits);
    let id = std::fs::read_to_string(&note).unwrap();
    assert!(!Path::new("/proc").join(id.trim()).exists());
}

#[tokio::test]
async fn rq9_a_process_that_talks_without_end_is_not_listened_to() {
    assert_eq!(refusal(shell("exec yes", &b""[..], &small()).await), Refusal::Damaged);
}

#[tokio::test]
async fn rq9_the_servers_secrets_stay_with_it() {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let script = r#"[ -z "$CARGO_MANIFEST_DIR" ] && [ -z "$HOME" ] && exit 7; exit 8"#;
    assert!(
        failure(shell(script, &b""[..], &small()).await)
            .to_string()
            .contains("with 7")
    );
}

/// A file whose store fails.
struct Broken;

impl AsyncRead for Broken {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::other("the store is away")))
    }
}

#[tokio::test]
async fn rq9_a_file_that_cannot_be_read_is_not_damaged() {
    let child = Path::new(env!("CARGO_BIN_EXE_previews-child"));
    let result = previews::render(child, ["draw"], Kind::Png, Broken, &small()).await;
    assert_eq!(failure(result).to_string(), "the store is away");
    // One of which nothing comes, as long as its other end is held.
    let (silent, _held) = tokio::io::duplex(64);
    let result = previews::render(child, ["draw"], Kind::Png, silent, &hurried()).await;
    assert_eq!(failure(result).kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn rq9_several_are_drawn_at_once() {
    let file = crate::build::encoded(quarters(60, 40), ImageFormat::Png);
    let child = Path::new(env!("CARGO_BIN_EXE_previews-child"));
    let limits = small();
    let one = || previews::render(child, ["draw"], Kind::Png, &file[..], &limits);
    let (a, b, c) = tokio::try_join!(one(), one(), one()).unwrap();
    assert!(a == b && b == c);
}

/// While it waits for its file, it can be seen which limits it has taken on.
#[test]
fn rq9_the_limits_are_there_before_the_file_is() {
    let limits = Limits::default();
    let words = format!(
        "draw png bytes={} pixels={} side={} memory={} processor={} thumbnail={} preview={}",
        limits.bytes, limits.pixels, limits.side, limits.memory, limits.processor, limits.thumbnail, limits.preview
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_previews-child"))
        .args(words.split(' '))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let process = Path::new("/proc").join(child.id().to_string());
    // It becomes another program in its own place.
    while std::fs::read(process.join("environ")).unwrap().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    let held = std::fs::read_to_string(process.join("limits")).unwrap();
    let line = |name: &str| {
        let line = held.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..]
            .split_whitespace()
            .take(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let memory = limits.memory.to_string();
    for (name, most) in [
        ("Max data size", memory.as_str()),
        ("Max cpu time", "20"),
        ("Max stack size", "8388608"),
        ("Max file size", "0"),
        ("Max open files", "32"),
        ("Max processes", "0"),
        ("Max core file size", "0"),
    ] {
        assert_eq!(line(name), [most, most], "{name}");
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

/// Without its words, or with others, it draws nothing.
#[test]
fn rq9_a_child_without_an_order_ends() {
    for words in [&["draw"][..], &["draw", "zip"], &[]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_previews-child"));
        let end = child
            .args(words.iter().map(OsStr::new))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!((end.status.code(), end.stdout.len()), (Some(2), 0));
    }
}
