//! The first page of a PDF file, drawn in the size of the preview, on white as it would be printed.

use super::{
    Drawn,
    size::{fill, whole},
};
use crate::{Limits, Refusal};
use hayro::{
    RenderCache, RenderSettings,
    hayro_interpret::{InterpreterSettings, util::TransformExt as _},
    hayro_syntax::{LoadPdfError, Pdf},
    kurbo::Affine,
    render_into,
    vello_cpu::{
        Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit, color::palette::css::WHITE,
        peniko::ImageAlphaType,
    },
};
use image::RgbaImage;

pub fn draw(file: Vec<u8>, limits: &Limits) -> Result<Drawn, Refusal> {
    // Illustrator can save without PDF, and EPS never has any; the second begins a file with a preview for DOS.
    if file.starts_with(b"%!PS") || file.starts_with(b"\xc5\xd0\xd3\xc6") {
        return Err(Refusal::NotSupported);
    }
    let pdf = Pdf::new(file).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Refusal::NotSupported,
        LoadPdfError::Invalid => Refusal::Damaged,
    })?;
    let page = pdf.pages().first().ok_or(Refusal::Damaged)?;
    let from = page.render_dimensions();
    let to = fill(from.0, from.1, limits.preview).ok_or(Refusal::Damaged)?;
    let side = |length: u32| u16::try_from(length).map_err(|_| Refusal::TooLarge);
    let mut context = RenderContext::new(side(to.0)?, side(to.1)?);
    render_into(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &mut context,
        scale(to, from) * page.initial_transform(true).to_kurbo(),
    );
    context.flush();
    let mut pixmap = Pixmap::new(side(to.0)?, side(to.1)?);
    let settings = RasterizerSettings {
        target_init: TargetInit::Clear(WHITE),
        ..RasterizerSettings::default()
    };
    context.render_with(&mut pixmap, &mut Resources::default(), settings);
    Ok(Drawn {
        width: whole(from.0),
        height: whole(from.1),
        see_through: false,
        picture: RgbaImage::from_raw(to.0, to.1, pixmap.take_rgba8(ImageAlphaType::Alpha)).ok_or(Refusal::Damaged)?,
    })
}

#[expect(clippy::float_arithmetic, reason = "the renderer's sizes are fractions")]
fn scale(to: (u32, u32), from: (f32, f32)) -> Affine {
    Affine::scale_non_uniform(f64::from(to.0) / f64::from(from.0), f64::from(to.1) / f64::from(from.1))
}
