//! One frame as luma, chroma and alpha planes, ready to be copied onto a sheet.

use gaze_rig::{Frame, Size};

/// Fixed-point bits of the colour conversion.
const FIX: u32 = 16;
/// BT.601, limited range, in 1/65536: the figures of libwebp's own importer.
const Y_FROM: [i32; 3] = [16_839, 33_059, 6_420];
const U_FROM: [i32; 3] = [-9_719, -19_081, 28_800];
const V_FROM: [i32; 3] = [28_800, -24_116, -4_684];

/// Luma (16 to 235) of an sRGB pixel.
fn luma(r: u8, g: u8, b: u8) -> u8 {
    let sum = Y_FROM[0] * i32::from(r) + Y_FROM[1] * i32::from(g) + Y_FROM[2] * i32::from(b);
    // The largest sum gives 235: no clamp is needed.
    ((sum + (16 << FIX) + (1 << (FIX - 1))) >> FIX) as u8
}

/// Chroma (16 to 240) of four pixels from the sums of their channels.
fn chroma(sums: [i32; 3]) -> (u8, u8) {
    let dot = |from: [i32; 3]| {
        let sum = from[0] * sums[0] + from[1] * sums[1] + from[2] * sums[2];
        ((sum + (128 << (FIX + 2)) + (1 << (FIX + 1))) >> (FIX + 2)) as u8
    };
    (dot(U_FROM), dot(V_FROM))
}

/// Chroma of two opaque pixels and the two below them.
fn opaque_chroma(upper: &[u8; 8], lower: &[u8; 8]) -> (u8, u8) {
    let sum = |channel: usize| {
        i32::from(upper[channel])
            + i32::from(upper[channel + 4])
            + i32::from(lower[channel])
            + i32::from(lower[channel + 4])
    };
    chroma([sum(0), sum(1), sum(2)])
}

/// The same of pixels that may be transparent.
fn chroma_with_alpha(upper: &[u8; 8], lower: &[u8; 8]) -> (u8, u8) {
    if [upper[3], upper[7], lower[3], lower[7]] == [255; 4] {
        return opaque_chroma(upper, lower);
    }
    let mut sum = ChromaSum::default();
    for pixel in upper.chunks_exact(4).chain(lower.chunks_exact(4)) {
        sum.add_pixel(pixel);
    }
    sum.chroma()
}

/// Chroma where there is no colour.
const NEUTRAL: (u8, u8) = (128, 128);

/// Pixels of a chroma sample seen so far: one to four, weighed by their alpha.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ChromaSum {
    weighted: [u32; 3],
    alpha: u32,
}

impl ChromaSum {
    fn add_pixel(&mut self, pixel: &[u8]) {
        let alpha = u32::from(pixel[3]);
        for (sum, channel) in self.weighted.iter_mut().zip(pixel) {
            *sum += u32::from(*channel) * alpha;
        }
        self.alpha += alpha;
    }

    /// Both sums together; the order does not matter.
    pub(crate) fn add(&mut self, other: &ChromaSum) {
        for (sum, more) in self.weighted.iter_mut().zip(other.weighted) {
            *sum += more;
        }
        self.alpha += other.alpha;
    }

    /// Chroma of the mean colour. Transparent pixels have no say, so that no colour from behind an edge
    /// shows along it.
    pub(crate) fn chroma(&self) -> (u8, u8) {
        if self.alpha == 0 {
            return NEUTRAL;
        }
        chroma(self.weighted.map(|sum| ((sum * 4 + self.alpha / 2) / self.alpha) as i32))
    }
}

/// Which pixels of a frame share a chroma sample: that depends on where the frame lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parity {
    /// Whether the frame's left edge lies on an odd column of the sheet.
    pub(crate) odd_x: bool,
    /// Whether its top edge lies on an odd row.
    pub(crate) odd_y: bool,
}

impl Parity {
    pub(crate) fn of(x: u32, y: u32) -> Self {
        Self { odd_x: x % 2 == 1, odd_y: y % 2 == 1 }
    }
}

/// One side of a frame whose chroma samples reach beyond it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edges {
    pub(crate) left: Vec<ChromaSum>,
    pub(crate) right: Vec<ChromaSum>,
    pub(crate) top: Vec<ChromaSum>,
    pub(crate) bottom: Vec<ChromaSum>,
}

/// A frame converted to planes. Reused from frame to frame.
#[derive(Debug, Clone)]
pub(crate) struct FramePlanes {
    size: Size,
    with_alpha: bool,
    parity: Option<Parity>,
    /// `width * height` values each; alpha is empty for opaque sheets.
    pub(crate) y: Vec<u8>,
    pub(crate) a: Vec<u8>,
    /// `chroma_size` values each, samples that reach beyond the frame included.
    pub(crate) u: Vec<u8>,
    pub(crate) v: Vec<u8>,
    pub(crate) chroma_size: Size,
    /// Sums of the samples that reach beyond the frame, empty on sides where none does.
    pub(crate) edges: Edges,
}

