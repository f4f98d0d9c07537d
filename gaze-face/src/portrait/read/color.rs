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

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(profile: ColorProfile) -> Vec<u8> {
        profile.encode().expect("profiles of the library can be written")
    }

    #[test]
    fn display_p3_becomes_more_saturated() {
        // Reference: littleCMS through Pillow 13, relative colorimetric or perceptual alike.
        let mut pixels = [200, 60, 40, 255, 128, 128, 128, 77];
        convert_to_srgb(&mut pixels, &encoded(ColorProfile::new_display_p3()), false);
        let expected = [217, 42, 23, 255, 128, 128, 128, 77];
        for (value, expected) in pixels.iter().zip(expected) {
            assert!(value.abs_diff(expected) <= 1, "{pixels:?} instead of {expected:?}");
        }
    }

    #[test]
    fn grey_profiles_change_the_tone() {
        let mut pixels = [100, 100, 100, 255].repeat(5000);
        convert_to_srgb(&mut pixels, &encoded(ColorProfile::new_gray_with_gamma(1.8)), true);
        for pixel in pixels.chunks_exact(4) {
            assert_eq!((pixel[0], pixel[1], pixel[3]), (pixel[2], pixel[2], 255));
            assert!((117..=121).contains(&pixel[0]), "{pixel:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_left_alone() {
        let original = [200, 60, 40, 255];
        let p3 = encoded(ColorProfile::new_display_p3());
        for (profile, is_grey) in [(&b"garbage"[..], false), (&p3[..200], false), (&p3, true)] {
            let mut pixels = original;
            convert_to_srgb(&mut pixels, profile, is_grey);
            assert_eq!(pixels, original);
        }
    }
}
