//! The person's own colours where a picture mixes them with what lies behind.

use super::Plane;
use gaze_rig::interpolation::smoothstep;
use gaze_rig::layers::BoxMeans;

/// How far from an edge the colours of the person and of the background are looked for, in IOD.
const COLOR_RADIUS: f32 = 0.35;

/// Difference of the person's colour from what lies behind, in levels, that tells coverage half as well as a matte.
const LEAST_CONTRAST: f32 = 60.0;
/// Least coverage around a pixel from which a matte is believed more, and then whatever colours say.
const EDGE: [f32; 2] = [0.75, 1.0];
/// What a pixel at the edge weighs in the person's colour against one inside: all there is of thin strands.
const EDGE_WEIGHT: f32 = 0.05;

/// How far colours are looked for on both sides of an edge, in pixels: the radii for [`LocalColors::around`]. `iod` in
/// pixels.
pub fn color_radii(iod: f32) -> [usize; 2] {
    let wide = (COLOR_RADIUS * iod).max(6.0) as usize;
    [wide, (wide / 6).max(2)]
}

/// Rows that means are taken of: the colours of the person times their coverage and the coverage, the same of what lies
/// behind.
const CHANNELS: usize = 8;

/// Colours of the person and of the background around every pixel, to tell both apart where they mix.
///
/// Blur fusion (Forte 2021): local means, then one correction by the pixel's own colour.
pub struct LocalColors {
    person: [Plane; 3],
    behind: [Plane; 3],
    /// The least coverage of each pixel and those around it.
    inner: Plane,
}

impl LocalColors {
    /// The means within each of `radii` in turn, a wide one and a narrow one, in pixels. `rgb` from 0 to 255, `matte`
    /// from 0 to 1.
    pub fn around(rgb: &[Plane; 3], matte: &Plane, radii: [usize; 2]) -> Self {
        let (width, height) = (matte.width, matte.height);
        let [mut wide, mut narrow] = radii.map(|r| BoxMeans::new(width, height, r, CHANNELS));
        let plane = || Plane { width, height, values: Vec::with_capacity(width * height) };
        let mut colors = Self {
            person: std::array::from_fn(|_| plane()),
            behind: std::array::from_fn(|_| plane()),
            inner: least_around(matte),
        };
        let inner = colors.inner.clone();
        let line = |plane: &'_ Plane, y: usize| y * width..y * width + plane.width;
        let at = |y: usize| Pixels {
            colors: rgb.each_ref().map(|plane| &plane.values[line(plane, y)]),
            matte: &matte.values[line(matte, y)],
            inner: &inner.values[line(&inner, y)],
        };
        // Rows of the first means become rows of the second ones as they come.
        let mut corrected = 0;
        for y in 0..height {
            let pixels = at(y);
            let Some(means) = wide.push(|row| pixels.weigh(pixels.colors, pixels.colors, row))
            else {
                continue;
            };
            colors.keep(narrow.push(|row| at(corrected).correct(means, row)));
            corrected += 1;
        }
        while let Some(means) = wide.finish() {
            colors.keep(narrow.push(|row| at(corrected).correct(means, row)));
            corrected += 1;
        }
        while let Some(means) = narrow.finish() {
            colors.keep(Some(means));
        }
        colors
    }

    /// Adds a row of means.
    fn keep(&mut self, means: Option<&[f32]>) {
        let Some(means) = means else { return };
        let [r, g, b, person, red, green, blue, behind] = split(means);
        for (planes, colors, weights) in
            [(&mut self.person, [r, g, b], person), (&mut self.behind, [red, green, blue], behind)]
        {
            for (plane, sums) in planes.iter_mut().zip(colors) {
                plane
                    .values
                    .extend(sums.iter().zip(weights).map(|(sum, weight)| ratio(*sum, *weight)));
            }
        }
    }

    /// The person's part of a colour at a pixel of the planes, and its coverage: see [`unmixed`](Self::unmixed).
    pub(super) fn unmixed_pixel(
        &self,
        index: usize,
        color: [f32; 3],
        coverage: f32,
    ) -> ([f32; 3], f32) {
        let [person, behind] =
            [&self.person, &self.behind].map(|p| p.each_ref().map(|plane| plane.values[index]));
        unmix(color, [coverage, self.inner.values[index]], person, behind)
    }

    /// The person's part of a colour at (`x`, `y`), in pixels of the planes, where a matte says that the person covers so
    /// much of it, and how much they do: less where the colour is that of what lies behind.
    pub fn unmixed(&self, [x, y]: [f32; 2], color: [f32; 3], coverage: f32) -> ([f32; 3], f32) {
        let [person, behind] =
            [&self.person, &self.behind].map(|p| p.each_ref().map(|plane| plane.at(x, y)));
        unmix(color, [coverage, self.inner.at(x, y)], person, behind)
    }
}

/// A row of the picture.
struct Pixels<'a> {
    colors: [&'a [f32]; 3],
    matte: &'a [f32],
    inner: &'a [f32],
}

