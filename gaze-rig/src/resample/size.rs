//! Sizes that keep their shape.

use crate::frame::Size;

/// `size` in proportion, with its longer side at most `max_side`; never larger than it is.
pub fn fitted(size: Size, max_side: u32) -> Size {
    let max_side = max_side.max(1);
    let longer = size.width.max(size.height);
    if longer <= max_side {
        return size;
    }
    let scale = |side: u32| {
        let scaled = f64::from(side) * f64::from(max_side) / f64::from(longer);
        (scaled.round() as u32).max(1)
    };
    Size { width: scale(size.width), height: scale(size.height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_side_is_bounded_and_nothing_grows() {
        let fit = |width, height, side| {
            let size = fitted(Size { width, height }, side);
            (size.width, size.height)
        };
        assert_eq!(fit(1024, 512, 512), (512, 256));
        assert_eq!(fit(720, 1280, 512), (288, 512));
        assert_eq!(fit(300, 200, 512), (300, 200));
        assert_eq!(fit(16_384, 64, 100), (100, 1), "at least one pixel remains");
        assert_eq!(fit(500, 500, 0), (1, 1));
    }
}
