//! A sheet in the making, in the planes that WebP stores.

use std::sync::Arc;

use super::pixel_block::PixelBlock;
use super::planes::{ChromaSum, FramePlanes, Parity};
use gaze_rig::{Frame, SheetSpec, Size};

/// A sheet as YUV 4:2:0 with an optional alpha plane, filled frame by frame in any order.
#[derive(Debug)]
pub(crate) struct Canvas {
    size: Size,
    frame: Size,
    /// All planes in one block: Y, U, V, then alpha. Blocks of this size go back to the system when they
    /// are freed, which smaller ones of changing threads do not.
    block: Arc<PixelBlock>,
    seams: Seams,
}

/// The planes of a canvas, rows top to bottom without padding.
pub(crate) struct Planes<'a> {
    pub(crate) y: &'a mut [u8],
    pub(crate) u: &'a mut [u8],
    pub(crate) v: &'a mut [u8],
    /// Empty for opaque sheets.
    pub(crate) a: &'a mut [u8],
}

/// Where an opaque sheet's planes lie, for an encoder that begins before the last frames have been placed.
#[derive(Debug)]
pub(crate) struct SheetView {
    size: Size,
    block: Arc<PixelBlock>,
}

impl SheetView {
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Width and height of the chroma planes.
    pub(crate) fn chroma_size(&self) -> Size {
        chroma_size(self.size)
    }

    /// The first bytes of Y, U and V. They may be read as long as the view lives, as far down as frames have been placed.
    pub(crate) fn planes(&self) -> [*mut u8; 3] {
        let (luma, chroma) = (self.size.area(), chroma_size(self.size).area());
        [0, luma, luma + chroma].map(|at| self.block.as_ptr().wrapping_add(at))
    }
}

/// Chroma samples that several frames share: one line of sums at each odd frame border.
/// Where a row and a column cross, the row has the sample.
#[derive(Debug, Default)]
struct Seams {
    /// By the border's number from the left, 0 being the sheet's left edge; empty at even borders.
    columns: Vec<Vec<ChromaSum>>,
    /// By the border's number from the top.
    rows: Vec<Vec<ChromaSum>>,
}

impl Canvas {
    /// An empty sheet.
    pub(crate) fn new(spec: &SheetSpec, with_alpha: bool) -> Self {
        Self::with_cells(spec.frame_size(), [spec.cols(), spec.rows()], with_alpha)
    }

    /// One frame by itself.
    pub(crate) fn of_frame(frame: &Frame, with_alpha: bool) -> Self {
        let mut planes = FramePlanes::new(frame.size(), with_alpha);
        planes.load(frame);
        planes.align(frame, Parity::of(0, 0));
        let mut canvas = Self::with_cells(frame.size(), [1, 1], with_alpha);
        canvas.place(&planes, 0, 0);
        canvas
    }

    fn with_cells(frame: Size, [cols, rows]: [u32; 2], with_alpha: bool) -> Self {
        let size = Size { width: frame.width * cols, height: frame.height * rows };
        let chroma = chroma_size(size);
        let lines = |count: u32, step: u32, length: u32| {
            (0..=count)
                .map(|k| if k * step % 2 == 1 { length as usize } else { 0 })
                .map(|length| vec![ChromaSum::default(); length])
                .collect()
        };
        Self {
            size,
            frame,
            block: Arc::new(PixelBlock::zeroed(Self::bytes(size, with_alpha))),
            seams: Seams {
                columns: lines(cols, frame.width, chroma.height),
                rows: lines(rows, frame.height, chroma.width),
            },
        }
    }

    /// Bytes of the planes of a sheet of `size`.
    pub(crate) fn bytes(size: Size, with_alpha: bool) -> usize {
        size.area() * if with_alpha { 2 } else { 1 } + chroma_size(size).area() * 2
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Width and height of the frames on it.
    pub(crate) fn frame_size(&self) -> Size {
        self.frame
    }

    /// All planes, where no [`view`](Self::view) is left.
    pub(crate) fn planes(&mut self) -> Planes<'_> {
        let chroma = chroma_size(self.size).area();
        let block =
            Arc::get_mut(&mut self.block).expect("nobody has a view of a sheet that is whole");
        let (y, rest) = block.bytes_mut().split_at_mut(self.size.area());
        let (u, rest) = rest.split_at_mut(chroma);
        let (v, a) = rest.split_at_mut(chroma);
        Planes { y, u, v, a }
    }

