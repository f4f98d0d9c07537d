//! Distances from every pixel to a set of pixels.

use super::plane::Plane;

/// Euclidean distance in pixels from every pixel to the nearest one that `is_target`.
///
/// Exact, by lower envelopes of parabolas (Felzenszwalb and Huttenlocher 2012). Without a target
/// every distance is huge but finite.
pub fn distance_to(width: usize, height: usize, is_target: impl Fn(usize) -> bool) -> Plane {
    const FAR: f32 = 1e12;
    let mut squared = Plane::new(width, height);
    for (i, value) in squared.values.iter_mut().enumerate() {
        *value = if is_target(i) { 0.0 } else { FAR };
    }
    let mut line = Vec::new();
    for x in 0..width {
        line.clear();
        line.extend((0..height).map(|y| squared.values[y * width + x]));
        for (y, value) in envelope(&line).into_iter().enumerate() {
            squared.values[y * width + x] = value;
        }
    }
    for row in squared.values.chunks_exact_mut(width) {
        let result = envelope(row);
        row.copy_from_slice(&result);
    }
    squared.map(f32::sqrt)
}

/// Lower envelope of the parabolas `f[q] + (x - q)^2`, sampled at whole x.
fn envelope(f: &[f32]) -> Vec<f32> {
    let n = f.len();
    let mut roots = vec![0usize; n];
    let mut bounds = vec![0.0f64; n + 1];
    let mut last = 0;
    bounds[0] = f64::NEG_INFINITY;
    bounds[1] = f64::INFINITY;
    let height = |q: usize| f64::from(f[q]) + (q * q) as f64;
    for q in 1..n {
        let mut cross;
        loop {
            let r = roots[last];
            cross = (height(q) - height(r)) / (2.0 * (q as f64 - r as f64));
            if cross > bounds[last] {
                break;
            }
            last -= 1;
        }
        last += 1;
        roots[last] = q;
        bounds[last] = cross;
        bounds[last + 1] = f64::INFINITY;
    }
    let mut at = 0;
    (0..n)
        .map(|x| {
            while bounds[at + 1] < x as f64 {
                at += 1;
            }
            let r = roots[at];
            ((x as f64 - r as f64).powi(2) + f64::from(f[r])) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_match_brute_force() {
        let targets = [5usize, 17 * 9 + 3, 17 * 12 + 16];
        let found = distance_to(17, 13, |i| targets.contains(&i));
        for (i, value) in found.values.iter().enumerate() {
            let (x, y) = ((i % 17) as f32, (i / 17) as f32);
            let expected = targets
                .iter()
                .map(|t| ((t % 17) as f32 - x).hypot((t / 17) as f32 - y))
                .fold(f32::MAX, f32::min);
            assert!((value - expected).abs() < 1e-3, "{i}: {value} {expected}");
        }
    }
}
