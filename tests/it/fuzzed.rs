//! What comes in from outside, at random: the fuzzer's targets over its corpus, and over what a few seconds make of that. The
//! inputs are the same every time; what looks for new ones is the fuzzer itself (CONTRIBUTING.md).

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, RngSeed, TestError, TestRunner},
};
use rstest::rstest;
use std::{fs, path::Path};

#[path = "../../fuzz/targets.rs"]
mod targets;

/// Another number makes other inputs.
const SEED: u64 = 12;

/// Inputs that are made for each target.
const MADE: u32 = 3_000;

/// Bytes of one input, at most.
const LONGEST: usize = 4_096;

/// What is put in besides what other inputs have: ends, borders and what has a meaning somewhere.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\r\n",
    b"\xff",
    b"\xc3",
    b"\xf0\x9f\x91\xa9",
    b"\xe2\x80\xae",
    b"<",
    b">",
    b"\"",
    b"[",
    b"](",
    b"`",
    b"*",
    b"&",
    b"=",
    b"%",
    b"%0D%0A",
    b"%00",
    b"of-",
    b"-",
    b",",
    b".",
    b"9223372036854775807",
    b"{",
    b"}",
    b"null",
    b"1e400",
];

/// One change of an input; every place counts from wherever there is one.
#[derive(Debug, Clone)]
enum Change {
    Byte(Index, u8),
    PutIn(Index, &'static [u8]),
    TakeOut(Index, usize),
    Repeat(Index, usize, usize),
    /// From here on it is another one.
    GoOnWith(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (at(), select(PIECES)).prop_map(|(at, piece)| Change::PutIn(at, piece)),
        (at(), 1..16usize).prop_map(|(at, len)| Change::TakeOut(at, len)),
        (at(), 1..16usize, 1..40usize).prop_map(|(at, len, times)| Change::Repeat(at, len, times)),
        (at(), at(), at()).prop_map(|(at, other, from)| Change::GoOnWith(at, other, from)),
    ]
}

/// An input of the corpus, changed.
fn made(corpus: &[(String, Vec<u8>)], of: Index, changes: &[Change]) -> Vec<u8> {
    let mut input = of.get(corpus).1.clone();
    for change in changes {
        let place = |at: &Index| at.index(input.len() + 1);
        match change {
            Change::Byte(at, byte) => {
                let at = place(at);
                input.splice(at..(at + 1).min(input.len()), [*byte]);
            }
            Change::PutIn(at, piece) => {
                let at = place(at);
                input.splice(at..at, piece.iter().copied());
            }
            Change::TakeOut(at, len) => {
                let at = place(at);
                input.drain(at..(at + len).min(input.len()));
            }
            Change::Repeat(at, len, times) => {
                let at = place(at);
                let piece = input[at..(at + len).min(input.len())].repeat(*times);
                input.splice(at..at, piece);
            }
            Change::GoOnWith(at, other, from) => {
                let at = place(at);
                let other = &other.get(corpus).1;
                input.truncate(at);
                input.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
        input.truncate(LONGEST);
    }
    input
}

/// What a target starts from, by name. The fuzzer's own finds have no extension, and are nobody else's.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = fs::read_dir(folder)
        .expect("the target's corpus")
        .map(|file| file.expect("a file").path());
    let mut corpus: Vec<(String, Vec<u8>)> = files
        .filter(|file| file.extension().is_some())
        .map(|file| (file.display().to_string(), fs::read(&file).expect("its bytes")))
        .collect();
    corpus.sort();
    corpus
}

#[rstest]
#[case::forms("forms", targets::forms)]
#[case::markdown("markdown", targets::markdown)]
#[case::money("money", targets::money)]
#[case::sniffing("sniffing", targets::sniffing)]
#[case::webhook("webhook", targets::webhook)]
fn whatever_comes_in_is_taken_or_refused(#[case] name: &str, #[case] target: fn(&[u8])) {
    let corpus = corpus(name);
    assert!(corpus.len() >= 10, "{name} has a corpus");
    for (file, input) in &corpus {
        eprintln!("{file}");
        target(input);
    }
    eprintln!("All of the corpus is good; now what is made of it.");
    let config = Config {
        cases: MADE,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        rng_seed: RngSeed::Fixed(SEED),
        ..Config::default()
    };
    let inputs = (any::<Index>(), vec(change(), 1..6));
    let run = TestRunner::new(config).run(&inputs, |(of, changes)| {
        target(&made(&corpus, of, &changes));
        Ok(())
    });
    if let Err(TestError::Fail(why, (of, changes))) = &run {
        let input = made(&corpus, *of, changes);
        panic!(
            "{name}, seed {SEED}: {why}\nat its smallest: b\"{}\"",
            input.escape_ascii()
        );
    }
    run.expect("inputs are made");
}