    /// The planes for a reader that does not wait for all of the frames.
    pub(crate) fn view(&self) -> SheetView {
        SheetView { size: self.size, block: self.block.clone() }
    }

    /// Fills what lies below the first `rows` rows of frames with copies of the last of these.
    pub(crate) fn repeat_last_row(&mut self, rows: u32) {
        self.check_unseen();
        let (luma, chroma) = (self.size, chroma_size(self.size));
        let (period, first) = (self.frame.height, self.frame.height * rows);
        // Of frames an odd number of rows high, the chroma between two shows both: it is taken as it stands.
        let planes = [
            (0, luma, first, period),
            (luma.area(), chroma, first.div_ceil(2), period.div_ceil(2)),
            (luma.area() + chroma.area(), chroma, first.div_ceil(2), period.div_ceil(2)),
        ];
        for (start, Size { width, height }, first, period) in planes {
            let at = |row: u32| start + row as usize * width as usize;
            for row in first..height {
                // SAFETY: this is the only way to the block, as checked above.
                unsafe { self.block.repeat(at(row - period), at(row), width as usize) };
            }
        }
    }

    /// Width and height of the chroma planes.
    pub(crate) fn chroma_size(&self) -> Size {
        chroma_size(self.size)
    }

    /// Puts a frame, aligned for this place, with its top left pixel at (`x`, `y`): a multiple of the
    /// frame size.
    pub(crate) fn place(&mut self, planes: &FramePlanes, x: u32, y: u32) {
        self.check_unseen();
        // SAFETY: there is no view, as checked above, and nobody can make one meanwhile.
        unsafe { self.place_beside_view(planes, x, y) }
    }

    fn check_unseen(&mut self) {
        assert!(
            Arc::get_mut(&mut self.block).is_some(),
            "nobody has a view of a sheet that is filled freely"
        );
    }

    /// The same where somebody has a [`view`](Self::view).
    ///
    /// # Safety
    /// Whoever has it reads nothing of this frame at the same time: no row of its pixels, nor chroma that a pixel of these
    /// rows has a part in.
    pub(crate) unsafe fn place_beside_view(&mut self, planes: &FramePlanes, x: u32, y: u32) {
        assert_eq!(planes.size(), self.frame, "all frames of a sheet have one size");
        let (width, stride) = (self.frame.width as usize, self.size.width as usize);
        let at = y as usize * stride + x as usize;
        let area = self.size.area();
        // SAFETY: as the caller promises; other threads that place frames wait for this canvas.
        let write = |at: usize, bytes: &[u8]| unsafe { self.block.write(at, bytes) };
        for (row, luma) in planes.y.chunks_exact(width).enumerate() {
            write(at + row * stride, luma);
        }
        let alpha = area + 2 * self.chroma_size().area();
        for (row, values) in planes.a.chunks_exact(width).enumerate() {
            write(alpha + at + row * stride, values);
        }
        self.place_chroma(planes, x, y);
    }

    fn place_chroma(&mut self, planes: &FramePlanes, x: u32, y: u32) {
        let Size { width: columns, height: rows } = planes.chroma_size;
        let edges = &planes.edges;
        let Size { width: stride, height: lines } = self.chroma_size();
        let (stride, u) = (stride as usize, self.size.area());
        let v = u + stride * lines as usize;
        let (cx, cy) = (x / 2, y / 2);
        let (k, j) = (x / self.frame.width, y / self.frame.height);
        let (block, seams) = (&self.block, &mut self.seams);
        // SAFETY: as the caller of `place_beside_view` promises.
        let write = |at: usize, bytes: &[u8]| unsafe { block.write(at, bytes) };
        // Whole samples first, then those shared with the neighbours.
        let left = u32::from(!edges.left.is_empty());
        let right = columns - u32::from(!edges.right.is_empty());
        let top = u32::from(!edges.top.is_empty());
        let bottom = rows - u32::from(!edges.bottom.is_empty());
        if left < right {
            for row in top..bottom {
                let from = (row * columns + left) as usize..(row * columns + right) as usize;
                let to = (cy + row) as usize * stride + (cx + left) as usize;
                write(u + to, &planes.u[from.clone()]);
                write(v + to, &planes.v[from]);
            }
        }
        let write_sample = |at: usize, total: &ChromaSum| {
            let sample = total.chroma();
            write(u + at, &[sample.0]);
            write(v + at, &[sample.1]);
        };
        for (border, sums, col) in [(k, &edges.left, 0), (k + 1, &edges.right, right)] {
            for (row, sum) in sums.iter().enumerate().take(bottom as usize).skip(top as usize) {
                let total = &mut seams.columns[border as usize][cy as usize + row];
                total.add(sum);
                write_sample((cy as usize + row) * stride + (cx + col) as usize, total);
            }
        }
        for (border, sums, row) in [(j, &edges.top, 0), (j + 1, &edges.bottom, bottom)] {
            for (col, sum) in sums.iter().enumerate() {
                let total = &mut seams.rows[border as usize][cx as usize + col];
                total.add(sum);
                write_sample((cy + row) as usize * stride + cx as usize + col, total);
            }
        }
    }
}

