//! Pictures of a brighter world, with the curve PQ or HLG (ITU-R BT.2100), as Chromium shows them on an ordinary display.

use std::sync::LazyLock;

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, Matrix3f, MatrixCoefficients,
    TransferCharacteristics, Vector3f,
};

use super::color::{is_sound, srgb_of_light};

/// Light of diffuse white, in cd/m2: ITU-R BT.2408. Light is counted in it below.
const WHITE_NITS: f32 = 203.0;
/// Light of the brightest point, in cd/m2, where a file does not say.
const USUAL_PEAK_NITS: f32 = 1000.0;
/// What HLG's display makes of its brightest signal, in cd/m2, and how: BT.2100, table 5.
const HLG_PEAK_NITS: f32 = 1000.0;
const HLG_SYSTEM_GAMMA: f32 = 1.2;
/// Luminance of BT.2020's primaries.
const LUMINANCE: [f32; 3] = [0.2627, 0.6780, 0.0593];
/// Steps of light that are told apart before they become sRGB: its darkest step is as wide as five.
const STEPS: usize = 16_384;

/// How the numbers of such a picture become sRGB.
pub(super) struct HighRange {
    /// Linear light of the signals 0 to 255: in white, or in shares of HLG's scene.
    light: Box<[f32; 256]>,
    is_hlg: bool,
    /// From the picture's primaries to BT.2020's.
    to_2020: Matrix3f,
    tones: Tones,
}

impl HighRange {
    /// Of code points (ITU-T H.273), and the brightest point in cd/m2 where the file says so; none where the curve is
    /// another one, or the primaries mean nothing.
    pub(super) fn of(points: CicpProfile, peak_nits: Option<f32>) -> Option<Self> {
        let is_hlg = match points.transfer_characteristics {
            TransferCharacteristics::Smpte2084 => false,
            TransferCharacteristics::Hlg => true,
            _ => return None,
        };
        // Those of XYZ lie where the library divides by 0.
        if !points.full_range || points.color_primaries == CicpColorPrimaries::Xyz {
            return None;
        }
        let profile = ColorProfile::new_from_cicp(points);
        is_sound(&profile).then(|| {
            let curve = if is_hlg { hlg_light } else { pq_light };
            Self {
                light: Box::new(std::array::from_fn(|signal| curve(signal as f32 / 255.0))),
                is_hlg,
                to_2020: profile.transform_matrix(&bt2020()).to_f32(),
                tones: Tones::of(peak_nits.unwrap_or(USUAL_PEAK_NITS) / WHITE_NITS),
            }
        })
    }

    /// Converts RGBA pixels to sRGB in place.
    pub(super) fn convert(&self, pixels: &mut [u8]) {
        static SRGB: LazyLock<Vec<u8>> = LazyLock::new(|| {
            (0..=STEPS).map(|step| srgb_of_light(step as f32 / STEPS as f32)).collect()
        });
        let to_srgb = bt2020().transform_matrix(&ColorProfile::new_srgb()).to_f32();
        for pixel in pixels.as_chunks_mut::<4>().0 {
            let light = [pixel[0], pixel[1], pixel[2]].map(|signal| self.light[signal as usize]);
            let shown = to_srgb.mul_vector(self.displayed(light));
            for (value, light) in pixel.iter_mut().zip(shown.v) {
                // Casts clamp at 0.
                *value = SRGB[((light * STEPS as f32 + 0.5) as usize).min(STEPS)];
            }
        }
    }

    /// Light in BT.2020 that an ordinary display, whose brightest is 1, has for that of the picture.
    fn displayed(&self, light: [f32; 3]) -> Vector3f {
        let mut seen = self.to_2020.mul_vector(Vector3f { v: light });
        let mut gain = 1.0;
        if self.is_hlg {
            let luminance: f32 = LUMINANCE.iter().zip(seen.v).map(|(share, v)| share * v).sum();
            let darker = luminance.max(0.0).powf(HLG_SYSTEM_GAMMA - 1.0);
            gain = darker * HLG_PEAK_NITS / WHITE_NITS;
        }
        gain *= self.tones.gain(gain * seen.v.into_iter().fold(0.0, f32::max));
        seen.v.iter_mut().for_each(|value| *value *= gain);
        seen
    }
}

