//! The person's own colours where a picture mixes them with what lies behind.

use super::Plane;

/// How far from an edge the colours of the person and of the background are looked for, in IOD.
const COLOR_RADIUS: f32 = 0.35;

/// How far colours are looked for on both sides of an edge, in pixels: the radii for [`LocalColors::around`]. `iod` in
/// pixels.
pub fn color_radii(iod: f32) -> [usize; 2] {
    let wide = (COLOR_RADIUS * iod).max(6.0) as usize;
    [wide, (wide / 6).max(2)]
}

/// Colours of the person and of the background around every pixel, to tell both apart where they mix.
///
/// Blur fusion (Forte 2021): local means, then one correction by the pixel's own colour.
pub struct LocalColors {
    person: [Plane; 3],
    behind: [Plane; 3],
}

impl LocalColors {
    /// The means within each of `radii` in turn, a wide one and a narrow one, in pixels. `rgb` from 0 to 255, `matte`
    /// from 0 to 1.
    pub fn around(rgb: &[Plane; 3], matte: &Plane, radii: [usize; 2]) -> Self {
        let [wide, narrow] = radii;
        let first = Self::means(rgb, rgb, matte, wide);
        Self::means(&first.all_unmixed(rgb, matte), &first.behind, matte, narrow)
    }

    fn means(person: &[Plane; 3], behind: &[Plane; 3], matte: &Plane, radius: usize) -> Self {
        let rest = matte.map(|a| 1.0 - a);
        let mean = |colors: &[Plane; 3], share: &Plane| {
            let weight = share.box_mean(radius);
            colors
                .each_ref()
                .map(|c| c.zip(share, |v, a| v * a).box_mean(radius).zip(&weight, ratio))
        };
        Self { person: mean(person, matte), behind: mean(behind, &rest) }
    }

    fn all_unmixed(&self, rgb: &[Plane; 3], matte: &Plane) -> [Plane; 3] {
        let mut unmixed = rgb.clone();
        for i in 0..matte.values.len() {
            let [color, person, behind] =
                [rgb, &self.person, &self.behind].map(|p| p.each_ref().map(|p| p.values[i]));
            let colors = unmix(color, matte.values[i], person, behind);
            (0..3).for_each(|c| unmixed[c].values[i] = colors[c]);
        }
        unmixed
    }

    /// The person's part of a colour at (`x`, `y`), in pixels of the planes, that shows the person with this coverage.
    pub fn unmixed(&self, [x, y]: [f32; 2], color: [f32; 3], coverage: f32) -> [f32; 3] {
        let [person, behind] =
            [&self.person, &self.behind].map(|p| p.each_ref().map(|plane| plane.at(x, y)));
        unmix(color, coverage, person, behind)
    }
}

fn unmix(color: [f32; 3], a: f32, person: [f32; 3], behind: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|c| {
        let (f, b) = (person[c], behind[c]);
        (f + a * (color[c] - a * f - (1.0 - a) * b)).clamp(0.0, 255.0)
    })
}

/// The person's own colours at the edge of a matte: what shows through from the old background is
/// taken out, so that no halo of it appears on a new one. `radii` in pixels.
pub(super) fn foreground(rgb: &[Plane; 3], matte: &Plane, radii: [usize; 2]) -> [Plane; 3] {
    LocalColors::around(rgb, matte, radii).all_unmixed(rgb, matte)
}

fn ratio(sum: f32, weight: f32) -> f32 {
    sum / weight.max(1e-5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_background_leaves_the_edge() {
        let matte = Plane::from_fn(60, 20, |x, _| ((x as f32 - 27.0) / 6.0).clamp(0.0, 1.0));
        let (fore, back) = (180.0, 20.0);
        let mixed = matte.map(|a| a * fore + (1.0 - a) * back);
        let clean = foreground(&[mixed.clone(), mixed.clone(), mixed], &matte, [12, 3]);
        for x in 30..60 {
            let value = clean[0].values[10 * 60 + x];
            assert!((value - fore).abs() < 12.0, "{x}: {value}");
        }
    }
}
