//! A sheet that is encoded from the top while frames are still placed below.

use crate::canvas::{Canvas, FramePlanes, SheetView};
use gaze_rig::SheetSpec;

/// Until the encoder has chosen its quantisers it sees copies of the first rows instead of the frames below them, whether
/// these are there by then or not: so the bytes do not depend on how quickly frames come.
pub(super) struct GrowingSheet {
    canvas: Canvas,
    /// Rows of frames that the encoder's choice is made by.
    first_rows: u32,
    /// Frames that wait until that is made.
    early: Vec<EarlyFrame>,
    is_chosen: bool,
}

struct EarlyFrame {
    planes: FramePlanes,
    x: u32,
    y: u32,
}

impl GrowingSheet {
    /// An empty sheet, whose encoder begins when `first_rows` rows of frames are there; one that must be whole, for
    /// none.
    pub(super) fn new(spec: &SheetSpec, with_alpha: bool, first_rows: Option<u32>) -> Self {
        Self {
            canvas: Canvas::new(spec, with_alpha),
            first_rows: first_rows.unwrap_or(spec.rows()),
            early: Vec::new(),
            is_chosen: false,
        }
    }

    /// Puts a frame, aligned for this place, with its top left pixel at (`x`, `y`).
    pub(super) fn place(&mut self, planes: &FramePlanes, x: u32, y: u32) {
        if !self.is_chosen && y >= self.first_rows * self.canvas.frame_size().height {
            self.early.push(EarlyFrame { planes: planes.clone(), x, y });
            return;
        }
        self.place_unread(planes, x, y);
    }

    /// What the encoder reads, when the first rows are there.
    pub(super) fn view(&mut self) -> SheetView {
        self.canvas.repeat_last_row(self.first_rows);
        self.canvas.view()
    }

    /// Notes that the encoder reads no copies any more.
    pub(super) fn chosen(&mut self) {
        self.is_chosen = true;
        for EarlyFrame { planes, x, y } in std::mem::take(&mut self.early) {
            self.place_unread(&planes, x, y);
        }
    }

    /// The sheet, all of whose frames are there.
    pub(super) fn into_canvas(self) -> Canvas {
        self.canvas
    }

    fn place_unread(&mut self, planes: &FramePlanes, x: u32, y: u32) {
        // SAFETY: the encoder reads no row of pixels before it was told that all frames above its end are there, nor
        // chroma that lower rows have a part in: what it waits for ends at an even row, or at the sheet's edge. This
        // frame has not been counted yet. Before the choice nobody has a view, or the frame is below what is shown as
        // itself and waits; at the choice the copies are read no more.
        unsafe { self.canvas.place_beside_view(planes, x, y) }
    }
}
