//! Displacement fields on a coarse grid, mixed by weight and inverted.

/// A displacement in pixels.
pub type Shift = [f32; 2];

/// Steps of the fixed-point inversion. Each shrinks the error by the field's steepest slope, which
/// the fold guard keeps below 0.65; most nodes stop early.
const INVERSION_STEPS: usize = 14;
/// Change in pixels at which a node's inversion stops.
const INVERSION_TOLERANCE: f32 = 0.01;

/// A basis of forward displacement fields on one grid of nodes.
///
/// Field `k` moves the material at `p` to `p + weight[k] * basis[k](p)`. Node (i, j) lies at pixel
/// `origin + (i, j) * spacing`; between nodes the fields are bilinear, outside the grid they are 0.
#[derive(Debug, Clone)]
pub struct Warp {
    /// Pixel of node (0, 0).
    pub origin: [i32; 2],
    /// Pixels between nodes, at least 1.
    pub spacing: u32,
    /// Nodes a row.
    pub cols: usize,
    /// Rows of nodes.
    pub rows: usize,
    /// One field each of `cols * rows` displacements in pixels per unit of weight.
    pub basis: Vec<Vec<Shift>>,
}

impl Warp {
    /// Sum of the fields by `weights`: forward displacements.
    pub fn forward(&self, weights: &[f32]) -> WarpMap {
        debug_assert!(self.basis.len() <= weights.len());
        let mut shifts = vec![[0.0; 2]; self.cols * self.rows];
        for (field, &weight) in self.basis.iter().zip(weights) {
            if weight != 0.0 {
                for (sum, shift) in shifts.iter_mut().zip(field) {
                    sum[0] += weight * shift[0];
                    sum[1] += weight * shift[1];
                }
            }
        }
        WarpMap {
            origin: self.origin.map(|v| v as f32),
            inverse_spacing: 1.0 / self.spacing as f32,
            last: [self.cols as f32 - 1.0, self.rows as f32 - 1.0],
            cols: self.cols,
            shifts,
        }
    }

    /// The same fields on the nodes that any of them moves, and one around each.
    pub(super) fn trimmed(&self) -> Self {
        let moves = |node: usize| self.basis.iter().any(|field| field[node] != [0.0; 2]);
        let bounds = Bounds::of(self.cols, self.rows, moves);
        let (cols, rows) = (bounds.cols(), bounds.rows());
        let [left, top] = bounds.from;
        let node = |i: usize| (top + i / cols) * self.cols + left + i % cols;
        let cut = |field: &Vec<Shift>| (0..cols * rows).map(|i| field[node(i)]).collect();
        Self {
            origin: [
                self.origin[0] + left as i32 * self.spacing as i32,
                self.origin[1] + top as i32 * self.spacing as i32,
            ],
            spacing: self.spacing,
            cols,
            rows,
            basis: self.basis.iter().map(cut).collect(),
        }
    }

    /// The same fields with every `every`-th node only, and the last ones.
    pub(super) fn thinned(&self, every: usize) -> Self {
        let count = |nodes: usize| (nodes - 1).div_ceil(every) + 1;
        let (cols, rows) = (count(self.cols), count(self.rows));
        let node = |i: usize| {
            let (col, row) = (i % cols * every, i / cols * every);
            row.min(self.rows - 1) * self.cols + col.min(self.cols - 1)
        };
        let thin = |field: &Vec<Shift>| (0..cols * rows).map(|i| field[node(i)]).collect();
        Self {
            origin: self.origin,
            spacing: self.spacing * every as u32,
            cols,
            rows,
            basis: self.basis.iter().map(thin).collect(),
        }
    }

    /// Every field at the node nearest to a pixel; nothing outside the grid.
    pub(super) fn basis_at(&self, x: f32, y: f32) -> impl Iterator<Item = Shift> {
        let node = |at: f32, origin: i32| ((at - origin as f32) / self.spacing as f32).round();
        let (col, row) = (node(x, self.origin[0]), node(y, self.origin[1]));
        let inside =
            (0.0..self.cols as f32).contains(&col) && (0.0..self.rows as f32).contains(&row);
        let at = inside.then(|| row as usize * self.cols + col as usize);
        self.basis.iter().filter_map(move |field| at.map(|at| field[at]))
    }