impl FramePlanes {
    pub(crate) fn new(size: Size, with_alpha: bool) -> Self {
        Self {
            size,
            with_alpha,
            parity: None,
            y: vec![0; size.area()],
            a: if with_alpha { vec![0; size.area()] } else { Vec::new() },
            u: Vec::new(),
            v: Vec::new(),
            chroma_size: Size { width: 0, height: 0 },
            edges: Edges::default(),
        }
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Takes the luma and alpha of a new frame; its chroma follows by [`align`](Self::align).
    pub(crate) fn load(&mut self, frame: &Frame) {
        assert_eq!(frame.size(), self.size, "all frames of a sheet have one size");
        for (y, pixel) in self.y.iter_mut().zip(frame.pixels().chunks_exact(4)) {
            *y = luma(pixel[0], pixel[1], pixel[2]);
        }
        for (a, pixel) in self.a.iter_mut().zip(frame.pixels().chunks_exact(4)) {
            *a = pixel[3];
        }
        self.parity = None;
    }

    /// Computes the chroma of the frame loaded last for a place of this parity.
    pub(crate) fn align(&mut self, frame: &Frame, parity: Parity) {
        if self.parity == Some(parity) {
            return;
        }
        self.parity = Some(parity);
        let (px, py) = (u32::from(parity.odd_x), u32::from(parity.odd_y));
        let Size { width, height } = self.size;
        self.chroma_size =
            Size { width: (width + px).div_ceil(2), height: (height + py).div_ceil(2) };
        self.u.resize(self.chroma_size.area(), 0);
        self.v.resize(self.chroma_size.area(), 0);
        self.fill_whole_samples(frame, px, py);
        self.fill_edges(frame, px, py);
    }

    /// Samples whose four pixels all lie in the frame.
    fn fill_whole_samples(&mut self, frame: &Frame, px: u32, py: u32) {
        let stride = self.size.width as usize * 4;
        let columns = self.chroma_size.width as usize;
        let whole = ((self.size.width - px.min(self.size.width)) / 2) as usize;
        let first = px as usize;
        for row in py..py + (self.size.height - py.min(self.size.height)) / 2 {
            let top = (2 * row - py) as usize * stride + first * 4;
            let upper = &frame.pixels()[top..top + whole * 8];
            let lower = &frame.pixels()[top + stride..top + stride + whole * 8];
            let at = row as usize * columns + first;
            let u = &mut self.u[at..at + whole];
            let v = &mut self.v[at..at + whole];
            let blocks = upper.as_chunks::<8>().0.iter().zip(lower.as_chunks::<8>().0);
            let samples = u.iter_mut().zip(v).zip(blocks);
            if self.with_alpha {
                for ((u, v), (upper, lower)) in samples {
                    (*u, *v) = chroma_with_alpha(upper, lower);
                }
            } else {
                // A loop of its own: without the branch it is vectorised.
                for ((u, v), (upper, lower)) in samples {
                    (*u, *v) = opaque_chroma(upper, lower);
                }
            }
        }
    }

    fn fill_edges(&mut self, frame: &Frame, px: u32, py: u32) {
        let Size { width: columns, height: rows } = self.chroma_size;
        let odd_right = (self.size.width + px) % 2 == 1;
        let odd_bottom = (self.size.height + py) % 2 == 1;
        let planes = &*self;
        let column = |col: u32| (0..rows).map(move |row| planes.sum_of(frame, col, row, px, py));
        let line = |row: u32| (0..columns).map(move |col| planes.sum_of(frame, col, row, px, py));
        let edges = Edges {
            left: if px == 1 { column(0).collect() } else { Vec::new() },
            right: if odd_right { column(columns - 1).collect() } else { Vec::new() },
            top: if py == 1 { line(0).collect() } else { Vec::new() },
            bottom: if odd_bottom { line(rows - 1).collect() } else { Vec::new() },
        };
        self.edges = edges;
    }

    /// The frame's own part of a sample.
    fn sum_of(&self, frame: &Frame, col: u32, row: u32, px: u32, py: u32) -> ChromaSum {
        let mut sum = ChromaSum::default();
        for y in (2 * row).max(py) - py..(2 * row + 2 - py).min(self.size.height) {
            for x in (2 * col).max(px) - px..(2 * col + 2 - px).min(self.size.width) {
                let mut pixel = frame.pixel(x, y);
                if !self.with_alpha {
                    pixel[3] = 255;
                }
                sum.add_pixel(&pixel);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_white_and_grey_are_those_of_bt601() {
        assert_eq!((luma(0, 0, 0), luma(255, 255, 255)), (16, 235));
        assert_eq!(chroma([512; 3]), (128, 128));
        assert_eq!((luma(255, 0, 0), chroma([1020, 0, 0])), (82, (90, 240)));
        assert_eq!((luma(0, 0, 255), chroma([0, 0, 1020])), (41, (240, 110)));
    }

    #[test]
    fn opaque_sums_agree_with_the_fast_path() {
        for seed in 0..2000u32 {
            let mut sum = ChromaSum::default();
            let mut sums = [0i32; 3];
            for i in 0..4 {
                let bits = (seed * 4 + i).wrapping_mul(2_654_435_761).rotate_left(9);
                let [r, g, b, _] = bits.to_le_bytes();
                sum.add_pixel(&[r, g, b, 255]);
                for (total, channel) in sums.iter_mut().zip([r, g, b]) {
                    *total += i32::from(channel);
                }
            }
            assert_eq!(sum.chroma(), chroma(sums));
        }
    }

    #[test]
    fn transparent_pixels_do_not_tint_their_neighbours() {
        let mut sum = ChromaSum::default();
        sum.add_pixel(&[200, 40, 40, 255]);
        let alone = sum.chroma();
        sum.add_pixel(&[0, 255, 0, 0]);
        assert_eq!(sum.chroma(), alone);
    }
}
