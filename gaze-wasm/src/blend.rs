//! Which frames make the picture, with which weights.

use gaze_rig::Grid;

use crate::cache::Cache;
use crate::gaze::Gaze;
use crate::grid_coordinates::{
    CellIndex, Point, cell_width, grid_position, nearest_among, nearest_cell,
};

/// A smaller weight is invisible, but its frame would have to be decoded.
const LEAST_WEIGHT: f64 = 1.0 / 64.0;
/// The smallest visible change of a weight: one step of an 8-bit channel.
const VISIBLE_CHANGE: f64 = 1.0 / 256.0;
/// How far a whole sweep moves what moves most, as a share of the moving rectangle's longer side: 0.09 to 0.13 in seven
/// portraits (`benches/results/motion.md`).
pub const SWEEP_TRAVEL: f64 = 0.12;
/// Frames that are this far apart on screen, in px, look like one when they are blended,
const SINGLE_PX: f64 = 0.5;
/// and from here on like two.
const DOUBLE_PX: f64 = 1.5;
/// Cells a second from which frames are shown as they are: one for each picture of a 60 Hz screen.
const FAST_CELLS: f64 = 60.0;
/// A shorter way with two frames is not worth decoding the second one.
const LEAST_OVERLAP: f64 = 1.0 / 64.0;

/// One frame of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    /// Which frame.
    pub cell: CellIndex,
    /// Its share of the picture, above 0.
    pub weight: f64,
}

/// What is drawn: up to four frames, the heaviest first, with weights that sum to 1. None: the still image.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Layers {
    layers: [Option<Layer>; 4],
}

impl Layers {
    /// A single frame.
    pub fn of_cell(cell: CellIndex) -> Self {
        Self { layers: [Some(Layer { cell, weight: 1.0 }), None, None, None] }
    }

    /// The frames around a gaze. `overlap` is the share of the way from one frame to the next on which both are seen,
    /// 0 to 1: with 1 weights are bilinear, with 0 there is only the nearest.
    pub fn around(gaze: Point, grid: Grid, overlap: f64) -> Self {
        let position = grid_position(gaze, grid);
        let (col, row) = (position.x.floor(), position.y.floor());
        let (right, down) = (share(position.x - col, overlap), share(position.y - row, overlap));
        let first = row as u32 * grid.side() + col as u32;
        let corners = [
            (first, (1.0 - right) * (1.0 - down)),
            (first + 1, right * (1.0 - down)),
            (first + grid.side(), (1.0 - right) * down),
            (first + grid.side() + 1, right * down),
        ];
        let kept = |weight: f64| if weight >= LEAST_WEIGHT { weight } else { 0.0 };
        // The heaviest corner has a quarter at least.
        let sum: f64 = corners.iter().map(|&(_, weight)| kept(weight)).sum();
        let mut layers = corners.map(|(cell, weight)| {
            let weight = kept(weight) / sum;
            (weight > 0.0).then_some(Layer { cell: cell as CellIndex, weight })
        });
        let weight = |layer: &Option<Layer>| layer.map_or(0.0, |layer| layer.weight);
        // Four items: sorted by hand, in less code than the library's sort.
        for (a, b) in [(0, 1), (2, 3), (0, 2), (1, 3), (1, 2)] {
            if weight(&layers[b]) > weight(&layers[a]) {
                layers.swap(a, b);
            }
        }
        Self { layers }
    }

    /// The best picture of a gaze that can be made of the decoded frames. `travel_px` as in [`wanted`](Self::wanted).
    pub fn of_gaze(gaze: &Gaze, grid: Grid, travel_px: f64, cache: &Cache) -> Self {
        let wanted = Self::wanted(gaze, grid, travel_px);
        if wanted.cells().all(|cell| cache.is_decoded(cell)) {
            return wanted;
        }
        let nearest = nearest_among(cache.decoded_cells(), grid_position(gaze.at(), grid), grid);
        nearest.map(Self::of_cell).unwrap_or_default()
    }

