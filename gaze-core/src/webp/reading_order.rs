//! What libwebp's lossy encoder reads of a picture until its next report.
//!
//! It goes through the macroblocks, row by row, up to three times: the analysis (19 reports; not with a single segment),
//! statistics of the first half (method 3) and the encoding. Each twentieth of a pass is a percent and a report; see
//! `VP8EncAnalyze`, `StatLoop` and `VP8EncLoop` of libwebp 1.6. A test holds another version to the same.

use std::ffi::c_int;

use crate::codec::Wanted;
use gaze_rig::Size;

/// Side of a macroblock, in pixels.
const MACROBLOCK: u32 = 16;
/// Reports of a pass.
const STEPS: u32 = 20;
/// First percent of the statistics; one more for a single segment, of which the same rules ask a step too much.
const STATISTICS: c_int = 20;
/// First percent of the encoding.
const ENCODING: c_int = 39;
/// Smaller pictures make fewer reports than there are steps.
const MIN_MACROBLOCKS: u64 = 400;
/// Rows of frames that must be there at the start, as a share of all: the statistics of more are waited for.
const FIRST_SHARE: u32 = 3;

/// What is read between the report of `percent` and the next one.
pub(super) fn wanted(percent: c_int, size: Size) -> Wanted {
    let step = match percent {
        ..STATISTICS => return Wanted::Copies,
        STATISTICS..ENCODING => percent - STATISTICS + 1,
        _ => percent - ENCODING,
    };
    let [columns, rows] =
        [size.width, size.height].map(|side| u64::from(side.div_ceil(MACROBLOCK)));
    // A report comes after the macroblock that ends the step.
    let count = (columns * rows * (step as u64 + 1)).div_ceil(u64::from(STEPS)) + 1;
    let last_row = count.div_ceil(columns) * u64::from(MACROBLOCK);
    Wanted::Above(last_row.min(u64::from(size.height)) as u32)
}

/// Of how many rows of frames the analysis sees the frames themselves, in a sheet that is encoded while it grows; none for
/// sheets that must be whole.
pub(crate) fn first_rows(size: Size, rows: u32) -> Option<u32> {
    let [columns, lines] =
        [size.width, size.height].map(|side| u64::from(side.div_ceil(MACROBLOCK)));
    let first = rows.div_ceil(FIRST_SHARE);
    (columns * lines >= MIN_MACROBLOCKS && first < rows).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::{Canvas, FramePlanes, Parity};
    use crate::webp::encoder::encode_growing_sheet;
    use gaze_rig::{Frame, Grid, SheetLayout, SheetSpec};
    use std::cell::{Cell, RefCell};

    /// A picture with soft and hard edges that moves a little from frame to frame.
    fn frame(size: Size, seed: u32) -> Frame {
        let mut frame = Frame::new(size);
        for (at, pixel) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            let (x, y) = (at as u32 % size.width + seed % 5, at as u32 / size.width + seed % 3);
            let noise = (x * 7919 + y * 104_729 + seed).wrapping_mul(2_654_435_761) >> 29;
            let edge = if (x / 9 + y / 14) % 2 == 0 { 90 } else { 0 };
            let tone = (x * 2 + y + edge + noise) as u8;
            pixel.copy_from_slice(&[tone, tone.wrapping_add(40), 255 - tone, 255]);
        }
        frame
    }

    fn place(canvas: &mut Canvas, spec: &SheetSpec, rows: std::ops::Range<u32>, noise: u32) {
        let mut planes = FramePlanes::new(spec.frame_size(), false);
        for place in spec.placements().filter(|place| rows.contains(&place.row)) {
            let frame = frame(spec.frame_size(), place.row * 100 + place.col + noise);
            planes.load(&frame);
            planes.align(&frame, Parity::of(place.x, place.y));
            // SAFETY: the encoder is waiting, in a callback on this thread.
            unsafe { canvas.place_beside_view(&planes, place.x, place.y) };
        }
    }

    /// Encodes with frames placed as late as is allowed, or at the first opportunity, with other pictures where they are
    /// missing.
    fn encoded(spec: &SheetSpec, late: bool, wrong: u32) -> (Vec<u8>, Vec<u32>) {
        let (rows, height) = (spec.rows(), spec.frame_size().height);
        let first = first_rows(spec.size(), rows).unwrap();
        let mut canvas = Canvas::new(spec, false);
        place(&mut canvas, spec, 0..first, 0);
        canvas.repeat_last_row(first);
        let view = canvas.view();
        let (there, canvas) = (Cell::new(first), RefCell::new(canvas));
        let asked = RefCell::new(Vec::new());
        let webp = encode_growing_sheet(&view, 70, &|wanted| {
            let Wanted::Above(row) = wanted else { return true };
            asked.borrow_mut().push(row);
            let needed = if late { row.div_ceil(height) } else { rows };
            if there.get() == first && wrong > 0 {
                // What must not be read before it is asked for.
                place(&mut canvas.borrow_mut(), spec, first..rows, wrong);
            }
            if needed > there.get() {
                place(&mut canvas.borrow_mut(), spec, there.replace(needed)..needed, 0);
            }
            true
        });
        assert_eq!(there.get(), rows);
        (webp.unwrap(), asked.into_inner())
    }

    #[test]
    fn nothing_is_read_before_it_is_asked_for() {
        for (side, width, height) in [(20, 64, 80), (30, 37, 43), (12, 50, 129), (30, 200, 130)] {
            let grid = Grid::from_side(side).unwrap();
            for spec in SheetLayout::Quadrants.sheets(grid, Size { width, height }).unwrap() {
                if spec.quadrant() != Some(0) {
                    continue;
                }
                // Chroma that two frames share is a sum, to which each adds once.
                let wrong = if (width | height) % 2 == 0 { 1000 } else { 0 };
                let (late, asked) = encoded(&spec, true, wrong);
                let (early, _) = encoded(&spec, false, 0);
                assert!(late == early, "{} of {side}, {width} x {height}", spec.file_name());
                assert!(asked.len() > 25, "{asked:?}");
                let before_last = asked.iter().filter(|row| **row < spec.size().height).max();
                assert!(
                    *before_last.unwrap() as f32 > 0.85 * spec.size().height as f32,
                    "{asked:?}"
                );
            }
        }
    }
}
