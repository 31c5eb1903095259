//! SVG and PDF are drawn in the size of the preview, and SVG sees nothing outside of itself.

use crate::{
    assert_color,
    build::{BLUE, GREEN, RED, WHITE, encoded, pdf_page, quarters, stream, zlib},
    drawn, opened, refused,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{DynamicImage, ImageFormat};
use previews::{Kind, Media, Refusal};
use std::fmt::Write as _;

pub fn svg(content: &str) -> Vec<u8> {
    let links = r#"xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink""#;
    format!(r#"<svg {links} width="40" height="20" viewBox="0 0 40 20">{content}</svg>"#).into_bytes()
}

const LEFT: &str = r##"<rect width="20" height="20" fill="#dc1414"/>"##;
const ALL: &str = r##"<rect width="40" height="20" fill="#dc1414"/>"##;

#[test]
fn rq9_svg_fills_the_preview_whatever_its_size() {
    let rendered = drawn(Kind::Svg, &svg(LEFT));
    assert_eq!((rendered.width, rendered.height), (40, 20));
    assert!(rendered.see_through);
    assert_eq!(
        (rendered.preview.media, rendered.thumbnail.media),
        (Media::Png, Media::Png)
    );
    let preview = opened(&rendered.preview);
    assert_eq!(
        (preview.dimensions(), opened(&rendered.thumbnail).dimensions()),
        ((100, 50), (20, 10))
    );
    // Its lines are drawn in this size: the edge is sharp.
    assert_color(&preview, (49, 25), RED);
    assert_eq!(preview.get_pixel(50, 25).0[3], 0);
}

#[test]
fn rq9_svg_that_covers_all_is_opaque() {
    let rendered = drawn(Kind::Svg, &svg(ALL));
    assert!(!rendered.see_through);
    assert_eq!(rendered.preview.media, Media::Jpeg);
    assert_color(&opened(&rendered.preview), (99, 49), RED);
}

#[test]
fn rq9_text_is_drawn_in_a_font_that_is_there() {
    let any = ["/usr/share/fonts", "/usr/local/share/fonts"]
        .into_iter()
        .any(|folder| std::fs::read_dir(folder).is_ok());
    if !any {
        return;
    }
    let written = |family: &str| {
        let text = format!(r##"<text x="2" y="16" font-size="18" fill="#1e28d2" {family}>MI</text>"##);
        let preview = opened(&drawn(Kind::Svg, &svg(&text)).preview);
        assert!(preview.pixels().any(|pixel| pixel.0 == BLUE), "{family}");
        preview
    };
    let (sans, serif) = (written("font-family='sans-serif'"), written("font-family='serif'"));
    written("font-family='monospace'");
    // A font that nobody has, alone and with a word for what it is like; and none at all.
    assert_eq!(written("font-family='Nobodys Grotesk'"), sans);
    assert_eq!(written("font-family='Nobodys Antiqua, serif'"), serif);
    assert_eq!(written(""), serif);
}

fn image(href: &str) -> Vec<u8> {
    svg(&format!(
        r#"{ALL}<image width="40" height="20" preserveAspectRatio="none" xlink:href="{href}"/>"#
    ))
}

fn data(media: &str, bytes: &[u8]) -> String {
    format!("data:{media};base64,{}", STANDARD.encode(bytes))
}

#[test]
fn rq9_bitmaps_within_svg_are_drawn() {
    let green = || DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(4, 4, image::Rgba(GREEN)));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let bytes = match format {
            ImageFormat::Jpeg => encoded(green().into_rgb8(), format),
            _ => encoded(green(), format),
        };
        let rendered = drawn(Kind::Svg, &image(&data(format.to_mime_type(), &bytes)));
        assert_color(&opened(&rendered.preview), (50, 25), GREEN);
    }
}

#[test]
fn rq9_svg_reads_no_file_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.png");
    std::fs::write(&path, encoded(quarters(4, 4), ImageFormat::Png)).unwrap();
    let path = path.to_str().unwrap();
    // That it is a picture which would be drawn is seen where it is within the file.
    let within = image(&data("image/png", &std::fs::read(path).unwrap()));
    assert_color(&opened(&drawn(Kind::Svg, &within).preview), (50, 40), GREEN);
    for href in [
        path.to_owned(),
        format!("file://{path}"),
        "/proc/self/environ".to_owned(),
    ] {
        let preview = opened(&drawn(Kind::Svg, &image(&href)).preview);
        assert!(
            preview.pixels().all(|pixel| pixel.0[0] > 200 && pixel.0[1] < 50),
            "{href}"
        );
        // The same by another way: a filter that draws a picture.
        let filter = format!(
            r##"{ALL}<filter id="f"><feImage xlink:href="{href}"/></filter><rect width="40" height="20" fill="#dc1414" filter="url(#f)"/>"##
        );
        let preview = opened(&drawn(Kind::Svg, &svg(&filter)).preview);
        assert!(
            preview.pixels().all(|pixel| pixel.0[0] > 200 && pixel.0[1] < 50),
            "{href}"
        );
    }
    // An entity, by which an XML file may ask for another one.
    let mut entity = format!(r#"<!DOCTYPE svg [<!ENTITY e SYSTEM "file://{path}">]>"#).into_bytes();
    entity.extend(svg(&format!("{ALL}<title>&e;</title>")));
    assert_eq!(refused(Kind::Svg, &entity), Refusal::Damaged);
}

#[test]
fn rq9_svg_within_svg_is_not_drawn() {
    let inner = svg(r##"<rect width="40" height="20" fill="#14b428"/>"##);
    for media in ["image/svg+xml", "text/plain", "image/png"] {
        let rendered = drawn(Kind::Svg, &image(&data(media, &inner)));
        assert_color(&opened(&rendered.preview), (50, 25), RED);
    }
}

#[test]
fn rq9_svg_in_another_wrapping_is_not_supported() {
    assert_eq!(refused(Kind::Svg, b"\x1f\x8b\x08\0\0\0\0\0\0\0"), Refusal::NotSupported);
    let wide: Vec<u8> = String::from_utf8(svg(ALL))
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        refused(Kind::Svg, &[&[0xff, 0xfe][..], &wide].concat()),
        Refusal::NotSupported
    );
}

#[test]
fn rq9_the_first_page_of_a_pdf_is_drawn_on_white() {
    let content = "0.8627 0.0784 0.0784 rg 0 100 100 100 re f";
    let rendered = drawn(Kind::Pdf, &pdf_page("/MediaBox [0 0 400 200]", content, &[]));
    assert_eq!((rendered.width, rendered.height), (400, 200));
    assert!(!rendered.see_through);
    assert_eq!(rendered.preview.media, Media::Jpeg);
    let preview = opened(&rendered.preview);
    assert_eq!(
        (preview.dimensions(), opened(&rendered.thumbnail).dimensions()),
        ((100, 50), (20, 10))
    );
    // From the page's lower left corner, as PDF counts.
    assert_color(&preview, (10, 10), RED);
    assert_color(&preview, (10, 40), WHITE);
    assert_color(&preview, (40, 10), WHITE);
}

#[test]
fn rq9_a_page_is_cut_and_turned_as_it_says() {
    let content = "0.8627 0.0784 0.0784 rg 100 100 50 50 re f";
    let page = "/MediaBox [0 0 1000 1000] /CropBox [100 100 200 150] /Rotate 90";
    let rendered = drawn(Kind::Pdf, &pdf_page(page, content, &[]));
    assert_eq!((rendered.width, rendered.height), (50, 100));
    let preview = opened(&rendered.preview);
    assert_eq!(preview.dimensions(), (50, 100));
    // What was at the left is above.
    assert_color(&preview, (25, 25), RED);
    assert_color(&preview, (25, 75), WHITE);
}

#[test]
fn rq9_text_of_a_pdf_without_fonts_is_drawn() {
    let page = "/MediaBox [0 0 100 100] /Resources << /Font << /F 5 0 R >> >>";
    let font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>".to_vec();
    let content = "0 0 1 rg BT /F 80 Tf 10 20 Td (M) Tj ET";
    let preview = opened(&drawn(Kind::Pdf, &pdf_page(page, content, &[font])).preview);
    let blue = preview
        .pixels()
        .filter(|pixel| pixel.0[0] < 60 && pixel.0[2] > 200)
        .count();
    assert!(blue > 500, "{blue}");
}

#[test]
fn rq9_bitmaps_within_a_pdf_are_drawn() {
    let page = "/MediaBox [0 0 100 100] /Resources << /XObject << /X 5 0 R >> >>";
    let pixels: Vec<u8> = quarters(40, 40)
        .pixels()
        .flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]])
        .collect();
    let fields = "/Type /XObject /Subtype /Image /Width 40 /Height 40 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode";
    let picture = stream(fields, &zlib(&pixels));
    let preview = opened(&drawn(Kind::Pdf, &pdf_page(page, "100 0 0 100 0 0 cm /X Do", &[picture])).preview);
    assert_color(&preview, (25, 25), RED);
    assert_color(&preview, (75, 25), BLUE);
    assert_color(&preview, (50, 75), GREEN);
}