/// Tones that fit what is brighter than white into what a display has: those of SMPTE ST 2094-50 where a picture brings
/// none of its own. Below white all is darker by the same factor, above it a curve leads to the brightest point.
struct Tones {
    /// What white becomes.
    white: f32,
    /// The brightest point, in white.
    peak: f32,
}

impl Tones {
    /// For a picture whose brightest point is so many times as bright as white.
    fn of(peak: f32) -> Self {
        let peak = peak.max(1.0);
        let reach = peak.ln() / (USUAL_PEAK_NITS / WHITE_NITS).ln();
        Self { white: 1.0 - 0.5 * reach.min(1.0), peak }
    }

    /// By what the light of a pixel is multiplied whose brightest channel has this much.
    fn gain(&self, brightest: f32) -> f32 {
        /// Where between its ends the curve bends.
        const BEND: f32 = 0.65;
        let Self { white, peak } = *self;
        if brightest <= 1.0 || peak <= 1.0 {
            return white;
        }
        if brightest >= peak {
            return 1.0 / brightest;
        }
        // A quadratic Bezier curve from (1, white) to (peak, 1), that begins as steep as what is below.
        let middle = [1.0 - BEND + BEND / white, white + BEND * (1.0 - white)];
        let (bend, slope) = (1.0 - 2.0 * middle[0] + peak, middle[0] - 1.0);
        let beyond = brightest - 1.0;
        let t = beyond / (slope + (slope * slope + bend * beyond).max(0.0).sqrt());
        let tone = (1.0 - t).powi(2) * white + 2.0 * t * (1.0 - t) * middle[1] + t * t;
        tone / brightest
    }
}

fn bt2020() -> ColorProfile {
    ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::Bt2020,
        transfer_characteristics: TransferCharacteristics::Linear,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    })
}

/// Light of a PQ signal, in white: BT.2100, table 4.
fn pq_light(signal: f32) -> f32 {
    let [m1, m2] = [2610.0 / 16_384.0, 2523.0 / 32.0];
    let [c1, c2, c3] = [3424.0 / 4096.0, 2413.0 / 128.0, 2392.0 / 128.0];
    let root = signal.powf(1.0 / m2);
    ((root - c1).max(0.0) / (c2 - c3 * root)).powf(1.0 / m1) * 10_000.0 / WHITE_NITS
}

/// Light of a scene, 0 to 1, by its HLG signal: BT.2100, table 5.
fn hlg_light(signal: f32) -> f32 {
    const A: f32 = 0.178_832_77;
    let (b, c) = (1.0 - 4.0 * A, 0.5 - A * (4.0 * A).ln());
    if signal <= 0.5 { signal * signal / 3.0 } else { (((signal - c) / A).exp() + b) / 12.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_rise_without_a_step_and_end_at_the_brightest_point() {
        for peak_nits in [204.0, 400.0, 1000.0, 4000.0, 10_000.0, 400_000.0] {
            let tones = Tones::of(peak_nits / WHITE_NITS);
            let mut last = 0.0;
            for step in 0..=4000 {
                let light = tones.peak * step as f32 / 2000.0;
                let tone = light * tones.gain(light);
                assert!(tone >= last - 1e-6 && tone <= 1.0 + 1e-6, "{peak_nits}: {light} {tone}");
                assert!(tone - last <= tones.peak / 1990.0, "{peak_nits}: {light} {tone}");
                last = tone;
            }
            assert!((last - 1.0).abs() < 1e-5, "{peak_nits}: {last}");
        }
        // Nothing is brighter than white: all stays as it is.
        assert!([0.5, 1.0, 3.0].iter().all(|light| Tones::of(0.3).gain(*light) == 1.0));
    }

    #[test]
    fn signals_are_those_of_the_standard() {
        // BT.2408, table 1: diffuse white is 58 % of PQ and 75 % of HLG.
        assert!((pq_light(0.5807) - 1.0).abs() < 0.01, "{}", pq_light(0.5807));
        let white = hlg_light(0.75).powf(HLG_SYSTEM_GAMMA) * HLG_PEAK_NITS / WHITE_NITS;
        assert!((white - 1.0).abs() < 0.01, "{white}");
        assert!((hlg_light(1.0) - 1.0).abs() < 1e-4 && (hlg_light(0.5) - 1.0 / 12.0).abs() < 1e-6);
    }
}
