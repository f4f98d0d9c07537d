//! What a PNG says of its colours besides a profile, and a PNG whose end is missing.

use std::io::Cursor;

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, XyY,
};
use png::SourceChromaticities;

const SIGNATURE_BYTES: usize = 8;
const END: [u8; 12] = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];

/// The gamma that stands for sRGB where it stands alone, and how far from it Chromium takes it for that.
const SRGB_GAMMA: f32 = 0.454_55;
const SRGB_GAMMA_SLACK: f32 = 0.02;
/// Light of the PQ and HLG curves (ITU-R BT.2100) on an ordinary display, at 33 even steps, in sRGB: greys in screenshots
/// of Chromium, which maps a brighter world's tones.
const PQ_TONES: [u8; 33] = [
    0, 0, 1, 2, 5, 9, 15, 22, 30, 38, 48, 58, 70, 83, 98, 114, 132, 153, 175, 198, 213, 226, 237,
    246, 255, 255, 255, 255, 255, 255, 255, 255, 255,
];
const HLG_TONES: [u8; 33] = [
    0, 1, 3, 7, 14, 21, 29, 36, 43, 50, 57, 64, 71, 78, 85, 92, 99, 107, 115, 125, 135, 147, 160,
    174, 189, 202, 212, 220, 228, 236, 243, 250, 255,
];

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
        (Some(gamma), None) if (gamma - SRGB_GAMMA).abs() < SRGB_GAMMA_SLACK => Meaning::Srgb,
        (Some(gamma), chromaticities) => of_gamma(gamma, chromaticities)
            .map_or(Meaning::Srgb, |profile| Meaning::Profile(Box::new(profile))),
    }
}

/// A profile of code points (ITU-T H.273) where they mean colours that a display can show.
fn of_code_points(points: png::CodingIndependentCodePoints) -> Option<ColorProfile> {
    let primaries = CicpColorPrimaries::try_from(points.color_primaries).ok()?;
    let transfer = TransferCharacteristics::try_from(points.transfer_function).ok()?;
    // Those of XYZ lie where the library divides by 0.
    let fits = points.matrix_coefficients == 0
        && points.is_video_full_range_image
        && primaries != CicpColorPrimaries::Xyz;
    let mut profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: primaries,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    // The curve counts, not what it is called.
    profile.cicp = None;
    match transfer {
        // As displays show what cameras encoded: ITU-R BT.1886.
        TransferCharacteristics::Bt709
        | TransferCharacteristics::Bt601
        | TransferCharacteristics::Bt202010bit
        | TransferCharacteristics::Bt202012bit => {
            set_curve(&mut profile, ToneReprCurve::Parametric(vec![2.4]));
        }
        TransferCharacteristics::Smpte2084 => set_curve(&mut profile, curve_of_tones(&PQ_TONES)),
        TransferCharacteristics::Hlg => set_curve(&mut profile, curve_of_tones(&HLG_TONES)),
        _ => {}
    }
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
    set_curve(&mut profile, ToneReprCurve::Parametric(vec![1.0 / gamma]));
    is_sound(&profile).then_some(profile)
}

fn set_curve(profile: &mut ColorProfile, curve: ToneReprCurve) {
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
}

/// The light of tones in sRGB.
fn curve_of_tones(tones: &[u8]) -> ToneReprCurve {
    let light = |tone: &u8| {
        let tone = f32::from(*tone) / 255.0;
        let light =
            if tone <= 0.040_45 { tone / 12.92 } else { ((tone + 0.055) / 1.055).powf(2.4) };
        (light * 65_535.0 + 0.5) as u16
    };
    ToneReprCurve::Lut(tones.iter().map(light).collect())
}

/// Whether the primaries span a space.
fn is_sound(profile: &ColorProfile) -> bool {
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