impl Pixels<'_> {
    /// Colours of the person and of what lies behind, each times its share of the pixel, and the shares.
    fn weigh(&self, person: [&[f32]; 3], behind: [&[f32]; 3], row: &mut [f32]) {
        let width = self.matte.len();
        let (front, back) = row.split_at_mut(CHANNELS / 2 * width);
        let weigh = |half: &mut [f32], colors: [&[f32]; 3], share: fn(f32, f32) -> f32| {
            let (products, shares) = half.split_at_mut(3 * width);
            for ((target, a), inner) in shares.iter_mut().zip(self.matte).zip(self.inner) {
                *target = share(*a, *inner);
            }
            for (target, color) in products.chunks_exact_mut(width.max(1)).zip(colors) {
                for ((target, value), share) in target.iter_mut().zip(color).zip(&*shares) {
                    *target = value * share;
                }
            }
        };
        weigh(front, person, weight);
        weigh(back, behind, |a, _| 1.0 - a);
    }

    /// The same of the colours that these means, summed up as [`weigh`](Self::weigh) does, tell: the person's after one
    /// correction.
    fn correct(&self, means: &[f32], row: &mut [f32]) {
        let width = self.matte.len();
        let [r, g, b, person, red, green, blue, behind] = split(means);
        let (front, back) = row.split_at_mut(CHANNELS / 2 * width);
        let sums = [r, g, b].into_iter().zip([red, green, blue]).zip(self.colors);
        let targets = front.chunks_exact_mut(width.max(1)).zip(back.chunks_exact_mut(width.max(1)));
        for (((person_sums, behind_sums), colors), (front, back)) in sums.zip(targets) {
            for x in 0..width {
                let a = self.matte[x];
                let f = ratio(person_sums[x], person[x]);
                let b = ratio(behind_sums[x], behind[x]);
                front[x] = unmix_channel(colors[x], a, f, b) * weight(a, self.inner[x]);
                back[x] = b * (1.0 - a);
            }
        }
        let shares = self.matte.iter().zip(self.inner);
        for (target, (a, inner)) in front[3 * width..].iter_mut().zip(shares) {
            *target = weight(*a, *inner);
        }
        for (target, a) in back[3 * width..].iter_mut().zip(self.matte) {
            *target = 1.0 - a;
        }
    }
}

/// What a pixel weighs in the colour of the person: hardly anything at the edge, where a matte may be a pixel too wide.
fn weight(coverage: f32, inner: f32) -> f32 {
    inner + EDGE_WEIGHT * (coverage - inner)
}

/// The least value of every pixel and the eight around it.
fn least_around(plane: &Plane) -> Plane {
    let (width, height) = (plane.width, plane.height);
    let mut least = Plane::new(width, height);
    let mut column = vec![0.0f32; width];
    for (y, row) in least.values.chunks_exact_mut(width.max(1)).enumerate() {
        let line = |y: usize| &plane.values[y * width..][..width];
        column.copy_from_slice(line(y));
        for beside in [y.saturating_sub(1), (y + 1).min(height - 1)] {
            for (value, other) in column.iter_mut().zip(line(beside)) {
                *value = value.min(*other);
            }
        }
        for (x, value) in row.iter_mut().enumerate() {
            let (before, behind) = (x.saturating_sub(1), (x + 1).min(width - 1));
            *value = column[before].min(column[x]).min(column[behind]);
        }
    }
    least
}

/// The channels of a row.
fn split(row: &[f32]) -> [&[f32]; CHANNELS] {
    let width = row.len() / CHANNELS;
    std::array::from_fn(|channel| &row[channel * width..][..width])
}

/// The person's own colour in a mixed one and its coverage, which a matte says to be `coverage`, the least around it
/// being `inner`.
fn unmix(
    color: [f32; 3],
    [coverage, inner]: [f32; 2],
    person: [f32; 3],
    behind: [f32; 3],
) -> ([f32; 3], f32) {
    let coverage = covered(color, [coverage, inner], person, behind);
    (std::array::from_fn(|c| unmix_channel(color[c], coverage, person[c], behind[c])), coverage)
}

/// The coverage of a pixel of this colour. A matte is smoother than hair: where it says more than the colour does, a
/// line of the old background would stay around the person. It is trusted well inside, where a light strand is a strand.
fn covered(
    color: [f32; 3],
    [coverage, inner]: [f32; 2],
    person: [f32; 3],
    behind: [f32; 3],
) -> f32 {
    let sides: [f32; 3] = std::array::from_fn(|c| person[c] - behind[c]);
    let contrast: f32 = sides.iter().map(|side| side * side).sum();
    // What the colour says of the way from what lies behind to the person.
    let way: f32 = (0..3).map(|c| sides[c] * (color[c] - behind[c])).sum();
    let seen = (way / contrast.max(1.0)).clamp(0.0, 1.0);
    let trust = contrast / (contrast + LEAST_CONTRAST * LEAST_CONTRAST);
    let edge = 1.0 - smoothstep(EDGE[0], EDGE[1], inner);
    coverage - (coverage - seen).max(0.0) * trust * edge
}

