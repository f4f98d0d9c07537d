//! Picture files to pixels, one file a step: `format` says what the bytes are, `decode` turns them into pixels within
//! the limits, `color` converts a colour profile to sRGB, `high_range` what is brighter than that. What decoders leave to
//! their callers stands by format: `jpeg`, `png`, `tiff`, `webp`.

mod color;
mod decode;
mod format;
mod high_range;
mod jpeg;
mod png;
mod tiff;
mod webp;

pub(super) use decode::{decode, read_file};
