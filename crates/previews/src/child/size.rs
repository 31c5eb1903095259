//! How large pictures become.

/// The size within a square box, never enlarged.
pub fn fit(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= side {
        return (width, height);
    }
    let part = |length: u32| {
        let exact = u64::from(length) * u64::from(side);
        let rounded = (exact + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(rounded).unwrap_or(side).max(1)
    };
    (part(width), part(height))
}

/// The size in pixels of what has none, so that it fills a square box; `None` where it has no size at all.
#[expect(clippy::float_arithmetic, reason = "the sizes of pages and drawings are fractions")]
pub fn fill(width: f32, height: f32, side: u32) -> Option<(u32, u32)> {
    let longer = width.max(height);
    if !(width > 0.0 && height > 0.0 && longer.is_finite()) {
        return None;
    }
    let part = |length: f32| whole(length / longer * side as f32).min(side);
    Some((part(width), part(height)))
}

/// A length without its fraction, at least one.
pub fn whole(length: f32) -> u32 {
    // A cast never wraps around: what is too large becomes the largest.
    (length.round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rq9_a_picture_fits_its_box_and_is_not_enlarged() {
        assert_eq!(fit(4500, 5400, 1600), (1333, 1600));
        assert_eq!(fit(1600, 900, 1600), (1600, 900));
        assert_eq!(fit(1601, 1601, 1600), (1600, 1600));
        assert_eq!(fit(3, 2, 320), (3, 2));
        assert_eq!(fit(20_000, 1, 320), (320, 1));
        assert_eq!(fit(u32::MAX, u32::MAX, u32::MAX), (u32::MAX, u32::MAX));
    }

    #[test]
    fn rq9_pages_fill_the_preview_whatever_their_size() {
        assert_eq!(fill(612.0, 792.0, 1600), Some((1236, 1600)));
        assert_eq!(fill(16.0, 16.0, 1600), Some((1600, 1600)));
        assert_eq!(fill(1e30, 1.0, 1600), Some((1600, 1)));
        assert_eq!(fill(1e-30, 2e-30, 1600), Some((800, 1600)));
        for none in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(fill(none, 10.0, 1600), None);
        }
    }

    #[test]
    fn rq9_lengths_are_whole() {
        assert_eq!([whole(595.276), whole(0.2), whole(1e30)], [595, 1, u32::MAX]);
    }
}