    /// Backward displacements of the mixed fields: the material seen at `p` comes from `p + shift`.
    ///
    /// Solves `m = p - D(m)` by fixed-point iteration.
    pub fn backward(&self, weights: &[f32]) -> WarpMap {
        let forward = self.forward(weights);
        let mut backward = forward.clone();
        for row in 0..self.rows {
            let y = (self.origin[1] + row as i32 * self.spacing as i32) as f32;
            // The node before is a good first guess: fields are smooth.
            let mut shift = [0.0; 2];
            for col in 0..self.cols {
                let node = row * self.cols + col;
                if forward.shifts[node] == [0.0; 2] {
                    shift = [0.0; 2];
                    continue;
                }
                let x = (self.origin[0] + col as i32 * self.spacing as i32) as f32;
                for _ in 0..INVERSION_STEPS {
                    let [fx, fy] = forward.at(x + shift[0], y + shift[1]);
                    let change = (fx + shift[0]).abs().max((fy + shift[1]).abs());
                    shift = [-fx, -fy];
                    if change < INVERSION_TOLERANCE {
                        break;
                    }
                }
                backward.shifts[node] = shift;
            }
        }
        backward
    }
}

/// The nodes of a grid that move, and one around each: columns and rows, both ends included.
struct Bounds {
    from: [usize; 2],
    to: [usize; 2],
}

impl Bounds {
    fn of(cols: usize, rows: usize, moves: impl Fn(usize) -> bool) -> Self {
        let (mut from, mut to) = ([cols, rows], [0, 0]);
        for node in (0..cols * rows).filter(|node| moves(*node)) {
            for (axis, at) in [node % cols, node / cols].into_iter().enumerate() {
                from[axis] = from[axis].min(at);
                to[axis] = to[axis].max(at);
            }
        }
        let last = [cols - 1, rows - 1];
        // At least two nodes along each axis, as every grid has.
        let from = [0, 1].map(|axis| from[axis].saturating_sub(1).min(last[axis] - 1));
        let to = [0, 1].map(|axis| (to[axis] + 1).clamp(from[axis] + 1, last[axis]));
        Self { from, to }
    }

    fn cols(&self) -> usize {
        self.to[0] - self.from[0] + 1
    }

    fn rows(&self) -> usize {
        self.to[1] - self.from[1] + 1
    }
}

/// One displacement field on the grid of a [`Warp`].
#[derive(Debug, Clone)]
pub struct WarpMap {
    origin: [f32; 2],
    inverse_spacing: f32,
    last: [f32; 2],
    cols: usize,
    shifts: Vec<Shift>,
}

impl WarpMap {
    /// Displacement at a pixel, bilinear between nodes, 0 outside the grid.
    #[inline]
    pub fn at(&self, x: f32, y: f32) -> Shift {
        let gx = (x - self.origin[0]) * self.inverse_spacing;
        let gy = (y - self.origin[1]) * self.inverse_spacing;
        let inside = gx >= 0.0 && gy >= 0.0 && gx < self.last[0] && gy < self.last[1];
        if !inside {
            return [0.0; 2];
        }
        let (col, row) = (gx as i32 as usize, gy as i32 as usize);
        let (fx, fy) = (gx - col as f32, gy - row as f32);
        let top = &self.shifts[row * self.cols + col..][..2];
        let bottom = &self.shifts[(row + 1) * self.cols + col..][..2];
        lerp(lerp(top[0], top[1], fx), lerp(bottom[0], bottom[1], fx), fy)
    }

    /// The rectangle outside of which nothing moves: left, top, right and bottom.
    pub(super) fn reach(&self) -> [f32; 4] {
        let rows = self.shifts.len() / self.cols;
        let Bounds { from, to } = Bounds::of(self.cols, rows, |node| self.shifts[node] != [0.0; 2]);
        let place =
            |axis: usize, node: usize| self.origin[axis] + node as f32 / self.inverse_spacing;
        [place(0, from[0]), place(1, from[1]), place(0, to[0]), place(1, to[1])]
    }

