//! Distances from every pixel to a set of pixels.

use super::plane::Plane;

/// What stands for a distance that was not measured: farther than any picture is wide.
const FAR: f32 = 1e6;

/// Euclidean distance in pixels from every pixel to the nearest one that `is_target`.
///
/// Exact, by lower envelopes of parabolas (Felzenszwalb and Huttenlocher 2012). Without a target
/// every distance is huge but finite.
pub fn distance_to(width: usize, height: usize, is_target: impl Fn(usize) -> bool) -> Plane {
    distance_within(width, height, FAR, is_target)
}

/// [`distance_to`] where it is at most `limit`, and a huge but finite number everywhere else: much cheaper where few
/// pixels are near the edge of the set.
pub fn distance_within(
    width: usize,
    height: usize,
    limit: f32,
    is_target: impl Fn(usize) -> bool,
) -> Plane {
    let mut plane = steps_along_columns(width, height, is_target);
    let mut envelope = Envelope::default();
    let mut line = vec![0.0; width];
    for row in plane.values.chunks_exact_mut(width.max(1)) {
        envelope.build(row, limit);
        line.fill(FAR);
        envelope.sample(&mut line, limit);
        for (steps, distance) in row.iter_mut().zip(&line) {
            *steps = if *steps == 0.0 { 0.0 } else { *distance };
        }
    }
    plane
}

/// How many rows away the nearest target in the same column is.
fn steps_along_columns(width: usize, height: usize, is_target: impl Fn(usize) -> bool) -> Plane {
    let mut plane = Plane::new(width, height);
    for (i, value) in plane.values.iter_mut().enumerate() {
        *value = if is_target(i) { 0.0 } else { FAR };
    }
    let mut nearer = |from: usize, to: usize| {
        let (low, high) = plane.values.split_at_mut(from.max(to) * width);
        let (near, far) = if from < to {
            (&low[from * width..], high)
        } else {
            (&high[..width], &mut low[to * width..])
        };
        for (far, near) in far.iter_mut().zip(near) {
            let step = near + 1.0;
            *far = if step < *far { step } else { *far };
        }
    };
    (1..height).for_each(|y| nearer(y - 1, y));
    (1..height).rev().for_each(|y| nearer(y, y - 1));
    plane
}

/// Lower envelope of the parabolas `height^2 + (x - root)^2`.
#[derive(Default)]
struct Envelope {
    pieces: Vec<Piece>,
}

/// The parabola that is lowest from `from` to the next piece.
struct Piece {
    root: f64,
    height: f64,
    from: f64,
}

impl Envelope {
    /// A parabola at each place of `heights` that can be nearest to any place within `limit`.
    fn build(&mut self, heights: &[f32], limit: f32) {
        self.pieces.clear();
        let limit = limit.min(0.5 * FAR);
        let mut before = FAR;
        for (x, &height) in heights.iter().enumerate() {
            let behind = heights.get(x + 1).copied().unwrap_or(FAR);
            // Targets between targets are nearest only to themselves.
            if height <= limit && before.max(height).max(behind) > 0.0 {
                self.add(x as f64, f64::from(height));
            }
            before = height;
        }
    }

    fn add(&mut self, root: f64, height: f64) {
        let mut from = f64::NEG_INFINITY;
        while let Some(last) = self.pieces.last() {
            let rise = height * height - last.height * last.height;
            from = 0.5 * (rise / (root - last.root) + root + last.root);
            if from > last.from {
                break;
            }
            self.pieces.pop();
            from = f64::NEG_INFINITY;
        }
        self.pieces.push(Piece { root, height, from });
    }

    /// Puts the envelope's root into `line`, where it is at most `limit`.
    fn sample(&self, line: &mut [f32], limit: f32) {
        let limit = f64::from(limit);
        let end = line.len() as f64;
        for (i, piece) in self.pieces.iter().enumerate() {
            let until = self.pieces.get(i + 1).map_or(end, |next| next.from);
            let reach = (limit * limit - piece.height * piece.height).max(0.0).sqrt().floor();
            let from = piece.from.max(piece.root - reach).max(0.0).ceil();
            let until = until.min(piece.root + reach + 1.0).min(end).ceil();
            if from >= until {
                continue;
            }
            let squared = (piece.height * piece.height) as f32;
            let first = (from - piece.root) as f32;
            for (i, distance) in line[from as usize..until as usize].iter_mut().enumerate() {
                let x = first + i as f32;
                *distance = (x * x + squared).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brute_force(width: usize, height: usize, targets: &[usize]) -> Vec<f32> {
        let place = |i: usize| ((i % width) as f32, (i / width) as f32);
        let distance = |a: usize, b: usize| {
            let ((ax, ay), (bx, by)) = (place(a), place(b));
            ((ax - bx).powi(2) + (ay - by).powi(2)).sqrt()
        };
        (0..width * height)
            .map(|i| targets.iter().map(|&t| distance(i, t)).fold(FAR, f32::min))
            .collect()
    }

    /// Sets of points, blobs and stripes that begin and end anywhere.
    fn sets(width: usize, height: usize) -> Vec<Vec<usize>> {
        let all = 0..width * height;
        let chosen = |keep: &dyn Fn(usize, usize) -> bool| {
            all.clone().filter(|i| keep(i % width, i / width)).collect::<Vec<_>>()
        };
        vec![
            vec![],
            vec![0],
            vec![5, 17 * 9 + 3, 17 * 12 + 16],
            chosen(&|x, y| x.abs_diff(8).pow(2) + y.abs_diff(6).pow(2) < 20),
            chosen(&|x, y| x.abs_diff(8).pow(2) + y.abs_diff(6).pow(2) >= 20),
            chosen(&|x, _| x > 11),
            chosen(&|_, y| y < 3),
            chosen(&|x, y| (x * 7 + y * 13) % 23 == 0),
            all.clone().collect(),
        ]
    }

    #[test]
    fn distances_match_brute_force() {
        for targets in sets(17, 13) {
            let found = distance_to(17, 13, |i| targets.contains(&i));
            for (i, expected) in brute_force(17, 13, &targets).into_iter().enumerate() {
                let value = found.values[i];
                assert!((value - expected).abs() < 1e-3, "{i} of {targets:?}: {value} {expected}");
            }
        }
    }

    #[test]
    fn within_a_limit_distances_are_exact_and_beyond_it_huge() {
        for targets in sets(17, 13) {
            for limit in [0.0, 1.0, 2.5, 6.0, 40.0] {
                let found = distance_within(17, 13, limit, |i| targets.contains(&i));
                for (i, expected) in brute_force(17, 13, &targets).into_iter().enumerate() {
                    let expected = if expected <= limit { expected } else { FAR };
                    let value = found.values[i];
                    assert!((value - expected).abs() < 1e-3, "{i}, {limit}: {value} {expected}");
                }
            }
        }
    }
}
