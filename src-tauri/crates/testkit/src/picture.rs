//! What is visible: pixels of a screen, their colours, and how they change.

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Area {
    /// The middle part, without `share` (0 to 0.5) of the width and height at each side.
    #[must_use]
    pub fn middle(self, share: f64) -> Self {
        let cut = |side: u32| (f64::from(side) * share.clamp(0.0, 0.5)) as u32;
        let (dx, dy) = (cut(self.width), cut(self.height));
        Self { x: self.x + dx, y: self.y + dy, width: self.width - 2 * dx, height: self.height - 2 * dy }
    }
}

/// A picture of a screen, 8-bit RGB.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    rgb: Vec<u8>,
}

/// A channel must differ by this much for a pixel to count as changed: more than any codec's noise.
const CHANGED: u8 = 24;

/// A colour with less saturation than this has no useful hue.
const COLOURFUL: f32 = 0.25;

impl Picture {
    /// Made from rows of RGB bytes.
    ///
    /// # Panics
    /// When the bytes do not make whole rows.
    #[must_use]
    pub fn from_rgb(width: u32, rgb: Vec<u8>) -> Self {
        assert!(width > 0 && rgb.len().is_multiple_of(width as usize * 3), "{} bytes of RGB", rgb.len());
        Self { width, rgb }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::try_from(self.rgb.len() / 3 / self.width as usize).unwrap_or(u32::MAX)
    }

    fn pixels(&self, area: Area) -> impl Iterator<Item = [u8; 3]> + '_ {
        let right = (area.x + area.width).min(self.width);
        let bottom = (area.y + area.height).min(self.height());
        (area.y..bottom).flat_map(move |y| {
            (area.x..right).map(move |x| {
                let at = (y as usize * self.width as usize + x as usize) * 3;
                [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
            })
        })
    }

    /// The hue that most of an area's colourful pixels have, in degrees, and the share (0 to 1) of all its pixels that
    /// are within 20 degrees of it. `None` if no pixel there is colourful.
    #[must_use]
    pub fn main_hue(&self, area: Area) -> Option<(f32, f32)> {
        const BIN_DEGREES: usize = 5;
        let mut bins = [0u32; 360 / BIN_DEGREES];
        let mut all = 0u32;
        for pixel in self.pixels(area) {
            all += 1;
            if let Some(hue) = hue(pixel) {
                bins[(hue as usize / BIN_DEGREES).min(bins.len() - 1)] += 1;
            }
        }
        let (bin, count) = bins.iter().enumerate().max_by_key(|(_, count)| **count)?;
        if *count == 0 {
            return None;
        }
        let main = (bin * BIN_DEGREES) as f32 + BIN_DEGREES as f32 / 2.0;
        let near = self.pixels(area).filter_map(hue).filter(|hue| hue_distance(*hue, main) <= 20.0).count();
        Some((main, near as f32 / all as f32))
    }

    /// The mean of an area's pixels, from black (0) to white (1).
    #[must_use]
    pub fn brightness(&self, area: Area) -> f32 {
        let channels = |pixel: [u8; 3]| pixel.map(u32::from).iter().sum::<u32>();
        let (sum, count) =
            self.pixels(area).fold((0, 0), |(sum, count), pixel| (sum + channels(pixel), count + 1));
        if count == 0 { 0.0 } else { sum as f32 / (count * 3 * 255) as f32 }
    }

    /// The share (0 to 1) of an area's pixels that differ in another picture.
    #[must_use]
    pub fn change(&self, other: &Self, area: Area) -> f32 {
        let differs = |(a, b): ([u8; 3], [u8; 3])| a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > CHANGED);
        let (mut all, mut changed) = (0u32, 0u32);
        for pair in self.pixels(area).zip(other.pixels(area)) {
            all += 1;
            changed += u32::from(differs(pair));
        }
        if all == 0 { 0.0 } else { changed as f32 / all as f32 }
    }
}

/// The hue of a colour in degrees, if it has one.
fn hue([r, g, b]: [u8; 3]) -> Option<f32> {
    let (r, g, b) = (f32::from(r), f32::from(g), f32::from(b));
    let max = r.max(g).max(b);
    let range = max - r.min(g).min(b);
    if max < 32.0 || range / max < COLOURFUL {
        return None;
    }
    let sixth = if max == r {
        (g - b) / range
    } else if max == g {
        (b - r) / range + 2.0
    } else {
        (r - g) / range + 4.0
    };
    Some((sixth * 60.0).rem_euclid(360.0))
}

/// How far two hues are apart on the colour circle, in degrees (0 to 180).
#[must_use]
pub fn hue_distance(a: f32, b: f32) -> f32 {
    let apart = (a - b).rem_euclid(360.0);
    apart.min(360.0 - apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Area = Area { x: 0, y: 0, width: 4, height: 2 };

    fn flat(pixel: [u8; 3]) -> Picture {
        Picture::from_rgb(4, pixel.repeat(8))
    }

    #[test]
    fn colours_have_the_hue_they_look_like() {
        for (pixel, expected) in
            [([200, 20, 20], 2.5), ([20, 200, 20], 122.5), ([20, 20, 200], 242.5), ([200, 20, 199], 302.5)]
        {
            let (hue, share) = flat(pixel).main_hue(ALL).unwrap();
            assert!(hue_distance(hue, expected) <= 5.0, "{pixel:?} {hue}");
            assert!((share - 1.0).abs() < 1e-6);
        }
        assert_eq!(flat([128, 128, 128]).main_hue(ALL), None);
        assert_eq!(flat([3, 0, 0]).main_hue(ALL), None);
    }

    #[test]
    fn distance_goes_around_the_circle() {
        assert_eq!(hue_distance(350.0, 10.0), 20.0);
        assert_eq!(hue_distance(10.0, 350.0), 20.0);
        assert_eq!(hue_distance(90.0, 270.0), 180.0);
    }

    #[test]
    fn brightness_is_the_mean_of_the_area() {
        let mut bytes = [0, 0, 0].repeat(8);
        bytes[..6].fill(255);
        let picture = Picture::from_rgb(4, bytes);
        assert_eq!(picture.brightness(ALL), 0.25);
        assert_eq!(picture.brightness(Area { x: 0, y: 0, width: 2, height: 1 }), 1.0);
        assert_eq!(picture.brightness(Area { x: 9, y: 9, width: 3, height: 2 }), 0.0);
    }

    #[test]
    fn change_counts_pixels_and_only_in_the_area() {
        let before = flat([10, 10, 10]);
        let mut bytes = [10, 10, 10].repeat(8);
        bytes[0] = 200;
        let after = Picture::from_rgb(4, bytes);
        assert_eq!(before.change(&before, ALL), 0.0);
        assert_eq!(before.change(&after, ALL), 0.125);
        assert_eq!(before.change(&after, Area { x: 1, y: 0, width: 3, height: 2 }), 0.0);
        assert_eq!(before.change(&after, Area { x: 9, y: 9, width: 3, height: 2 }), 0.0);
    }
}
