//! SVG and PDF that were made to do harm. Where a file is no more than silly it may be drawn; it must end.

use crate::{
    assert_color,
    build::{RED, pdf, pdf_page, png, stream, zlib, zlib_of},
    drawn, ends, opened, refused_within, small,
    vectors::svg,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use previews::{Kind, Limits, Refusal};
use std::fmt::Write as _;

/// As in the app, except that a second of work is enough.
fn short() -> Limits {
    Limits {
        processor: 1,
        ..small()
    }
}

fn svg_ends(content: &str) -> Result<previews::Rendered, Refusal> {
    ends(Kind::Svg, &svg(content), &short())
}

#[test]
fn rq9_svg_that_is_nested_without_end_is_refused() {
    for depth in [2000, 100_000] {
        let deep = "<g>".repeat(depth) + "<rect width='1' height='1'/>" + &"</g>".repeat(depth);
        assert!(svg_ends(&deep).is_err(), "{depth}");
        let deep = "<svg opacity='0.5'>".repeat(depth) + &"</svg>".repeat(depth);
        assert!(svg_ends(&deep).is_err(), "{depth}");
    }
    assert!(svg_ends(&"<g>".repeat(100_000)).is_err());
}

#[test]
fn rq9_svg_that_multiplies_itself_is_refused() {
    // Ten of ten of ten …: ten billion.
    let mut uses = String::from("<defs><g id='a0'><rect width='1' height='1'/></g>");
    for level in 1..=10 {
        write!(uses, "<g id='a{level}'>").unwrap();
        uses += &format!("<use xlink:href='#a{}'/>", level - 1).repeat(10);
        uses += "</g>";
    }
    uses += "</defs><use xlink:href='#a10'/>";
    assert!(svg_ends(&uses).is_err());
    // The same with the entities of XML.
    let mut entities = String::from("<!DOCTYPE svg [<!ENTITY e0 'ha'>");
    for level in 1..=10 {
        write!(
            entities,
            "<!ENTITY e{level} '{}'>",
            format!("&e{};", level - 1).repeat(10)
        )
        .unwrap();
    }
    let file = [format!("{entities}]>").into_bytes(), svg("<text>&e10;</text>")].concat();
    assert_eq!(refused_within(Kind::Svg, &file, &short()), Refusal::Damaged);
}

#[test]
fn rq9_svg_that_is_its_own_part_ends() {
    for content in [
        "<g id='a'><use xlink:href='#a'/></g>",
        "<g id='a'><use xlink:href='#b'/></g><g id='b'><use xlink:href='#a'/></g>",
        "<pattern id='a' width='1' height='1'><rect width='9' height='9' fill='url(#a)'/></pattern><rect width='9' height='9' fill='url(#a)'/>",
        "<mask id='a'><rect width='9' height='9' mask='url(#a)'/></mask><rect width='9' height='9' mask='url(#a)'/>",
        "<clipPath id='a' clip-path='url(#a)'><rect width='9' height='9'/></clipPath><rect width='9' height='9' clip-path='url(#a)'/>",
        "<linearGradient id='a' xlink:href='#a'/><rect width='9' height='9' fill='url(#a)'/>",
        "<marker id='a'><path d='M0 0L9 9' marker-end='url(#a)'/></marker><path d='M0 0L9 9' marker-end='url(#a)'/>",
        "<filter id='a'><feImage xlink:href='#b'/></filter><g id='b' filter='url(#a)'><rect width='9' height='9'/></g>",
    ] {
        let _ = svg_ends(content);
    }
}

#[test]
fn rq9_svg_that_is_drawn_without_end_is_refused() {
    // Noise is the dearest of all filters.
    let mut noise = String::from("<filter id='a' x='-9' y='-9' width='20' height='20'>");
    noise += &"<feTurbulence baseFrequency='0.9' numOctaves='8'/>".repeat(3000);
    noise += "</filter><rect width='40' height='20' filter='url(#a)'/>";
    assert_eq!(svg_ends(&noise).map(|_| ()), Err(Refusal::Limits));
    // Layers in layers, each as large as the picture.
    let mut blurs = String::from(
        "<filter id='a' x='-99' y='-99' width='999' height='999'><feGaussianBlur stdDeviation='9999'/></filter>",
    );
    blurs += &"<g filter='url(#a)' opacity='0.5'>".repeat(300);
    blurs += "<rect width='40' height='20'/>";
    blurs += &"</g>".repeat(300);
    let _ = svg_ends(&blurs);
}

#[test]
fn rq9_svg_of_patterns_in_patterns_ends() {
    let mut patterns = String::new();
    for level in 0..12 {
        let fill = if level == 0 {
            "red".to_owned()
        } else {
            format!("url(#p{})", level - 1)
        };
        let rects = format!("<rect width='0.4' height='0.4' fill='{fill}'/>").repeat(8);
        write!(
            patterns,
            "<pattern id='p{level}' width='0.001' height='0.001' patternUnits='userSpaceOnUse'>{rects}</pattern>"
        )
        .unwrap();
    }
    let _ = svg_ends(&format!("{patterns}<rect width='40' height='20' fill='url(#p11)'/>"));
    let _ = svg_ends("<path d='M0 0H1e9V1e9H0' stroke='red' stroke-width='1e-4' stroke-dasharray='1e-6'/>");
    let _ = svg_ends(
        "<pattern id='p' width='1e-9' height='1e9' patternUnits='userSpaceOnUse'><rect width='9' height='9'/></pattern><rect width='40' height='20' fill='url(#p)'/>",
    );
}

#[test]
fn rq9_svg_of_any_size_is_drawn_in_the_size_of_the_preview() {
    for (width, height) in [("1e9", "1e9"), ("1e9", "1"), ("1e-3", "1e-3"), ("100%", "9999mm")] {
        let file = format!("<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'/>");
        let rendered = drawn(Kind::Svg, file.as_bytes());
        let size = opened(&rendered.preview).dimensions();
        assert_eq!(size.0.max(size.1), 100);
    }
    for size in [
        "width='0' height='9'",
        "width='-9' height='9'",
        "width='NaN' height='9'",
        "viewBox='0 0 0 0'",
    ] {
        let file = format!("<svg xmlns='http://www.w3.org/2000/svg' {size}/>");
        let _ = ends(Kind::Svg, file.as_bytes(), &short());
    }
}

#[test]
fn rq9_bitmaps_within_svg_have_the_limits_of_others() {
    let red = "<rect width='40' height='20' fill='#dc1414'/>";
    let within = |file: &[u8]| {
        let data = STANDARD.encode(file);
        format!("{red}<image width='40' height='20' xlink:href='data:image/png;base64,{data}'/>")
    };
    let huge = png(100_000, 100_000, &zlib(&[0; 10]));
    assert_color(&opened(&svg_ends(&within(&huge)).unwrap().preview), (50, 25), RED);
    // A small screen with a frame that is not.
    let mut gif = b"GIF89a\x01\0\x01\0\0\0\0,".to_vec();
    gif.extend(b"\0\0\0\0\xff\xff\xff\xff\x80\0\0\0\xff\xff\xff\x02\x02\x44\x01\0;");
    let _ = svg_ends(&within(&gif));
}

fn pdf_ends(file: &[u8]) -> Result<previews::Rendered, Refusal> {
    ends(Kind::Pdf, file, &short())
}

const FORMS: &str = "/MediaBox [0 0 100 100] /Resources << /XObject << /X 5 0 R >> >>";

fn form(resources: &str, content: &str) -> Vec<u8> {
    stream(
        &format!("/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << {resources} >>"),
        content.as_bytes(),
    )
}

#[test]
fn rq9_pdf_pages_in_a_circle_end() {
    let catalog = "<< /Type /Catalog /Pages 2 0 R >>";
    for pages in [
        "<< /Type /Pages /Kids [2 0 R] /Count 1 >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Pages /Kids [3 0 R 3 0 R 3 0 R 3 0 R] /Count 99999999 >>",
        "<< /Type /Pages /Kids 2 0 R /Count 1 >>",
        "2 0 R",
    ] {
        let second = "<< /Type /Pages /Parent 3 0 R /Kids [2 0 R 2 0 R 2 0 R 2 0 R] /Count 1 >>";
        assert!(pdf_ends(&pdf(&[catalog, pages, second])).is_err(), "{pages}");
    }
    // What a page takes from those above it.
    let page = "<< /Type /Page /Parent 3 0 R /MediaBox 3 0 R /Contents 3 0 R /Resources 3 0 R >>";
    let _ = pdf_ends(&pdf(&[catalog, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page]));
}

#[test]
fn rq9_pdf_forms_in_a_circle_end() {
    let itself = form("/XObject << /X 5 0 R >>", "/X Do /X Do");
    let _ = pdf_ends(&pdf_page(FORMS, "/X Do", &[itself]));
    let (one, other) = (
        form("/XObject << /X 6 0 R >>", "/X Do"),
        form("/XObject << /X 5 0 R >>", "/X Do"),
    );
    let _ = pdf_ends(&pdf_page(FORMS, "/X Do", &[one, other]));
    // A pattern, a mask and a letter that draw themselves.
    let pattern = stream(
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 1 /YStep 1 /Resources << /Pattern << /P 5 0 R >> >>",
        b"/Pattern cs /P scn 0 0 9 9 re f",
    );
    let page = "/MediaBox [0 0 100 100] /Resources << /Pattern << /P 5 0 R >> >>";
    let _ = pdf_ends(&pdf_page(page, "/Pattern cs /P scn 0 0 99 99 re f", &[pattern]));
    let mask = form(
        "/ExtGState << /G << /SMask << /S /Alpha /G 5 0 R >> >> >>",
        "/G gs 0 0 9 9 re f",
    );
    let page = "/MediaBox [0 0 100 100] /Resources << /ExtGState << /G << /SMask << /S /Alpha /G 5 0 R >> >> >> >>";
    let _ = pdf_ends(&pdf_page(page, "/G gs 0 0 99 99 re f", &[mask]));
    let font = b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 65 /LastChar 65 /Widths [9] \
        /Encoding << /Differences [65 /a] >> /CharProcs << /a 6 0 R >> /Resources << /Font << /F 5 0 R >> >> >>";
    let letter = stream("", b"9 0 d0 BT /F 9 Tf (AAA) Tj ET");
    let page = "/MediaBox [0 0 100 100] /Resources << /Font << /F 5 0 R >> >>";
    let _ = pdf_ends(&pdf_page(page, "BT /F 9 Tf (AAA) Tj ET", &[font.to_vec(), letter]));
}

#[test]
fn rq9_a_pdf_that_multiplies_itself_is_refused() {
    let mut forms = Vec::new();
    for next in 6..20 {
        forms.push(form(&format!("/XObject << /X {next} 0 R >>"), &"/X Do ".repeat(10)));
    }
    forms.push(form("", "0 0 9 9 re f"));
    assert_eq!(
        pdf_ends(&pdf_page(FORMS, "/X Do", &forms)).map(|_| ()),
        Err(Refusal::Limits)
    );
}

#[test]
fn rq9_a_pdf_that_is_nested_without_end_ends() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    for content in [
        deep("[", "]"),
        deep("<<", ">>"),
        deep("<< /A ", ">>"),
        deep("(", ")"),
        deep("q ", "Q "),
        deep("/A BMC ", "EMC "),
    ] {
        let _ = pdf_ends(&pdf_page("/MediaBox [0 0 100 100]", &content, &[]));
        let _ = pdf_ends(&pdf_page(&format!("/MediaBox [0 0 100 100] /Deep {content}"), "", &[]));
    }
    let clips = "0 0 50 50 re W n q ".repeat(20_000);
    let _ = pdf_ends(&pdf_page("/MediaBox [0 0 100 100]", &clips, &[]));
}