fn chroma_size(size: Size) -> Size {
    Size { width: size.width.div_ceil(2), height: size.height.div_ceil(2) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::{Grid, Placement, SheetLayout};
    use proptest::prelude::*;

    fn noise(size: Size, seed: u32) -> Frame {
        let mut frame = Frame::new(size);
        let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        for byte in frame.pixels_mut() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 24) as u8;
        }
        frame
    }

    fn fill(spec: &SheetSpec, order: &[Placement], alpha: bool) -> Canvas {
        let mut canvas = Canvas::new(spec, alpha);
        let mut planes = FramePlanes::new(spec.frame_size(), alpha);
        for place in order {
            let frame = noise(spec.frame_size(), place.cell.row * 64 + place.cell.col);
            planes.load(&frame);
            planes.align(&frame, Parity::of(place.x, place.y));
            canvas.place(&planes, place.x, place.y);
        }
        canvas
    }

    /// The whole sheet as one frame, converted at once.
    fn whole(spec: &SheetSpec, alpha: bool) -> FramePlanes {
        let mut sheet = Frame::new(spec.size());
        let (width, frame) = (spec.size().width as usize * 4, spec.frame_size());
        for place in spec.placements() {
            let cell = noise(frame, place.cell.row * 64 + place.cell.col);
            for (y, row) in cell.pixels().chunks_exact(frame.width as usize * 4).enumerate() {
                let at = (place.y as usize + y) * width + place.x as usize * 4;
                sheet.pixels_mut()[at..at + row.len()].copy_from_slice(row);
            }
        }
        let mut planes = FramePlanes::new(spec.size(), alpha);
        planes.load(&sheet);
        planes.align(&sheet, Parity::of(0, 0));
        planes
    }

    proptest! {
        #[test]
        fn frames_of_any_size_in_any_order_equal_the_sheet_converted_at_once(
            half in 1u32..=3, width in 1u32..=9, height in 1u32..=9, alpha: bool, seed: u64,
        ) {
            let grid = Grid::from_side(half * 2).unwrap();
            let spec = &SheetLayout::Single.sheets(grid, Size { width, height }).unwrap()[0];
            let mut order: Vec<Placement> = spec.placements().collect();
            order.sort_by_key(|p| (seed | 1).wrapping_mul(u64::from(p.x * 131 + p.y * 31 + 7)) >> 7);
            let mut canvas = fill(spec, &order, alpha);
            let mut expected = whole(spec, alpha);
            // Samples at an odd right or lower edge of the sheet hold fewer than four pixels.
            let columns = expected.chroma_size.width as usize;
            for (row, sum) in expected.edges.right.iter().enumerate() {
                let at = row * columns + columns - 1;
                (expected.u[at], expected.v[at]) = sum.chroma();
            }
            let last = (expected.chroma_size.height as usize - 1) * columns;
            for (col, sum) in expected.edges.bottom.iter().enumerate() {
                (expected.u[last + col], expected.v[last + col]) = sum.chroma();
            }
            let planes = canvas.planes();
            prop_assert_eq!(&*planes.y, &expected.y[..]);
            prop_assert_eq!(&*planes.u, &expected.u[..]);
            prop_assert_eq!(&*planes.v, &expected.v[..]);
            prop_assert_eq!(&*planes.a, &expected.a[..]);
        }
    }
}
