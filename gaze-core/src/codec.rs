//! What encodes and decodes the pictures of sheets and packs.
//!
//! Another format is another [`SheetFormat`](gaze_rig::SheetFormat), which names its files, and another codec.

use crate::canvas::{Canvas, SheetView};
use gaze_rig::{Frame, Result, Size};

/// Writes and reads the pictures of one format. All of it may be called from several threads.
pub(crate) trait SheetCodec: Sync {
    /// Encodes a sheet, quality 0 to 100. Its planes may be changed.
    ///
    /// # Errors
    /// [`Cancelled`](gaze_rig::ErrorKind::Cancelled) when `is_cancelled` says so,
    /// [`Output`](gaze_rig::ErrorKind::Output) where the encoder fails.
    fn encode_sheet(
        &self,
        canvas: &mut Canvas,
        quality: u8,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>>;

    /// Of how many rows of frames the frames themselves must be there when
    /// [`encode_growing_sheet`](Self::encode_growing_sheet) begins, of so many on a sheet of this size; none where all.
    fn first_rows(&self, size: Size, rows: u32) -> Option<u32>;

    /// Encodes an opaque sheet whose lower frames are still missing, copies of others in their place, quality 0 to 100.
    /// `wait` is told what is about to be read and returns when that is there, or false to give up. The bytes depend on
    /// the frames alone.
    ///
    /// # Errors
    /// As [`encode_sheet`](Self::encode_sheet).
    fn encode_growing_sheet(
        &self,
        view: &SheetView,
        quality: u8,
        wait: &dyn Fn(Wanted) -> bool,
    ) -> Result<Vec<u8>>;

    /// Encodes a canvas of one frame, quality 0 to 100, for the pack. Its planes may be changed.
    ///
    /// # Errors
    /// [`Output`](gaze_rig::ErrorKind::Output) where the encoder fails.
    fn encode_frame(&self, canvas: &mut Canvas, quality: u8) -> Result<Vec<u8>>;

    /// Reads the header of a file; none where it is of another format or damaged.
    fn read_header(&self, file: &[u8]) -> Option<PictureHeader>;

    /// Whether a file, whose size was found right before, can be decoded to its end. Keeps no more than a few rows.
    fn decodes(&self, file: &[u8]) -> bool;

    /// Decodes a file of exactly `size` pixels; none where it has another size or is damaged.
    fn decode(&self, file: &[u8], size: Size) -> Option<Frame>;
}

/// What the encoder is about to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Anything, to choose quantisers by. Where frames are missing, copies of others serve.
    Copies,
    /// The frames themselves, as far down as this row of pixels, which is not among them.
    Above(u32),
}

/// What the header of a picture says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PictureHeader {
    pub(crate) size: Size,
    pub(crate) has_alpha: bool,
    pub(crate) is_animated: bool,
    pub(crate) is_lossy: bool,
}
