//! The part of a frame that moves: cut out, and laid over the still image again.

use gaze_rig::{Frame, Rect, Size};

/// Stored parts begin and end at multiples of this many pixels, so that the blocks of a part lie as in the
/// still image and its edge shows no seam.
const STEP: u32 = 8;

/// `moving` widened to whole steps on every side that does not reach the frame's edge. Never empty and never
/// outside of the frame, whatever an engine says.
pub(crate) fn widened(moving: Rect, frame: Size) -> Rect {
    let axis = |at: u32, length: u32, limit: u32| {
        let from = at.min(limit - 1) / STEP * STEP;
        let to = at.saturating_add(length).clamp(from + 1, limit);
        (from, to.next_multiple_of(STEP).min(limit) - from)
    };
    let (x, width) = axis(moving.x, moving.width, frame.width);
    let (y, height) = axis(moving.y, moving.height, frame.height);
    Rect { x, y, width, height }
}

/// The pixels of `part`, which lies within the frame.
pub(crate) fn crop(frame: &Frame, part: Rect) -> Frame {
    frame.view().part(part).expect("the part lies within the frame").to_frame()
}

/// Replaces the pixels of `frame` at (`x`, `y`) by those of `cut`.
pub(crate) fn lay_over(frame: &mut Frame, cut: &Frame, x: u32, y: u32) {
    let stride = frame.size().width as usize * 4;
    let rows = cut.pixels().chunks_exact(cut.size().width as usize * 4);
    for (row, y) in rows.zip(y as usize..) {
        let at = y * stride + x as usize * 4;
        frame.pixels_mut()[at..at + row.len()].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: Size = Size { width: 410, height: 512 };

    #[test]
    fn sides_at_the_frames_edge_stay_there() {
        let wide = widened(Rect { x: 104, y: 0, width: 206, height: 200 }, FRAME);
        assert_eq!(wide, Rect { x: 104, y: 0, width: 208, height: 200 });
        let right = widened(Rect { x: 401, y: 3, width: 9, height: 509 }, FRAME);
        assert_eq!(right, Rect { x: 400, y: 0, width: 10, height: 512 });
    }

    #[test]
    fn empty_and_stray_rectangles_are_mended() {
        let nothing = widened(Rect { x: 9, y: 9, width: 0, height: 0 }, FRAME);
        assert_eq!(nothing, Rect { x: 8, y: 8, width: 8, height: 8 });
        let stray = widened(Rect { x: 900, y: 900, width: u32::MAX, height: 7 }, FRAME);
        assert_eq!(stray, Rect { x: 408, y: 504, width: 2, height: 8 });
    }

    proptest! {
        #[test]
        fn what_moves_stays_inside(
            w in 1u32..40, h in 1u32..40, x in 0u32..40, y in 0u32..40, dx in 0u32..40, dy in 0u32..40,
        ) {
            let frame = Size { width: w, height: h };
            let wide = widened(Rect { x, y, width: dx, height: dy }, frame);
            prop_assert!(wide.width > 0 && wide.x + wide.width <= w);
            prop_assert!(wide.height > 0 && wide.y + wide.height <= h);
            prop_assert!(wide.x <= x && wide.x + wide.width >= (x + dx).min(w));
            prop_assert!(wide.y <= y && wide.y + wide.height >= (y + dy).min(h));
        }

        #[test]
        fn a_part_laid_back_changes_nothing(x in 0u32..9, y in 0u32..7, seed: u8) {
            let mut frame = Frame::new(Size { width: 17, height: 13 });
            for (i, byte) in frame.pixels_mut().iter_mut().enumerate() {
                *byte = (i as u8).wrapping_mul(31).wrapping_add(seed);
            }
            let cut = crop(&frame, Rect { x, y, width: 8, height: 6 });
            let mut copy = frame.clone();
            lay_over(&mut copy, &cut, x, y);
            prop_assert!(copy == frame);
        }
    }
}