    /// The picture of a gaze if every frame were decoded: a single one at rest, and wherever two would show as two;
    /// `travel_px` is how far the whole sweep moves the face on screen.
    pub fn wanted(gaze: &Gaze, grid: Grid, travel_px: f64) -> Self {
        if gaze.is_settled() {
            return Self::of_cell(nearest_cell(gaze.at(), grid));
        }
        Self::around(gaze.at(), grid, overlap(gaze, grid, travel_px))
    }

    /// The frames, the heaviest first.
    pub fn iter(&self) -> impl Iterator<Item = Layer> + '_ {
        self.layers.iter().flatten().copied()
    }

    /// Their cells.
    pub fn cells(&self) -> impl Iterator<Item = CellIndex> + '_ {
        self.iter().map(|layer| layer.cell)
    }

    /// Whether the two pictures look different.
    pub fn differs(&self, other: &Self) -> bool {
        self.layers.iter().zip(&other.layers).any(|pair| match pair {
            (Some(a), Some(b)) => a.cell != b.cell || (a.weight - b.weight).abs() > VISIBLE_CHANGE,
            (a, b) => a.is_some() != b.is_some(),
        })
    }
}

/// Share of the way from one frame to the next on which both are seen. It depends on the gaze alone, not on when it is
/// drawn, so that every screen shows the same.
fn overlap(gaze: &Gaze, grid: Grid, travel_px: f64) -> f64 {
    let apart = travel_px / f64::from(grid.side() - 1);
    let near = ((DOUBLE_PX - apart) / (DOUBLE_PX - SINGLE_PX)).clamp(0.0, 1.0);
    let cells_a_second = gaze.speed() / cell_width(grid);
    // Squared: what is gained in steadiness falls with the distance, and what is lost in sharpness grows.
    near * near * (1.0 - cells_a_second / FAST_CELLS)
}

