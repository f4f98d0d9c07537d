//! Which codec serves which format.

use crate::codec::SheetCodec;
use crate::webp::WebP;
use gaze_rig::SheetFormat;

/// The codec of a format.
pub(crate) fn codec_of(format: SheetFormat) -> &'static dyn SheetCodec {
    match format {
        SheetFormat::WebP => &WebP,
    }
}
