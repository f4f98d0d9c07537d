//! Which frames make the picture, with which weights.

use gaze_rig::Grid;

use crate::cache::Cache;
use crate::gaze::Gaze;
use crate::grid_coordinates::{CellIndex, Point, grid_position, nearest_among, nearest_cell};

/// A smaller weight is invisible, but its frame would have to be decoded.
const LEAST_WEIGHT: f64 = 1.0 / 64.0;
/// The smallest visible change of a weight: one step of an 8-bit channel.
const VISIBLE_CHANGE: f64 = 1.0 / 256.0;

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

    /// The frames around a gaze, bilinearly weighted.
    pub fn around(gaze: Point, grid: Grid) -> Self {
        let position = grid_position(gaze, grid);
        let (col, row) = (position.x.floor(), position.y.floor());
        let (right, down) = (position.x - col, position.y - row);
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

    /// The best picture of a gaze that can be made of the decoded frames: blended while it moves, a single
    /// one at rest.
    pub fn of_gaze(gaze: &Gaze, grid: Grid, cache: &Cache) -> Self {
        let wanted = Self::wanted(gaze, grid);
        if wanted.cells().all(|cell| cache.is_decoded(cell)) {
            return wanted;
        }
        let nearest = nearest_among(cache.decoded_cells(), grid_position(gaze.at(), grid), grid);
        nearest.map(Self::of_cell).unwrap_or_default()
    }

    /// The picture of a gaze if every frame were decoded.
    pub fn wanted(gaze: &Gaze, grid: Grid) -> Self {
        if gaze.is_settled() {
            return Self::of_cell(nearest_cell(gaze.at(), grid));
        }
        Self::around(gaze.at(), grid)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid_coordinates::cell_gaze;
    use proptest::prelude::*;

    #[test]
    fn faint_frames_are_left_out() {
        let grid = Grid::DEFAULT;
        let mut gaze = cell_gaze(31, grid);
        assert_eq!(Layers::around(gaze, grid), Layers::of_cell(31));
        gaze.x += 0.01 * 2.0 / 29.0;
        assert_eq!(Layers::around(gaze, grid), Layers::of_cell(31));
        gaze.x += 0.24 * 2.0 / 29.0;
        let layers: Vec<Layer> = Layers::around(gaze, grid).iter().collect();
        assert_eq!(layers.iter().map(|layer| layer.cell).collect::<Vec<_>>(), [31, 32]);
        assert!((layers[0].weight - 0.75).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn weights_sum_to_one_in_falling_order(half in 1u32..=30, x in -1.2..1.2, y in -1.2..1.2) {
            let grid = Grid::from_side(half * 2).unwrap();
            let layers: Vec<Layer> = Layers::around(Point { x, y }, grid).iter().collect();
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