/// Share of the next frame at a place between two, 0 to 1.
fn share(place: f64, overlap: f64) -> f64 {
    if overlap < LEAST_OVERLAP {
        return if place > 0.5 { 1.0 } else { 0.0 };
    }
    ((place - 0.5) / overlap + 0.5).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid_coordinates::cell_gaze;
    use proptest::prelude::*;

    #[test]
    fn faint_frames_are_left_out() {
        let grid = Grid::DEFAULT;
        let mut gaze = cell_gaze(31, grid);
        assert_eq!(Layers::around(gaze, grid, 1.0), Layers::of_cell(31));
        gaze.x += 0.01 * 2.0 / 29.0;
        assert_eq!(Layers::around(gaze, grid, 1.0), Layers::of_cell(31));
        gaze.x += 0.24 * 2.0 / 29.0;
        let layers: Vec<Layer> = Layers::around(gaze, grid, 1.0).iter().collect();
        assert_eq!(layers.iter().map(|layer| layer.cell).collect::<Vec<_>>(), [31, 32]);
        assert!((layers[0].weight - 0.75).abs() < 1e-9);
    }

    /// A gaze that moves along a line at about this many cells a second.
    fn moving(cells_a_second: f64) -> Gaze {
        let grid = Grid::DEFAULT;
        let mut gaze = Gaze::default();
        gaze.set_grid(Some(grid));
        gaze.aim(Point { x: -1.0, y: -1.0 }, 0.0);
        gaze.cut(0.0);
        for ms in 1..300 {
            let way = f64::from(ms) / 1000.0 * cells_a_second * cell_width(grid);
            gaze.aim(Point { x: way - 1.0, y: way * 0.6 - 1.0 }, f64::from(ms));
        }
        gaze
    }

    #[test]
    fn the_farther_apart_or_the_faster_the_shorter_both_are_seen() {
        let slow = moving(5.0);
        let apart = |px: f64| overlap(&slow, Grid::DEFAULT, px * 29.0);
        assert!(apart(0.1) > 0.9 && apart(0.1) <= 1.0);
        assert!((0.2..0.3).contains(&apart(1.0)));
        assert!(apart(DOUBLE_PX) == 0.0 && apart(20.0) == 0.0);
        assert!(overlap(&moving(30.0), Grid::DEFAULT, 0.0) < 0.7);
        assert!(overlap(&moving(70.0), Grid::DEFAULT, 0.0) < 0.0);
    }

    #[test]
    fn halfway_between_frames_that_are_apart_there_is_one() {
        let grid = Grid::from_side(6).unwrap();
        assert_eq!(Layers::around(Point { x: 0.0, y: 0.0 }, grid, 0.0), Layers::of_cell(14));
    }

    proptest! {
        /// Whatever the screen's rate: at the same time there is the same picture.
        #[test]
        fn same_picture_at_any_rate(x in -1.0..1.0, y in -1.0..1.0, px in 0.0..40.0, ms in 1.0..600.0) {
            let grid = Grid::DEFAULT;
            let pictures = [30.0, 60.0, 144.0].map(|rate| {
                let mut gaze = Gaze::default();
                gaze.set_grid(Some(grid));
                gaze.aim(Point { x, y }, 0.0);
                for frame in 1..=(ms * rate / 1000.0) as u32 {
                    gaze.advance(f64::from(frame) * 1000.0 / rate);
                }
                gaze.advance(ms);
                Layers::wanted(&gaze, grid, px)
            });
            for other in &pictures[1..] {
                for (a, b) in pictures[0].iter().zip(other.iter()) {
                    prop_assert!((a.weight - b.weight).abs() < 1e-6, "{:?} {:?}", pictures[0], other);
                }
            }
        }

        /// Frames that would show as two are never shown together, and the one that is shown is the nearest.
        #[test]
        fn frames_far_apart_are_never_blended(
            half in 1u32..=30, px in 0.0..400.0, aims in prop::collection::vec((-1.0..1.0, -1.0..1.0, 1usize..20), 1..6),
        ) {
            let grid = Grid::from_side(half * 2).unwrap();
            let mut gaze = Gaze::default();
            gaze.set_grid(Some(grid));
            let mut now = 0.0;
            for (x, y, steps) in aims {
                gaze.aim(Point { x, y }, now);
                for _ in 0..steps {
                    now += 16.0;
                    gaze.advance(now);
                    gaze.settle();
                    let layers: Vec<Layer> = Layers::wanted(&gaze, grid, px).iter().collect();
                    let is_far = px / f64::from(grid.side() - 1) >= DOUBLE_PX;
                    let is_fast = gaze.speed() / cell_width(grid) >= FAST_CELLS;
                    if is_far || is_fast || gaze.is_settled() {
                        prop_assert_eq!(layers, [Layer { cell: nearest_cell(gaze.at(), grid), weight: 1.0 }]);
                    }
                }
            }
        }

        /// A step of the gaze that is too short to see changes no weight by much.
        #[test]
        fn weights_change_steadily(x in -1.0..1.0, y in -1.0..1.0, overlap in 0.1..1.0) {
            let grid = Grid::DEFAULT;
            let step = cell_width(grid) / 1000.0;
            let weights = |at: Point| {
                let mut weights = vec![0.0; 900];
                Layers::around(at, grid, overlap).iter().for_each(|layer| weights[usize::from(layer.cell)] = layer.weight);
                weights
            };
            let before = weights(Point { x, y });
            for (a, b) in before.iter().zip(weights(Point { x: x + step, y: y + step })) {
                prop_assert!((a - b).abs() < 2.5 * LEAST_WEIGHT + 0.002 / overlap, "{} to {}", a, b);
            }
        }

        #[test]
        fn weights_sum_to_one_in_falling_order(
            half in 1u32..=30, x in -1.2..1.2, y in -1.2..1.2, overlap in -1.0..=1.0,
        ) {
            let grid = Grid::from_side(half * 2).unwrap();
            let layers: Vec<Layer> = Layers::around(Point { x, y }, grid, overlap).iter().collect();
            prop_assert!((layers.iter().map(|layer| layer.weight).sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(layers.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
            prop_assert!(layers.iter().all(|layer| u32::from(layer.cell) < grid.cells()));
            prop_assert!(layers.iter().all(|layer| layer.weight >= LEAST_WEIGHT));
            prop_assert_eq!(layers[0].cell, {
                let nearest = nearest_cell(Point { x, y }, grid);
                let weight = |cell| layers.iter().find(|layer| layer.cell == cell).map(|layer| layer.weight);
                let best = weight(nearest).unwrap_or(0.0);
                if layers[0].weight - best < 1e-9 { layers[0].cell } else { nearest }
            });
        }
    }
}
