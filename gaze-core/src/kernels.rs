//! Inner steps of the sheet writer for this repository's benches; no part of the public interface.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::canvas::{Canvas, FramePlanes, Parity};
use crate::codec::Wanted;
use crate::codecs::codec_of;
use crate::frame_source::FrameSource;
use crate::generate::previews;
use crate::pack::writer::{PackShape, PackWriter};
use crate::quality::pack_quality;
use gaze_face::PreparedPortrait;
use gaze_rig::{Cell, Frame, Result, SheetFormat, SheetSpec, Sweep};

pub use crate::sheets::simulation::{Machine, SweepCosts, simulate_sweep};

/// One opaque sheet in the making.
pub struct SheetKernel {
    canvas: Canvas,
    planes: FramePlanes,
}

impl SheetKernel {
    /// An empty sheet.
    pub fn new(spec: &SheetSpec) -> Self {
        let planes = FramePlanes::new(spec.frame_size(), false);
        Self { canvas: Canvas::new(spec, false), planes }
    }

    /// Converts a frame and puts it at (`x`, `y`), a multiple of the frame size.
    pub fn place(&mut self, frame: &Frame, x: u32, y: u32) {
        self.planes.load(frame);
        self.planes.align(frame, Parity::of(x, y));
        self.canvas.place(&self.planes, x, y);
    }

    /// Encodes the sheet, quality 0 to 100.
    ///
    /// # Errors
    /// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) where libwebp fails.
    pub fn encode(&mut self, quality: u8) -> Result<Vec<u8>> {
        codec_of(SheetFormat::default()).encode_sheet(&mut self.canvas, quality, &|| false)
    }
}

impl SheetKernel {
    /// Encodes the sheet and says, for every step that the encoder reports, down to which row of pixels it reads and how
    /// long it takes by `clock`.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_in_steps(
        &mut self,
        quality: u8,
        clock: &dyn Fn() -> Duration,
    ) -> Result<Vec<(u32, f64)>> {
        let steps = std::cell::RefCell::new(vec![(0, clock())]);
        let codec = codec_of(SheetFormat::default());
        codec.encode_growing_sheet(&self.canvas.view(), quality, &|wanted| {
            let row = if let Wanted::Above(row) = wanted { row } else { 0 };
            steps.borrow_mut().push((row, clock()));
            true
        })?;
        let steps = steps.into_inner();
        let ends: Vec<Duration> =
            steps.iter().skip(1).map(|(_, at)| *at).chain([clock()]).collect();
        Ok(steps
            .iter()
            .zip(ends)
            .map(|((row, begin), end)| (*row, end.saturating_sub(*begin).as_secs_f64()))
            .collect())
    }
}

/// A pack in the making.
pub struct PackKernel(PackWriter);

impl PackKernel {
    /// In a file that does not exist yet.
    ///
    /// # Errors
    /// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) where it cannot be made.
    pub fn new(
        prepared: &dyn PreparedPortrait,
        sweep: &Sweep,
        quality: u8,
        spool: PathBuf,
    ) -> Result<Self> {
        let shape = PackShape {
            grid: sweep.grid,
            frame_size: prepared.frame_size(),
            has_alpha: prepared.has_alpha(),
            moving: prepared.moving_rect(),
        };
        let target = spool.clone();
        PackWriter::create(shape, pack_quality(quality), spool, target).map(Self)
    }

    /// Encodes a frame.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn add(&self, cell: Cell, frame: &Frame) -> Result<()> {
        self.0.add(cell, frame)
    }
}

/// The pictures beside the sheets: the preview, the overview, and the portrait. How long each takes by `clock`, and how
/// many frames the first two are made of.
///
/// # Errors
/// Those of the engine.
pub fn time_previews(
    prepared: &dyn PreparedPortrait,
    sweep: &Sweep,
    portrait: &Frame,
    clock: &dyn Fn() -> Duration,
) -> Result<[(usize, f64); 3]> {
    let order: Vec<Cell> = sweep.cells().collect();
    let frames = FrameSource::begin(prepared, sweep, &order, None::<&Path>)?;
    let timed = |work: &dyn Fn() -> Result<Vec<u8>>| {
        let start = clock();
        work()?;
        Ok::<_, gaze_rig::Error>((clock() - start).as_secs_f64())
    };
    Ok([
        (previews::PREVIEW_FRAMES as usize, timed(&|| previews::preview_webp(&frames, &()))?),
        (previews::CONTACT_SIDE.pow(2) as usize, timed(&|| previews::contact_png(&frames, &()))?),
        (0, timed(&|| previews::portrait_jpeg(portrait))?),
    ])
}