#[test]
fn rq9_postscript_without_pdf_is_not_supported() {
    assert_eq!(refused(Kind::Pdf, b"%!PS-Adobe-3.0 EPSF-3.0\n"), Refusal::NotSupported);
    assert_eq!(refused(Kind::Pdf, b"\xc5\xd0\xd3\xc6\x1e\0\0\0"), Refusal::NotSupported);
}

#[test]
fn rq9_pages_of_any_size_are_drawn() {
    for (page, size) in [
        ("/MediaBox [0 0 14400 14400]", (14_400, 14_400)),
        ("/MediaBox [0 0 1 100000]", (1, 100_000)),
        // None at all: that of a letter in the library's country.
        ("", (595, 842)),
    ] {
        let rendered = drawn(Kind::Pdf, &pdf_page(page, "", &[]));
        assert_eq!((rendered.width, rendered.height), size);
        let longer = opened(&rendered.preview).dimensions();
        assert_eq!(longer.0.max(longer.1), 100);
    }
}

/// Many small things are no attack.
#[test]
fn rq9_a_busy_drawing_is_drawn() {
    let mut content = String::new();
    for index in 0..2000 {
        let (x, y) = (index % 40, index / 40 % 20);
        write!(
            content,
            r##"<g opacity="0.9"><circle cx="{x}" cy="{y}" r="1" fill="#dc1414"/></g>"##
        )
        .unwrap();
    }
    let rendered = drawn(Kind::Svg, &svg(&content));
    assert!(opened(&rendered.preview).get_pixel(50, 25).0[3] > 200);
}
