//! Smooth maps by a part of their samples.

/// Samples of a side of `count`, of which every `every`-th is kept and one that reaches its end.
pub(super) fn thinned_side(count: usize, every: usize) -> usize {
    (count - 1).div_ceil(every) + 1
}

/// Every `every`-th of `cols` samples a row and of the rows; the last ones repeated past the end.
pub(super) fn thin(values: &[f32], cols: usize, every: usize) -> Vec<f32> {
    let rows = values.len() / cols;
    let (thin_cols, thin_rows) = (thinned_side(cols, every), thinned_side(rows, every));
    let at = |row: usize, col: usize| {
        values[(row * every).min(rows - 1) * cols + (col * every).min(cols - 1)]
    };
    (0..thin_rows * thin_cols).map(|i| at(i / thin_cols, i % thin_cols)).collect()
}

/// The map of `cols` times `rows` samples that [`thin`] took these from: cubic between them (Catmull and Rom 1974).
pub(super) fn thicken(coarse: &[f32], cols: usize, rows: usize, every: usize) -> Vec<f32> {
    if every == 1 {
        return coarse.to_vec();
    }
    let thin_cols = thinned_side(cols, every);
    let thin_rows = coarse.len() / thin_cols;
    let weights: Vec<[f32; 4]> = (0..every).map(|i| catmull_rom(i as f32 / every as f32)).collect();
    let taps = |at: usize, last: usize| -> [usize; 4] {
        std::array::from_fn(|i| (at / every + i).saturating_sub(1).min(last))
    };
    let mut across = vec![0.0; cols * thin_rows];
    for (line, out) in coarse.chunks_exact(thin_cols).zip(across.chunks_exact_mut(cols)) {
        for (x, value) in out.iter_mut().enumerate() {
            let taps = taps(x, thin_cols - 1).map(|i| line[i]);
            *value = taps.iter().zip(weights[x % every]).map(|(a, b)| a * b).sum();
        }
    }
    let mut whole = vec![0.0; cols * rows];
    for (y, out) in whole.chunks_exact_mut(cols).enumerate() {
        for (row, weight) in taps(y, thin_rows - 1).into_iter().zip(weights[y % every]) {
            for (value, above) in out.iter_mut().zip(&across[row * cols..][..cols]) {
                *value += weight * above;
            }
        }
    }
    whole
}

fn catmull_rom(t: f32) -> [f32; 4] {
    [
        ((2.0 - t) * t - 1.0) * t / 2.0,
        ((3.0 * t - 5.0) * t * t + 2.0) / 2.0,
        ((4.0 - 3.0 * t) * t + 1.0) * t / 2.0,
        (t - 1.0) * t * t / 2.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_maps_come_back() {
        let (cols, rows) = (43, 29);
        let value = |i: usize| {
            let (x, y) = ((i % cols) as f32, (i / cols) as f32);
            40.0 * (-((x - 20.0).powi(2) + (y - 14.0).powi(2)) / 120.0).exp() + 0.3 * x
        };
        let map: Vec<f32> = (0..cols * rows).map(value).collect();
        for every in 1..=4 {
            let back = thicken(&thin(&map, cols, every), cols, rows, every);
            let worst = map.iter().zip(&back).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < [0.0, 0.001, 0.2, 0.9, 2.2][every], "{every}: {worst}");
        }
    }

    #[test]
    fn samples_that_were_kept_are_exact() {
        let map: Vec<f32> = (0..20 * 9).map(|i| (i * 37 % 101) as f32).collect();
        let back = thicken(&thin(&map, 20, 4), 20, 9, 4);
        assert_eq!(back[4 * 20 + 8], map[4 * 20 + 8]);
        assert_eq!(back[8 * 20 + 16], map[8 * 20 + 16]);
    }
}