    /// Fills `row` with the displacements at the points (x + i * step, y).
    pub fn fill_row(&self, x: f32, step: f32, y: f32, row: &mut [Shift]) {
        let gy = (y - self.origin[1]) * self.inverse_spacing;
        if !(gy >= 0.0 && gy < self.last[1]) {
            row.fill([0.0; 2]);
            return;
        }
        let line = gy as i32 as usize;
        let fy = gy - line as f32;
        let top = &self.shifts[line * self.cols..][..self.cols];
        let bottom = &self.shifts[(line + 1) * self.cols..][..self.cols];
        let node = |col: usize| lerp(top[col], bottom[col], fy);
        let start = (x - self.origin[0]) * self.inverse_spacing;
        let step = step * self.inverse_spacing;
        // Walks from node to node so that a pixel costs two multiplications.
        let mut at = 0;
        while at < row.len() {
            let place = start + at as f32 * step;
            let col = place.floor();
            let end = ((col + 1.0 - start) / step).ceil();
            let end = (end as usize).clamp(at + 1, row.len());
            if col < 0.0 || col >= self.last[0] {
                row[at..end].fill([0.0; 2]);
            } else {
                let (left, right) = (node(col as usize), node(col as usize + 1));
                if left == [0.0; 2] && right == [0.0; 2] {
                    row[at..end].fill([0.0; 2]);
                } else {
                    for (i, shift) in (at..end).zip(&mut row[at..end]) {
                        *shift = lerp(left, right, start + i as f32 * step - col);
                    }
                }
            }
            at = end;
        }
    }
}

#[inline]
fn lerp(a: Shift, b: Shift, share: f32) -> Shift {
    [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bump() -> Warp {
        let (cols, rows) = (40, 30);
        let field = (0..cols * rows)
            .map(|node| {
                let (x, y) = ((node % cols) as f32 - 20.0, (node / cols) as f32 - 15.0);
                let fall = (-(x * x + y * y) / 60.0).exp();
                if fall < 0.01 { [0.0; 2] } else { [9.0 * fall, -6.0 * fall] }
            })
            .collect();
        Warp { origin: [-3, 2], spacing: 3, cols, rows, basis: vec![field] }
    }

    #[test]
    fn backward_undoes_forward() {
        let warp = bump();
        let (forward, backward) = (warp.forward(&[1.0]), warp.backward(&[1.0]));
        for row in 0..warp.rows {
            for col in 0..warp.cols {
                let p = [-3.0 + 3.0 * col as f32, 2.0 + 3.0 * row as f32];
                let b = backward.at(p[0], p[1]);
                let m = [p[0] + b[0], p[1] + b[1]];
                let f = forward.at(m[0], m[1]);
                let error = (m[0] + f[0] - p[0]).hypot(m[1] + f[1] - p[1]);
                assert!(error < 0.05, "node {col},{row} is off by {error} px");
            }
        }
    }

    #[test]
    fn trimmed_fields_are_the_same() {
        let mut warp = bump();
        let trimmed = warp.trimmed();
        assert!(trimmed.cols < warp.cols);
        let (whole, part) = (warp.backward(&[1.0]), trimmed.backward(&[1.0]));
        for i in 0..4000 {
            let (x, y) = (-10.0 + 1.9 * (i % 80) as f32, -7.0 + 2.3 * (i / 80) as f32);
            let (a, b) = (whole.at(x, y), part.at(x, y));
            assert!((a[0] - b[0]).abs() + (a[1] - b[1]).abs() < 1e-4, "{x},{y}");
        }
        warp.basis[0].fill([0.0; 2]);
        assert_eq!((warp.trimmed().cols, warp.trimmed().rows), (2, 2));
    }

    #[test]
    fn thinned_fields_keep_their_nodes() {
        let warp = bump();
        let thin = warp.thinned(4);
        assert_eq!((thin.cols, thin.rows, thin.spacing), (11, 9, 12));
        assert_eq!(thin.basis[0][3 * 11 + 2], warp.basis[0][12 * 40 + 8]);
        assert_eq!(thin.basis[0][8 * 11 + 10], warp.basis[0][29 * 40 + 39]);
    }

    #[test]
    fn rows_agree_with_single_points() {
        let map = bump().backward(&[0.7]);
        let mut row = vec![[0.0; 2]; 130];
        for (y, step) in [(0.0, 1.0), (7.0, 1.0), (40.3, 0.37), (51.0, 4.7), (95.0, 1.0)] {
            map.fill_row(1.2, step, y, &mut row);
            for (i, shift) in row.iter().enumerate() {
                let expected = map.at(1.2 + i as f32 * step, y);
                assert!((shift[0] - expected[0]).abs() < 1e-4);
                assert!((shift[1] - expected[1]).abs() < 1e-4);
            }
        }
    }
}
