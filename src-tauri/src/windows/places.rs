//! Where windows were, fitted to the current screens: a screen may be gone or smaller now. Pure.

use serde_json::{Map, Value};

/// The size of a window's frame, as window systems draw it. The remembered size does not include it.
const FRAME: (i64, i64) = (10, 40);

/// A part of the desktop, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

impl Area {
    /// The area of a remembered window; `None` if the entry is no area.
    fn remembered(window: &Map<String, Value>) -> Option<Self> {
        let number =
            |name: &str| window.get(name)?.as_i64().filter(|number| number.abs() <= i64::from(i32::MAX));
        let area =
            Self { x: number("x")?, y: number("y")?, width: number("width")?, height: number("height")? };
        (area.width > 0 && area.height > 0).then_some(area)
    }

    fn has(&self, x: i64, y: i64) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }

    /// Its first and last pixels.
    fn corners(&self) -> [(i64, i64); 4] {
        let (right, bottom) = (self.x + self.width - 1, self.y + self.height - 1);
        [(self.x, self.y), (right, self.y), (self.x, bottom), (right, bottom)]
    }

    /// How much of it is on the other area.
    fn shared(&self, other: &Self) -> i64 {
        let length = |at: i64, long: i64, its: i64, its_long: i64| {
            ((at + long).min(its + its_long) - at.max(its)).max(0)
        };
        length(self.x, self.width, other.x, other.width) * length(self.y, self.height, other.y, other.height)
    }

    /// Moves it completely onto the screen that shows most of it, with as little change as possible. A window that is
    /// completely visible stays, also across several screens.
    fn fitted(self, screens: &[Self]) -> Self {
        let seen = |(x, y)| screens.iter().any(|screen| screen.has(x, y));
        let Some(screen) = screens.iter().max_by_key(|screen| self.shared(screen)) else { return self };
        if self.corners().into_iter().all(seen) {
            return self;
        }
        let (frame_width, frame_height) = FRAME;
        let width = self.width.min((screen.width - frame_width).max(1));
        let height = self.height.min((screen.height - frame_height).max(1));
        Self {
            x: self.x.min(screen.x + screen.width - width - frame_width).max(screen.x),
            y: self.y.min(screen.y + screen.height - height - frame_height).max(screen.y),
            width,
            height,
        }
    }
}

/// Fits every window of the file; `None` if nothing changes.
pub(super) fn fitted(file: &Map<String, Value>, screens: &[Area]) -> Option<Map<String, Value>> {
    let mut fitted = file.clone();
    for window in fitted.values_mut().filter_map(Value::as_object_mut) {
        let Some(before) = Area::remembered(window) else { continue };
        let after = before.fitted(screens);
        if after == before {
            continue;
        }
        let Area { x, y, width, height } = after;
        // Where a maximized window goes when it is no longer maximized.
        let numbers =
            [("x", x), ("y", y), ("prev_x", x), ("prev_y", y), ("width", width), ("height", height)];
        window.extend(numbers.map(|(name, number)| (name.to_owned(), number.into())));
    }
    (fitted != *file).then_some(fitted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LAPTOP: Area = Area { x: 0, y: 0, width: 1366, height: 768 };
    const BESIDE: Area = Area { x: 1366, y: 0, width: 2560, height: 1440 };

    fn area(x: i64, y: i64, width: i64, height: i64) -> Area {
        Area { x, y, width, height }
    }

    #[test]
    fn what_can_be_seen_stays_also_across_two_screens() {
        for place in [area(0, 0, 1366, 768), area(100, 100, 800, 600), area(1200, 50, 600, 500)] {
            assert_eq!(place.fitted(&[LAPTOP, BESIDE]), place);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_wholly_on_a_screen_with_its_frame() {
        let places = [
            area(1200, 50, 600, 500),
            area(2000, 900, 800, 600),
            area(-700, -500, 800, 600),
            area(0, 300, 800, 600),
            area(-5000, 20, 9000, 9000),
            area(i64::from(i32::MAX), 0, i64::from(i32::MAX), 1),
        ];
        for place in places {
            let fitted = place.fitted(&[LAPTOP]);
            let framed = area(fitted.x, fitted.y, fitted.width + FRAME.0, fitted.height + FRAME.1);
            assert!(framed.corners().into_iter().all(|(x, y)| LAPTOP.has(x, y)), "{place:?}: {fitted:?}");
            assert!(fitted.width <= place.width && fitted.height <= place.height);
            assert_eq!(fitted.fitted(&[LAPTOP]), fitted);
        }
        assert_eq!(
            area(1200, 50, 600, 500).fitted(&[LAPTOP]),
            area(756, 50, 600, 500),
            "no more than needed"
        );
        assert_eq!(area(3900, 50, 600, 500).fitted(&[LAPTOP, BESIDE]), area(3316, 50, 600, 500));
    }

    #[test]
    fn without_a_screen_nothing_is_known() {
        assert_eq!(area(9000, 0, 10, 10).fitted(&[]), area(9000, 0, 10, 10));
    }

    #[test]
    fn of_a_file_only_places_change_that_are_some() {
        let text = r#"{"main":{"x":2000,"y":10,"width":800,"height":600,"prev_x":0,"prev_y":0,"maximized":true},
            "mini":{"x":1,"y":1,"width":300,"height":200},"odd":7,"none":{"x":"left"},
            "debug":{"x":9e99,"y":0,"width":1,"height":1},"flat":{"x":9000,"y":0,"width":0,"height":1}}"#;
        let file: Map<String, Value> = serde_json::from_str(text).unwrap();
        let fitted = fitted(&file, &[LAPTOP]).unwrap();
        let main = &fitted["main"];
        assert_eq!((main["x"].as_i64(), main["prev_x"].as_i64()), (Some(556), Some(556)));
        assert_eq!(main["maximized"], true);
        for same in ["mini", "odd", "none", "debug", "flat"] {
            assert_eq!(fitted[same], file[same]);
        }
        assert_eq!(super::fitted(&fitted, &[LAPTOP]), None);
    }
}
