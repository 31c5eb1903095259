//! Makes pictures smaller, row by row, so that the large one need never be whole in memory.
//!
//! Each pixel of the small picture is the mean of the area that it covers in the large one, edges in proportion, and colors by
//! how much of them is seen. All of it in integers: there are no rounding errors that add up, and no halos.

use super::size::fit;
use crate::Refusal;
use image::RgbaImage;

/// Red, green, blue, each by alpha; alpha.
type Sum = [u64; 4];

fn add(sum: &mut Sum, pixel: &Sum, weight: u64) {
    for (sum, value) in sum.iter_mut().zip(pixel) {
        *sum += value * weight;
    }
}

/// A picture that is made smaller.
pub struct Shrink {
    from: (u32, u32),
    to: (u32, u32),
    /// The row that came last, in the width of the small picture.
    line: Vec<Sum>,
    /// The row of the small picture that is being summed up.
    sums: Vec<Sum>,
    /// How much of that row is still missing, in parts of which each has as many as the large picture has rows.
    room: u64,
    picture: Vec<u8>,
    see_through: bool,
}

impl Shrink {
    /// Of a picture of this size, into a box.
    pub fn new(width: u32, height: u32, side: u32) -> Self {
        let to = fit(width, height, side);
        Shrink {
            from: (width, height),
            to,
            line: vec![[0; 4]; to.0 as usize],
            sums: vec![[0; 4]; to.0 as usize],
            room: u64::from(height),
            picture: Vec::with_capacity(to.0 as usize * to.1 as usize * 4),
            see_through: false,
        }
    }

    /// The next row from above: red, green, blue, alpha.
    pub fn row(&mut self, pixels: impl Iterator<Item = [u8; 4]>) {
        let (from, to) = (u64::from(self.from.0), u64::from(self.to.0));
        self.line.fill([0; 4]);
        let mut line = self.line.iter_mut();
        let Some(mut sum) = line.next() else { return };
        // Pixels of both pictures are cut into parts of the same size: `to` of them make one of the large picture, `from` of
        // them one of the small. So a pixel reaches into two at most.
        let mut room = from;
        for [red, green, blue, alpha] in pixels.take(self.from.0 as usize) {
            self.see_through |= alpha < u8::MAX;
            let alpha = u64::from(alpha);
            let pixel = [
                u64::from(red) * alpha,
                u64::from(green) * alpha,
                u64::from(blue) * alpha,
                alpha,
            ];
            let here = to.min(room);
            add(sum, &pixel, here);
            room -= here;
            if room == 0 {
                let Some(next) = line.next() else { break };
                sum = next;
                add(sum, &pixel, to - here);
                room = from - (to - here);
            }
        }
        self.down();
    }

    /// The same downwards.
    fn down(&mut self) {
        let mut left = u64::from(self.to.1);
        while left > 0 {
            let here = left.min(self.room);
            for (sum, pixel) in self.sums.iter_mut().zip(&self.line) {
                add(sum, pixel, here);
            }
            left -= here;
            self.room -= here;
            if self.room == 0 {
                self.finish_row();
                self.room = u64::from(self.from.1);
            }
        }
    }

    fn finish_row(&mut self) {
        let whole = u64::from(self.from.0) * u64::from(self.from.1);
        for sum in &mut self.sums {
            let [red, green, blue, alpha] = std::mem::take(sum);
            // Quotients of means are within a byte.
            let mean = |value: u64, of: u64| {
                value
                    .checked_add(of / 2)
                    .and_then(|value| value.checked_div(of))
                    .unwrap_or(0) as u8
            };
            self.picture.extend([
                mean(red, alpha),
                mean(green, alpha),
                mean(blue, alpha),
                mean(alpha, whole),
            ]);
        }
    }

    /// The small picture, and whether anything of the large one could be seen through.
    ///
    /// # Errors
    /// Rows were missing.
    pub fn finish(self) -> Result<(RgbaImage, bool), Refusal> {
        let picture = RgbaImage::from_raw(self.to.0, self.to.1, self.picture).ok_or(Refusal::Damaged)?;
        Ok((picture, self.see_through))
    }
}

/// A whole picture, into a box.
pub fn picture(picture: &RgbaImage, side: u32) -> Result<RgbaImage, Refusal> {
    let (width, height) = picture.dimensions();
    let mut shrink = Shrink::new(width, height, side);
    for row in picture.rows() {
        shrink.row(row.map(|pixel| pixel.0));
    }
    Ok(shrink.finish()?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn rq9_a_picture_that_fits_stays_as_it_is() {
        let before = RgbaImage::from_fn(7, 5, |x, y| Rgba([(x * 30) as u8, (y * 50) as u8, 200, 255]));
        assert_eq!(picture(&before, 7).unwrap(), before);
    }

    #[test]
    fn rq9_each_pixel_is_the_mean_of_its_area() {
        // Three columns into two: each takes its own, and half of the one between.
        let before = RgbaImage::from_fn(3, 3, |x, _| Rgba([[0, 90, 240][x as usize], 0, 0, 255]));
        let after = picture(&before, 2).unwrap();
        assert_eq!(after.dimensions(), (2, 2));
        assert_eq!(after.get_pixel(0, 0).0, [30, 0, 0, 255]);
        assert_eq!(after.get_pixel(1, 1).0, [190, 0, 0, 255]);
    }

    #[test]
    fn rq9_what_is_not_seen_does_not_color_its_neighbors() {
        // Green behind nothing, red that is seen.
        let before = RgbaImage::from_fn(2, 2, |x, _| Rgba([[0, 255, 0, 0], [255, 0, 0, 255]][x as usize]));
        let after = picture(&before, 1).unwrap();
        assert_eq!(after.get_pixel(0, 0).0, [255, 0, 0, 128]);
    }

    #[test]
    fn rq9_missing_rows_are_told() {
        let mut shrink = Shrink::new(4, 4, 2);
        shrink.row([[0; 4]; 4].into_iter());
        assert_eq!(shrink.finish().unwrap_err(), Refusal::Damaged);
    }

    #[test]
    fn rq9_the_largest_picture_does_not_overflow() {
        let mut shrink = Shrink::new(20_000, 20_000, 1);
        let row = vec![[255; 4]; 20_000];
        for _ in 0..3 {
            shrink.row(row.iter().copied());
        }
        // Three rows of twenty thousand; the sum of all is below u64 by far.
        assert_eq!(shrink.sums[0][0], 3 * 20_000 * 255 * 255);
        assert!(shrink.sums[0][0].checked_mul(20_000).is_some());
    }
}
