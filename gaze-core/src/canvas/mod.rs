//! Pixels in the planes that sheets are stored in: `planes` turns a frame into luma and chroma, [`Canvas`] collects
//! frames on a sheet.

mod pixel_block;
mod planes;
mod sheet_canvas;

pub(crate) use planes::{FramePlanes, Parity};
pub(crate) use sheet_canvas::{Canvas, SheetView};
