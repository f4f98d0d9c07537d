//! WebP as a codec of sheets.

use super::reading_order;
use super::{decoder, encoder};
use crate::canvas::{Canvas, SheetView};
use crate::codec::{PictureHeader, SheetCodec, Wanted};
use gaze_rig::{Frame, Result, Size};

/// libwebp, lossy.
pub(crate) struct WebP;

impl SheetCodec for WebP {
    fn encode_sheet(
        &self,
        canvas: &mut Canvas,
        quality: u8,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>> {
        encoder::encode_sheet(canvas, quality, is_cancelled)
    }

    fn first_rows(&self, size: Size, rows: u32) -> Option<u32> {
        reading_order::first_rows(size, rows)
    }

    fn encode_growing_sheet(
        &self,
        view: &SheetView,
        quality: u8,
        wait: &dyn Fn(Wanted) -> bool,
    ) -> Result<Vec<u8>> {
        encoder::encode_growing_sheet(view, quality, wait)
    }

    fn encode_frame(&self, canvas: &mut Canvas, quality: u8) -> Result<Vec<u8>> {
        encoder::encode_frame(canvas, quality)
    }

    fn read_header(&self, file: &[u8]) -> Option<PictureHeader> {
        decoder::read_header(file)
    }

    fn decodes(&self, file: &[u8]) -> bool {
        decoder::decodes(file)
    }

    fn decode(&self, file: &[u8], size: Size) -> Option<Frame> {
        decoder::decode(file, size)
    }
}
