//! Colour profiles: what is not sRGB becomes sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::high_range::HighRange;

/// Pixels converted at a time.
const BATCH: usize = 4096;

/// What the numbers of a decoded picture mean.
pub(super) enum Colors {
    /// sRGB, or nothing is said.
    Srgb,
    /// What the ICC profile in the file says, where there is one.
    ByIcc,
    /// Colours as this profile has them.
    By(Box<ColorProfile>),
    /// Colours of a brighter world.
    HighRange(HighRange),
}

impl Colors {
    /// Converts RGBA pixels to sRGB in place. `profile` is what is in the file, which is grey or not.
    pub(super) fn convert(self, pixels: &mut [u8], profile: Option<&[u8]>, is_grey: bool) {
        match (self, profile) {
            (Colors::ByIcc, Some(profile)) => convert_to_srgb(pixels, profile, is_grey),
            (Colors::By(profile), _) => convert_by(pixels, &profile, false),
            (Colors::HighRange(colors), _) => colors.convert(pixels),
            (Colors::ByIcc, None) | (Colors::Srgb, _) => {}
        }
    }
}

/// Converts RGBA pixels with an ICC profile to sRGB in place. A profile that is broken or not for
/// RGB or grey is ignored: the colours stay as stored, as in a browser.
fn convert_to_srgb(pixels: &mut [u8], profile: &[u8], is_grey: bool) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return };
    // Code points in a profile count before its curves: ICC.1:2022, 9.2.17.
    match profile.cicp.filter(|_| !is_grey).and_then(|points| HighRange::of(points, None)) {
        Some(colors) => colors.convert(pixels),
        None => convert_by(pixels, &profile, is_grey),
    }
}

/// The same with a profile that has been read or made.
fn convert_by(pixels: &mut [u8], profile: &ColorProfile, is_grey: bool) {
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

/// Whether a profile is for the four inks of print.
pub(super) fn is_for_inks(profile: &[u8]) -> bool {
    // The data colour space, in the profile's header.
    profile.get(16..20) == Some(b"CMYK")
}

/// Colours of inks (cyan, magenta, yellow, black; 255 is all ink) in sRGB, three bytes each. None where the profile is
/// broken.
pub(super) fn inks_to_srgb(inks: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let transform =
        profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options).ok()?;
    let mut pixels = vec![0; inks.len() / 4 * 3];
    for (inks, pixels) in inks.chunks(BATCH * 4).zip(pixels.chunks_mut(BATCH * 3)) {
        transform.transform(inks, pixels).ok()?;
    }
    Some(pixels)
}

/// A colour in CIE L*a*b* of the illuminant D50, as ICC profiles and TIFF have it, in sRGB.
pub(super) fn lab_to_srgb([l, a, b]: [f32; 3]) -> [u8; 3] {
    let y = (l + 16.0) / 116.0;
    // CIE 15:2004, 8.2.1, turned round.
    let back = |f: f32| {
        if f > 6.0 / 29.0 { f * f * f } else { 3.0 * (6.0f32 / 29.0).powi(2) * (f - 4.0 / 29.0) }
    };
    let [x, y, z] = [back(y + a / 500.0) * 0.964_22, back(y), back(y - b / 200.0) * 0.825_21];
    // From D50 by Bradford's adaptation to linear sRGB (IEC 61966-2-1).
    let linear = [
        3.133_856 * x - 1.616_867 * y - 0.490_615 * z,
        -0.978_768 * x + 1.916_142 * y + 0.033_454 * z,
        0.071_945 * x - 0.228_991 * y + 1.405_243 * z,
    ];
    linear.map(srgb_of_light)
}

/// Linear light, 0 to 1, in sRGB: IEC 61966-2-1.
pub(super) fn srgb_of_light(light: f32) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let shown =
        if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (255.0 * shown + 0.5) as u8
}

/// Whether the primaries of a profile span a space.
pub(super) fn is_sound(profile: &ColorProfile) -> bool {
    /// That of sRGB spans 0.2.
    const LEAST: f64 = 1e-3;
    let [r, g, b] = [profile.red_colorant, profile.green_colorant, profile.blue_colorant]
        .map(|color| [color.x, color.y, color.z]);
    let volume = r[0] * (g[1] * b[2] - g[2] * b[1]) - r[1] * (g[0] * b[2] - g[2] * b[0])
        + r[2] * (g[0] * b[1] - g[1] * b[0]);
    volume.is_finite()
        && volume.abs() > LEAST
        && [r, g, b].as_flattened().iter().all(|v| v.abs() < 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use moxcms::{CicpColorPrimaries, CicpProfile, MatrixCoefficients, TransferCharacteristics};

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
    fn code_points_in_a_profile_count_before_its_curves() {
        // Reference: a screenshot of Chromium.
        let profile = encoded(ColorProfile::new_from_cicp(CicpProfile {
            color_primaries: CicpColorPrimaries::Bt2020,
            transfer_characteristics: TransferCharacteristics::Smpte2084,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        }));
        let mut pixels = [130, 60, 40, 255, 128, 128, 128, 77];
        convert_to_srgb(&mut pixels, &profile, false);
        for (value, expected) in pixels.iter().zip([172, 0, 0, 255, 132, 132, 132, 77]) {
            assert!(value.abs_diff(expected) <= 1, "{pixels:?}");
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

    #[test]
    fn lab_colours_are_those_of_the_standard() {
        // Reference: littleCMS through Pillow 13.
        for (lab, expected) in [
            ([100.0, 0.0, 0.0], [255, 255, 255]),
            ([0.0, 0.0, 0.0], [0, 0, 0]),
            ([53.585, 0.0, 0.0], [128, 128, 128]),
            ([54.29, 80.8, 69.89], [255, 0, 0]),
            ([29.57, 68.3, -112.03], [0, 0, 255]),
        ] {
            let found = lab_to_srgb(lab);
            let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
            assert!(near, "{lab:?}: {found:?} instead of {expected:?}");
        }
    }
}
