//! Files that strangers might send to harm whoever draws them (RQ9). Shared with the figures in `benches`.

/// One of each kind, with the extension that it is sent under. None can be drawn.
pub fn kinds() -> [(&'static str, Vec<u8>); 5] {
    [
        ("png", huge()),
        ("svg", laughs()),
        ("svg", deep()),
        (
            "pdf",
            b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj trailer<</Root 1 0 R>>".to_vec(),
        ),
        (
            "psd",
            b"8BPS\0\x01\0\0\0\0\0\0\0\x03\0\x01\x86\xa0\0\x01\x86\xa0\0\x08\0\x03".to_vec(),
        ),
    ]
}

/// A picture whose head claims more than anybody has memory for.
fn huge() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(100_000u32.to_be_bytes());
    png.extend(100_000u32.to_be_bytes());
    png.extend(b"\x08\x06\0\0\0\xff\xff\xff\xff\0\0\0\0IDAT");
    png
}

/// Drawings in drawings, each ten times the one before.
fn laughs() -> Vec<u8> {
    let mut svg =
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><g id="g0"><rect width="9" height="9"/></g>"#
            .to_owned();
    for n in 1..12 {
        let uses = format!("<use href=\"#g{}\"/>", n - 1).repeat(10);
        svg.push_str(&format!("<g id=\"g{n}\">{uses}</g>"));
    }
    svg.push_str("</svg>");
    svg.into_bytes()
}

/// Groups in groups.
fn deep() -> Vec<u8> {
    let (begin, end) = ("<g>".repeat(200_000), "</g>".repeat(200_000));
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{begin}{end}</svg>").into_bytes()
}
