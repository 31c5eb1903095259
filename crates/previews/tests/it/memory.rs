//! The limit of memory: the largest ordinary file passes, and what asks for more does not get it.

use crate::{build::deep_png, opened, refused_within, render, small};
use previews::{Kind, Limits, Refusal};

/// What shirts are printed from, with twice the bits that a printer uses: nothing ordinary needs more.
#[test]
fn rq9_a_print_file_of_sixteen_bits_passes() {
    let file = deep_png(4500, 5400, 5400);
    let rendered = render(Kind::Png, &file, &small()).unwrap();
    assert_eq!((rendered.width, rendered.height), (4500, 5400));
    assert!(rendered.see_through);
    assert_eq!(opened(&rendered.preview).dimensions(), (83, 100));
}

/// It is the limit that ends it: with more memory, it ends because its rows are missing.
#[test]
fn rq9_what_asks_for_more_memory_than_there_is_does_not_get_it() {
    let file = deep_png(8000, 10_000, 10);
    assert_eq!(refused_within(Kind::Png, &file, &small()), Refusal::Limits);
    let more = Limits {
        memory: 2 << 30,
        ..small()
    };
    assert_eq!(refused_within(Kind::Png, &file, &more), Refusal::Damaged);
}
