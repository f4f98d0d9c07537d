//! Which frames should be decoded, the most urgent first.

use gaze_core::Grid;

use crate::blend::Layers;
use crate::cache::Cache;
use crate::gaze::Gaze;
use crate::place::{CellIndex, nearest_cell, nearest_of, place_of_cell};

/// How far ahead the way of the gaze is looked at, in ms: decoding a frame takes 4 to 6.
const AHEAD_MS: [f64; 4] = [30.0, 60.0, 100.0, 160.0];
/// Frames of the coarse net: the centre, the ends and what halves the gaps, about 5 x 5.
const NET_CELLS: usize = 25;
/// With less room the net would drive out what is looked at.
const NET_CAPACITY: usize = 50;

/// The frames to have decoded, at most as many as the cache may hold: those around the gaze, the one it ends
/// on, those along its way, then a coarse net over the whole grid, so that a sudden look elsewhere finds
/// something. Cells whose bytes are not there yet are replaced by the nearest ones whose are.
pub fn wished_cells(gaze: &Gaze, grid: Grid, order: &[CellIndex], cache: &Cache) -> Vec<CellIndex> {
    let mut wished = Wished { cells: Vec::new(), grid, cache };
    if gaze.is_aimed() {
        wished.add_all(Layers::wanted(gaze, grid));
        wished.add(nearest_cell(gaze.goal(), grid));
        if !gaze.is_settled() {
            for ms in AHEAD_MS {
                wished.add_all(Layers::around(gaze.predicted(ms), grid));
            }
        }
    }
    if cache.capacity() >= NET_CAPACITY {
        for &cell in order.iter().take(NET_CELLS) {
            if cache.is_usable(cell) {
                wished.add(cell);
            }
        }
    }
    wished.cells
}

struct Wished<'a> {
    cells: Vec<CellIndex>,
    grid: Grid,
    cache: &'a Cache,
}

impl Wished<'_> {
    fn add_all(&mut self, layers: Layers) {
        for cell in layers.cells() {
            self.add(cell);
        }
    }

    fn add(&mut self, cell: CellIndex) {
        if self.cells.len() >= self.cache.capacity() {
            return;
        }
        let usable = if self.cache.is_usable(cell) { Some(cell) } else { self.stand_in(cell) };
        if let Some(cell) = usable.filter(|cell| !self.cells.contains(cell)) {
            self.cells.push(cell);
        }
    }

    fn stand_in(&self, cell: CellIndex) -> Option<CellIndex> {
        nearest_of(self.cache.usable_cells(), place_of_cell(cell, self.grid), self.grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Point, gaze_of};

    fn order() -> Vec<CellIndex> {
        let cells = gaze_core::pack::coarse_to_fine(Grid::DEFAULT);
        cells.iter().map(|cell| (cell.row * 30 + cell.col) as u16).collect()
    }

    fn scene(capacity: usize, arrived: usize) -> (Gaze, Cache) {
        let mut gaze = Gaze::default();
        gaze.set_grid(Some(Grid::DEFAULT));
        let mut cache = Cache::new(capacity);
        cache.reset(900);
        order().iter().take(arrived).for_each(|&cell| cache.arrived(cell));
        (gaze, cache)
    }

    #[test]
    fn before_anybody_looks_only_the_net_is_wished() {
        let (gaze, cache) = scene(64, 900);
        assert_eq!(wished_cells(&gaze, Grid::DEFAULT, &order(), &cache), order()[..25]);
        let (gaze, cache) = scene(49, 900);
        assert!(wished_cells(&gaze, Grid::DEFAULT, &order(), &cache).is_empty());
    }

    #[test]
    fn the_neighbours_come_first_then_the_end_then_the_way() {
        let (mut gaze, cache) = scene(40, 900);
        gaze.aim(Point { x: 1.0, y: 0.2 }, 0.0);
        gaze.advance(60.0);
        let wished = wished_cells(&gaze, Grid::DEFAULT, &order(), &cache);
        let near: Vec<_> = Layers::around(gaze.at(), Grid::DEFAULT).cells().collect();
        assert_eq!(wished[..near.len()], near);
        assert_eq!(wished[near.len()], nearest_cell(gaze.goal(), Grid::DEFAULT));
        assert!(wished.len() > near.len() + 4);
    }

    #[test]
    fn at_rest_only_its_own_cell_is_wished() {
        let (mut gaze, cache) = scene(40, 900);
        gaze.aim(gaze_of(77, Grid::DEFAULT), 0.0);
        gaze.cut(0.0);
        assert_eq!(wished_cells(&gaze, Grid::DEFAULT, &order(), &cache), [77]);
    }

    #[test]
    fn what_has_not_arrived_is_replaced_by_its_nearest() {
        let (mut gaze, cache) = scene(40, 9);
        gaze.aim(Point { x: 0.93, y: -0.9 }, 0.0);
        gaze.cut(0.0);
        assert_eq!(wished_cells(&gaze, Grid::DEFAULT, &order(), &cache), [29]);
        let (_, nothing) = scene(40, 0);
        assert!(wished_cells(&gaze, Grid::DEFAULT, &order(), &nothing).is_empty());
    }
}
