//! What a PNG says of its colours besides a profile, and a PNG whose end is missing.

use std::io::Cursor;

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, XyY,
};
use png::SourceChromaticities;

const SIGNATURE_BYTES: usize = 8;
const END: [u8; 12] = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];

/// What the pixels' numbers mean.
pub(super) enum Meaning {
    /// sRGB, or nothing is said.
    Srgb,
    /// What the ICC profile in the file says.
    Icc,
    /// Colours as this profile has them.
    Profile(Box<ColorProfile>),
}

/// What a PNG's numbers mean. Of what it says, the first counts of: code points (`cICP`), an ICC profile (`iCCP`), sRGB
/// (`sRGB`), gamma and chromaticities (`gAMA`, `cHRM`): PNG, third edition, 4.3.
pub(super) fn meaning(bytes: &[u8]) -> Meaning {
    let Ok(reader) = png::Decoder::new(Cursor::new(bytes)).read_info() else {
        return Meaning::Icc;
    };
    let info = reader.info();
    let code_points = info.coding_independent_code_points.as_ref();
    if let Some(profile) = code_points.and_then(|points| of_code_points(*points)) {
        return Meaning::Profile(Box::new(profile));
    }
    if info.icc_profile.is_some() {
        return Meaning::Icc;
    }
    if info.srgb.is_some() {
        return Meaning::Srgb;
    }
    let gamma = info.gama_chunk.map(|gamma| gamma.into_value());
    match (gamma, info.chrm_chunk.as_ref()) {
        (None, _) => Meaning::Srgb,
        (Some(gamma), chromaticities) => of_gamma(gamma, chromaticities)
            .map_or(Meaning::Srgb, |profile| Meaning::Profile(Box::new(profile))),
    }
}

/// A profile of code points (ITU-T H.273) where they mean colours for a display of ordinary brightness.
fn of_code_points(points: png::CodingIndependentCodePoints) -> Option<ColorProfile> {
    let primaries = CicpColorPrimaries::try_from(points.color_primaries).ok()?;
    let transfer = TransferCharacteristics::try_from(points.transfer_function).ok()?;
    let fits = points.matrix_coefficients == 0 && points.is_video_full_range_image;
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: primaries,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    (fits && profile.red_trc.is_some() && is_sound(&profile)).then_some(profile)
}

/// A profile of a power curve, and of sRGB's primaries where there are no others. `gamma` is the exponent that made
/// the file's numbers of light.
fn of_gamma(gamma: f32, chromaticities: Option<&SourceChromaticities>) -> Option<ColorProfile> {
    if !(0.01..=100.0).contains(&gamma) {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    profile.cicp = None;
    if let Some(given) = chromaticities {
        let [white, red, green, blue] = [given.white, given.red, given.green, given.blue]
            .map(|(x, y)| Chromaticity { x: x.into_value(), y: y.into_value() });
        if white.y <= 0.0 {
            return None;
        }
        let white = XyY { x: f64::from(white.x), y: f64::from(white.y), yb: 1.0 };
        profile.update_rgb_colorimetry(white, ColorPrimaries { red, green, blue });
        profile.cicp = None;
    }
    let curve = ToneReprCurve::Parametric(vec![1.0 / gamma]);
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    is_sound(&profile).then_some(profile)
}

/// Whether the primaries span a space.
fn is_sound(profile: &ColorProfile) -> bool {
    [profile.red_colorant, profile.green_colorant, profile.blue_colorant]
        .iter()
        .all(|color| [color.x, color.y, color.z].iter().all(|v| v.is_finite() && v.abs() < 10.0))
}

/// The file with an end, where that is missing behind chunks of the picture: none where the file ends as it should or
/// has no picture. The decoder tells whether the picture is all there.
pub(super) fn completed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut at = SIGNATURE_BYTES;
    let mut has_picture = false;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes(head[..4].try_into().ok()?) as usize;
        let kind = &head[4..];
        let end = at.checked_add(length)?.checked_add(12)?;
        if kind == b"IEND" && end <= bytes.len() {
            return None;
        }
        if end > bytes.len() {
            if kind == b"IDAT" {
                return with_cut_data(bytes, at);
            }
            break;
        }
        has_picture |= kind == b"IDAT";
        at = end;
    }
    has_picture.then(|| [&bytes[..at], &END].concat())
}

/// The file whose last chunk of data, at `at`, is cut, with what is there of it as a whole chunk.
fn with_cut_data(bytes: &[u8], at: usize) -> Option<Vec<u8>> {
    let claimed = u32::from_be_bytes(bytes[at..at + 4].try_into().ok()?) as usize;
    let data = &bytes[at + 8..];
    let data = &data[..data.len().min(claimed)];
    let mut whole = bytes[..at].to_vec();
    whole.extend((data.len() as u32).to_be_bytes());
    let from = whole.len();
    whole.extend(b"IDAT");
    whole.extend(data);
    let check = crc32(&whole[from..]);
    whole.extend(check.to_be_bytes());
    whole.extend(END);
    Some(whole)
}

/// The checksum of chunks: PNG, third edition, annex D.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"IEND").to_be_bytes(), END[8..]);
    }

    #[test]
    fn gammas_and_primaries_without_sense_are_left_alone() {
        assert!([0.0, f32::NAN, 1e9].iter().all(|gamma| of_gamma(*gamma, None).is_none()));
        let point = (0.3, 0.3);
        let flat = SourceChromaticities::new((0.3127, 0.329), point, point, point);
        assert!(of_gamma(0.45455, Some(&flat)).is_none());
        let dark = SourceChromaticities::new((0.3, 0.0), (0.6, 0.3), (0.3, 0.6), (0.1, 0.1));
        assert!(of_gamma(0.45455, Some(&dark)).is_none());
    }
}