#[test]
fn rq9_a_pdf_that_never_stops_unpacking_ends() {
    let much = zlib_of(&[b'q'; 1 << 16], 1 << 12);
    let twice = zlib(&much);
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents [4 0 R 4 0 R 4 0 R 4 0 R 4 0 R 4 0 R 4 0 R 4 0 R] >>".to_vec(),
        stream("/Filter [/FlateDecode /FlateDecode]", &twice),
    ];
    let _ = pdf_ends(&pdf(&objects));
    objects[3] = stream("/Filter /FlateDecode", &much);
    let _ = pdf_ends(&pdf(&objects));
}

#[test]
fn rq9_pictures_within_a_pdf_that_claim_too_much_end() {
    let page = "/MediaBox [0 0 100 100] /Resources << /XObject << /X 5 0 R >> >>";
    for fields in [
        "/Width 100000 /Height 100000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode",
        "/Width 2147483647 /Height 2147483647 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /FlateDecode",
        "/Width 60000 /Height 60000 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 60000 /Rows 60000 >>",
        "/Width -1 /Height 0 /ColorSpace /DeviceGray /BitsPerComponent 16",
    ] {
        let picture = stream(&format!("/Type /XObject /Subtype /Image {fields}"), &zlib(&[0; 1000]));
        let _ = pdf_ends(&pdf_page(page, "100 0 0 100 0 0 cm /X Do", &[picture]));
    }
}

#[test]
fn rq9_a_pdf_whose_tables_point_at_each_other_ends() {
    // The table of objects that came before is this one.
    let mut file = pdf_page("/MediaBox [0 0 100 100]", "", &[]);
    let start = file.windows(4).position(|four| four == b"xref").unwrap();
    let text = format!("/Root 1 0 R /Prev {start} ");
    let root = file.windows(11).position(|word| word == b"/Root 1 0 R").unwrap();
    file.splice(root..root + 11, text.into_bytes());
    let _ = pdf_ends(&file);
    // Objects within an object that is within itself.
    let objects = stream("/Type /ObjStm /N 1 /First 4 /Extends 5 0 R", b"5 0 5 0 R");
    let _ = pdf_ends(&pdf_page("/MediaBox 5 0 R", "", &[objects]));
    // A length that is its own.
    let own = b"<< /Length 5 0 R >>\nstream\n\nendstream".to_vec();
    let _ = pdf_ends(&pdf_page("/MediaBox [0 0 9 9] /Contents 5 0 R", "", &[own]));
}
