//! Colour profiles: what is not sRGB becomes sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Converts RGBA pixels with an ICC profile to sRGB in place. A profile that is broken or not for
/// RGB or grey is ignored: the colours stay as stored, as in a browser.
pub(super) fn convert_to_srgb(pixels: &mut [u8], profile: &[u8], is_grey: bool) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return };
    let (layout, channels) = match (profile.color_space, is_grey) {
        (DataColorSpace::Rgb, false) => (Layout::Rgba, 4),
        (DataColorSpace::Gray, true) => (Layout::GrayAlpha, 2),
        _ => return,
    };
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, Layout::Rgba, options) else {
        return;
    };
    /// Pixels converted at a time.
    const BATCH: usize = 4096;
    let mut source = Vec::with_capacity(BATCH * channels);
    let mut converted = vec![0; BATCH * 4];
    for batch in pixels.chunks_mut(BATCH * 4) {
        source.clear();
        for pixel in batch.chunks_exact(4) {
            source.extend_from_slice(&pixel[4 - channels..]);
        }
        if transform.transform(&source, &mut converted[..batch.len()]).is_err() {
            return;
        }
        batch.copy_from_slice(&converted[..batch.len()]);
    }
}
