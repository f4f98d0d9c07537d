//! What a PNG says of its colours besides a profile, and a PNG whose end is missing.

use std::io::Cursor;

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, XyY,
};
use png::SourceChromaticities;

use super::color::{Colors, is_sound};
use super::high_range::HighRange;

const SIGNATURE_BYTES: usize = 8;
const END: [u8; 12] = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];

/// The gamma that stands for sRGB where it stands alone, and how far from it Chromium takes it for that.
const SRGB_GAMMA: f32 = 0.454_55;
const SRGB_GAMMA_SLACK: f32 = 0.02;

/// What a PNG's numbers mean. Of what it says, the first counts of: code points (`cICP`), an ICC profile (`iCCP`), sRGB
/// (`sRGB`), gamma and chromaticities (`gAMA`, `cHRM`): PNG, third edition, 4.3.
pub(super) fn colors(bytes: &[u8]) -> Colors {
    let Ok(reader) = png::Decoder::new(Cursor::new(bytes)).read_info() else {
        return Colors::ByIcc;
    };
    let info = reader.info();
    if let Some(colors) = info.coding_independent_code_points.and_then(|points| {
        let [content, display] = [
            info.content_light_level.map(|light| light.max_content_light_level),
            info.mastering_display_color_volume.map(|display| display.max_luminance),
        ];
        // In 1/10000 cd/m2; 0 says nothing.
        let peak = content.into_iter().chain(display).find(|light| *light > 0);
        of_code_points(points, peak.map(|light| light as f32 / 10_000.0))
    }) {
        return colors;
    }
    if info.icc_profile.is_some() {
        return Colors::ByIcc;
    }
    if info.srgb.is_some() {
        return Colors::Srgb;
    }
    let gamma = info.gama_chunk.map(|gamma| gamma.into_value());
    match (gamma, info.chrm_chunk.as_ref()) {
        (None, _) => Colors::Srgb,
        (Some(gamma), None) if (gamma - SRGB_GAMMA).abs() < SRGB_GAMMA_SLACK => Colors::Srgb,
        (Some(gamma), chromaticities) => of_gamma(gamma, chromaticities)
            .map_or(Colors::Srgb, |profile| Colors::By(Box::new(profile))),
    }
}

/// What code points (ITU-T H.273) mean where that is colours that a display can show; `peak_nits` is the brightest
/// point in cd/m2, where the file says so.
fn of_code_points(
    points: png::CodingIndependentCodePoints,
    peak_nits: Option<f32>,
) -> Option<Colors> {
    let code_points = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(points.color_primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(points.transfer_function)
            .ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    // Those of XYZ lie where the library divides by 0.
    let fits = points.matrix_coefficients == 0
        && points.is_video_full_range_image
        && code_points.color_primaries != CicpColorPrimaries::Xyz;
    if !fits {
        return None;
    }
    if let Some(colors) = HighRange::of(code_points, peak_nits) {
        return Some(Colors::HighRange(colors));
    }
    let mut profile = ColorProfile::new_from_cicp(code_points);
    // The curve counts, not what it is called.
    profile.cicp = None;
    // As displays show what cameras encoded: ITU-R BT.1886.
    if let TransferCharacteristics::Bt709
    | TransferCharacteristics::Bt601
    | TransferCharacteristics::Bt202010bit
    | TransferCharacteristics::Bt202012bit = code_points.transfer_characteristics
    {
        set_curve(&mut profile, ToneReprCurve::Parametric(vec![2.4]));
    }
    (profile.red_trc.is_some() && is_sound(&profile)).then(|| Colors::By(Box::new(profile)))
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
    set_curve(&mut profile, ToneReprCurve::Parametric(vec![1.0 / gamma]));
    is_sound(&profile).then_some(profile)
}

fn set_curve(profile: &mut ColorProfile, curve: ToneReprCurve) {
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
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
    let check = crc32fast::hash(&whole[from..]);
    whole.extend(check.to_be_bytes());
    whole.extend(END);
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

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
