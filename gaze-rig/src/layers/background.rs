//! The picture behind the person.

use super::plane::Plane;
use crate::interpolation::mix;

/// Fills what is not known from around it, smoothly, by a pyramid of weighted means (push and pull,
/// Gortler et al. 1996). `known` from 0 to 1; a pixel known in part is mixed in part.
pub fn fill_unknown(rgb: &[Plane; 3], known: &Plane) -> [Plane; 3] {
    if !known.values.iter().any(|&k| k > 0.0) {
        return rgb.clone();
    }
    let mut colors = vec![rgb.clone()];
    let mut weights = vec![known.clone()];
    while weights.last().is_some_and(|w| w.width > 1 || w.height > 1) {
        let (fine, weight) = (&colors[colors.len() - 1], &weights[weights.len() - 1]);
        let (coarse, coarse_weight) = push(fine, weight);
        colors.push(coarse);
        weights.push(coarse_weight);
    }
    let mut filled = colors.pop().expect("the finest level is always there");
    weights.pop();
    while let (Some(fine), Some(weight)) = (colors.pop(), weights.pop()) {
        filled = std::array::from_fn(|c| pull(&fine[c], &weight, &filled[c]));
    }
    filled
}

/// Half-size weighted means.
fn push(fine: &[Plane; 3], weight: &Plane) -> ([Plane; 3], Plane) {
    let (width, height) = (weight.width.div_ceil(2), weight.height.div_ceil(2));
    let mut colors: [Plane; 3] = std::array::from_fn(|_| Plane::new(width, height));
    let mut weights = Plane::new(width, height);
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut total) = ([0.0; 3], 0.0);
            for fy in 2 * y..(2 * y + 2).min(weight.height) {
                for fx in 2 * x..(2 * x + 2).min(weight.width) {
                    let i = fy * weight.width + fx;
                    let w = weight.values[i];
                    total += w;
                    (0..3).for_each(|c| sum[c] += w * fine[c].values[i]);
                }
            }
            let i = y * width + x;
            weights.values[i] = total.min(1.0);
            (0..3).for_each(|c| colors[c].values[i] = sum[c] / total.max(1e-6));
        }
    }
    (colors, weights)
}

/// A level with its unknown part taken from the level above.
fn pull(fine: &Plane, weight: &Plane, coarse: &Plane) -> Plane {
    Plane::from_fn(fine.width, fine.height, |x, y| {
        let i = y * fine.width + x;
        let share = weight.values[i];
        if share >= 1.0 {
            return fine.values[i];
        }
        let above = coarse.at((x as f32 - 0.5) / 2.0, (y as f32 - 0.5) / 2.0);
        mix(above, fine.values[i], share)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_continued_across_a_hole() {
        let ramp = Plane::from_fn(64, 48, |x, _| 4.0 * x as f32);
        let known = Plane::from_fn(64, 48, |x, y| {
            if (24..36).contains(&x) && (16..28).contains(&y) { 0.0 } else { 1.0 }
        });
        let broken = ramp.zip(&known, |v, k| if k > 0.0 { v } else { 999.0 });
        let filled = fill_unknown(&[broken.clone(), broken.clone(), broken], &known);
        for (i, (value, expected)) in filled[0].values.iter().zip(&ramp.values).enumerate() {
            let tolerance = if known.values[i] > 0.0 { 1e-4 } else { 18.0 };
            assert!((value - expected).abs() <= tolerance, "{i}: {value} for {expected}");
        }
    }
}