fn unmix_channel(color: f32, a: f32, person: f32, behind: f32) -> f32 {
    (person + a * (color - a * person - (1.0 - a) * behind)).clamp(0.0, 255.0)
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
        let rgb = [mixed.clone(), mixed.clone(), mixed];
        let colors = LocalColors::around(&rgb, &matte, [12, 3]);
        for i in (30..60).map(|x| 10 * 60 + x) {
            let color = rgb.each_ref().map(|plane| plane.values[i]);
            let ([value, ..], coverage) = colors.unmixed_pixel(i, color, matte.values[i]);
            assert!((value - fore).abs() < 12.0, "{i}: {value}");
            assert!((coverage - matte.values[i]).abs() < 0.06, "a right matte stays: {coverage}");
        }
    }

    #[test]
    fn a_matte_that_is_too_wide_leaves_no_line_of_the_old_background() {
        let edge = |at: f32| move |x: usize, _| ((x as f32 - at) / 3.0).clamp(0.0, 1.0);
        let (covered, matte) =
            (Plane::from_fn(60, 20, edge(30.0)), Plane::from_fn(60, 20, edge(29.0)));
        // Dark hair before a light wall.
        let mixed = covered.map(|a| a * 30.0 + (1.0 - a) * 230.0);
        let rgb = [mixed.clone(), mixed.clone(), mixed];
        let colors = LocalColors::around(&rgb, &matte, [12, 3]);
        let mut narrowed = 0;
        for i in (20..50).map(|x| 10 * 60 + x) {
            let color = rgb.each_ref().map(|plane| plane.values[i]);
            let ([value, ..], coverage) = colors.unmixed_pixel(i, color, matte.values[i]);
            // Over black.
            assert!(value * coverage < 60.0, "{i}: {value} {coverage}");
            assert!(coverage <= matte.values[i]);
            narrowed += usize::from(matte.values[i] - coverage > 0.25);
        }
        assert!(narrowed > 0);
    }

    #[test]
    fn colours_match_brute_force() {
        let (width, height) = (23, 17);
        let rgb = [3, 5, 11].map(|seed| {
            Plane::from_fn(width, height, |x, y| ((x * 29 * seed + y * y * 17) % 256) as f32)
        });
        let matte = Plane::from_fn(width, height, |x, y| {
            ((x as f32 - 9.0) / 5.0 + (y as f32 - 8.0) / 30.0).clamp(0.0, 1.0)
        });
        let mean = |values: &[f64], i: usize, radius: usize| {
            let (x, y) = (i % width, i / width);
            let ys = y.saturating_sub(radius)..(y + radius + 1).min(height);
            let around: Vec<f64> = ys
                .flat_map(|y| {
                    (x.saturating_sub(radius)..(x + radius + 1).min(width))
                        .map(move |x| y * width + x)
                })
                .map(|i| values[i])
                .collect();
            around.iter().sum::<f64>() / around.len() as f64
        };
        let all = 0..width * height;
        let inner = |i: usize| {
            let (x, y) = (i % width, i / width);
            (y.saturating_sub(1)..(y + 2).min(height))
                .flat_map(|y| (x.saturating_sub(1)..(x + 2).min(width)).map(move |x| (x, y)))
                .map(|(x, y)| matte.values[y * width + x])
                .fold(1.0, f32::min)
        };
        let share = |i: usize, is_person: bool| {
            let a = matte.values[i];
            f64::from(if is_person { 0.05 * a + 0.95 * inner(i) } else { 1.0 - a })
        };
        // Mean colours of one side of the edge.
        let colors = |color: &[f64], is_person: bool, radius: usize| -> Vec<f64> {
            let weights: Vec<f64> = all.clone().map(|i| share(i, is_person)).collect();
            let products: Vec<f64> = color.iter().zip(&weights).map(|(c, w)| c * w).collect();
            all.clone()
                .map(|i| mean(&products, i, radius) / mean(&weights, i, radius).max(1e-5))
                .collect()
        };
        for radii in [[6, 2], [40, 3], [2, 1]] {
            let found = LocalColors::around(&rgb, &matte, radii);
            for (c, plane) in rgb.iter().enumerate() {
                let own: Vec<f64> = plane.values.iter().map(|v| f64::from(*v)).collect();
                let (person, behind) =
                    (colors(&own, true, radii[0]), colors(&own, false, radii[0]));
                let unmixed: Vec<f64> = all
                    .clone()
                    .map(|i| {
                        let a = f64::from(matte.values[i]);
                        let rest = own[i] - a * person[i] - (1.0 - a) * behind[i];
                        (person[i] + a * rest).clamp(0.0, 255.0)
                    })
                    .collect();
                let expected = [colors(&unmixed, true, radii[1]), colors(&behind, false, radii[1])];
                for (found, expected) in
                    [&found.person[c], &found.behind[c]].into_iter().zip(expected)
                {
                    for (found, expected) in found.values.iter().zip(expected) {
                        assert!((f64::from(*found) - expected).abs() < 0.02, "{found} {expected}");
                    }
                }
            }
        }
    }
}
