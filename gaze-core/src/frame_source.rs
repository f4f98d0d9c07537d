//! The frames of a sweep, whichever way the engine makes them.

use std::path::{Path, PathBuf};

use gaze_face::{PoseSequence, PreparedPortrait};
use gaze_output::{OutputFolder, WORK_PREFIX};
use gaze_rig::{AXIS_EXTENT, Cell, Frame, Grid, Pose, Result, Size, Sweep};

/// Where an engine's work lies in the hidden folder of a run that is not to be continued.
const WORK_FOLDER: &str = "work";

/// The poses of a sweep in the order in which they are wanted.
pub(crate) struct FrameSource<'a> {
    prepared: &'a dyn PreparedPortrait,
    sweep: &'a Sweep,
    sequence: Box<dyn PoseSequence + 'a>,
    /// By row and column.
    index_of: Vec<usize>,
    /// Whether the engine keeps what it renders, because every frame is dear.
    is_kept: bool,
}

impl<'a> FrameSource<'a> {
    /// Begins to render `order`, which has every cell of the sweep once.
    ///
    /// # Errors
    /// Those of [`PreparedPortrait::begin`].
    pub(crate) fn begin(
        prepared: &'a dyn PreparedPortrait,
        sweep: &'a Sweep,
        order: &[Cell],
        work: Option<&Path>,
    ) -> Result<Self> {
        let side = sweep.grid.side();
        let mut index_of = vec![0; sweep.grid.cells() as usize];
        for (index, cell) in order.iter().enumerate() {
            index_of[(cell.row * side + cell.col) as usize] = index;
        }
        let sequence = prepared.begin(poses_of(sweep, order), work)?;
        Ok(Self { prepared, sweep, sequence, index_of, is_kept: work.is_some() })
    }

    /// Size of every frame.
    pub(crate) fn frame_size(&self) -> Size {
        self.prepared.frame_size()
    }

    /// Whether frames have transparent pixels.
    pub(crate) fn has_alpha(&self) -> bool {
        self.prepared.has_alpha()
    }

    /// Whether the engine keeps frames, because each takes long.
    pub(crate) fn are_kept(&self) -> bool {
        self.is_kept
    }

    /// Cells a side.
    pub(crate) fn grid(&self) -> Grid {
        self.sweep.grid
    }

    /// Frames that were finished by an earlier run, as far as is known yet.
    pub(crate) fn resumed(&self) -> u32 {
        self.sequence.resumed()
    }

    /// Renders a cell. Each is asked for once, about in order.
    ///
    /// # Errors
    /// The engine's.
    pub(crate) fn render(&self, cell: Cell, frame: &mut Frame) -> Result<()> {
        let at = cell.row * self.sweep.grid.side() + cell.col;
        self.sequence.render(self.index_of[at as usize], frame)
    }

    /// Renders axis values from -15 to 15; the nearest cell's, where the engine keeps frames.
    ///
    /// # Errors
    /// The engine's.
    pub(crate) fn render_at(&self, x: f32, y: f32, frame: &mut Frame) -> Result<()> {
        if !self.is_kept {
            return self.prepared.render(&self.sweep.pose_at(x, y), frame);
        }
        let last = (self.sweep.grid.side() - 1) as f32;
        let nearest =
            |value: f32| ((value / AXIS_EXTENT + 1.0) / 2.0 * last).round().clamp(0.0, last) as u32;
        self.render(Cell { row: nearest(y), col: nearest(x) }, frame)
    }
}

fn poses_of(sweep: &Sweep, order: &[Cell]) -> Vec<Pose> {
    order.iter().map(|cell| sweep.pose(*cell)).collect()
}

/// Where an engine keeps what it has finished: beside the output folder under a name made of all that frames depend
/// on, so that the next run finds it; in the run's own hidden folder where it is not to be found. None for
/// engines that keep nothing.
pub(crate) fn work_folder(
    prepared: &dyn PreparedPortrait,
    sweep: &Sweep,
    order: &[Cell],
    folder: &OutputFolder,
    resume: bool,
) -> Option<PathBuf> {
    let key = prepared.work_key(&poses_of(sweep, order))?;
    Some(match resume {
        true => folder.sibling(&format!("{WORK_PREFIX}{key}")),
        false => folder.part(WORK_FOLDER),
    })
}
