//! Which frames should be decoded, the most urgent first.

use gaze_rig::Grid;

use crate::blend::Layers;
use crate::cache::Cache;
use crate::gaze::Gaze;
use crate::grid_coordinates::{CellIndex, cell_position, nearest_among, nearest_cell};

/// Times ahead at which the position of the gaze is predicted, in ms: decoding a frame takes 4 to 6. Farther ahead a pointer
/// that goes on leads elsewhere, and what was decoded would push out what it comes by again.
const AHEAD_MS: [f64; 3] = [30.0, 60.0, 100.0];
/// Frames of the coarse subset: the centre, the corners and edges, and those halfway between, about 5 x 5.
const COARSE_CELLS: usize = 25;
/// With a smaller capacity the coarse subset would evict what is looked at.
const COARSE_CAPACITY: usize = 50;

/// The frames to have decoded, at most as many as the cache may hold: those around the gaze, the one it ends
/// on, once input has rested, those along its path, then a coarse subset of the whole grid, so that a sudden look elsewhere finds
/// something. Cells whose bytes are not there yet are replaced by the nearest ones whose are. `travel_px` as in
/// [`Layers::wanted`].
pub fn cells_to_decode(
    gaze: &Gaze,
    grid: Grid,
    travel_px: f64,
    order: &[CellIndex],
    cache: &Cache,
) -> Vec<CellIndex> {
    let mut queue = DecodeQueue { cells: Vec::new(), grid, cache };
    if gaze.is_aimed() {
        queue.add_all(Layers::wanted(gaze, grid, travel_px));
        if gaze.is_decided() {
            queue.add(nearest_cell(gaze.goal(), grid));
        }
        if !gaze.is_settled() {
            for ms in AHEAD_MS {
                queue.add_all(Layers::wanted(&gaze.later(ms), grid, travel_px));
            }
        }
    }
    if cache.capacity() >= COARSE_CAPACITY {
        for &cell in order.iter().take(COARSE_CELLS) {
            if cache.is_usable(cell) {
                queue.add(cell);
            }
        }
    }
    queue.cells
}

struct DecodeQueue<'a> {
    cells: Vec<CellIndex>,
    grid: Grid,
    cache: &'a Cache,
}

impl DecodeQueue<'_> {
    fn add_all(&mut self, layers: Layers) {
        for cell in layers.cells() {
            self.add(cell);
        }
    }

    fn add(&mut self, cell: CellIndex) {
        if self.cells.len() >= self.cache.capacity() {
            return;
        }
        let usable =
            if self.cache.is_usable(cell) { Some(cell) } else { self.nearest_usable(cell) };
        if let Some(cell) = usable.filter(|cell| !self.cells.contains(cell)) {
            self.cells.push(cell);
        }
    }

    fn nearest_usable(&self, cell: CellIndex) -> Option<CellIndex> {
        nearest_among(self.cache.usable_cells(), cell_position(cell, self.grid), self.grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid_coordinates::{Point, cell_gaze};

    fn order() -> Vec<CellIndex> {
        let cells = gaze_rig::pack::coarse_to_fine(Grid::DEFAULT);
        cells.iter().map(|cell| (cell.row * 30 + cell.col) as u16).collect()
    }

    fn gaze_and_cache(capacity: usize, arrived: usize) -> (Gaze, Cache) {
        let mut gaze = Gaze::default();
        gaze.set_grid(Some(Grid::DEFAULT));
        let mut cache = Cache::new(capacity);
        cache.reset(900);
        order().iter().take(arrived).for_each(|&cell| cache.arrived(cell));
        (gaze, cache)
    }

    #[test]
    fn before_the_first_aim_only_the_coarse_subset_is_queued() {
        let (gaze, cache) = gaze_and_cache(64, 900);
        assert_eq!(cells_to_decode(&gaze, Grid::DEFAULT, 0.0, &order(), &cache), order()[..25]);
        let (gaze, cache) = gaze_and_cache(49, 900);
        assert!(cells_to_decode(&gaze, Grid::DEFAULT, 0.0, &order(), &cache).is_empty());
    }

    #[test]
    fn neighbours_come_first_then_the_goal_then_the_path() {
        let (mut gaze, cache) = gaze_and_cache(40, 900);
        gaze.aim(Point { x: 1.0, y: 0.2 }, 0.0);
        gaze.advance(60.0);
        let goal = nearest_cell(gaze.goal(), Grid::DEFAULT);
        assert!(!cells_to_decode(&gaze, Grid::DEFAULT, 0.0, &order(), &cache).contains(&goal));
        gaze.advance(100.0);
        let queue = cells_to_decode(&gaze, Grid::DEFAULT, 0.0, &order(), &cache);
        let near: Vec<_> = Layers::wanted(&gaze, Grid::DEFAULT, 0.0).cells().collect();
        assert_eq!(queue[..near.len()], near);
        assert_eq!(queue[near.len()], nearest_cell(gaze.goal(), Grid::DEFAULT));
        assert!(queue.len() > near.len() + 4);
    }

    #[test]
    fn at_rest_only_its_own_cell_is_queued() {
        let (mut gaze, cache) = gaze_and_cache(40, 900);
        gaze.aim(cell_gaze(77, Grid::DEFAULT), 0.0);
        gaze.cut(0.0);
        assert_eq!(cells_to_decode(&gaze, Grid::DEFAULT, 0.0, &order(), &cache), [77]);
    }

    #[test]
    fn a_cell_that_has_not_arrived_is_replaced_by_the_nearest_that_has() {
        let (mut gaze, cache) = gaze_and_cache(40, 9);
        gaze.aim(Point { x: 0.93, y: -0.9 }, 0.0);
        gaze.cut(0.0);
        assert_eq!(cells_to_decode(&gaze, Grid::DEFAULT, 0.0, &order(), &cache), [29]);
        let (_, nothing) = gaze_and_cache(40, 0);
        assert!(cells_to_decode(&gaze, Grid::DEFAULT, 0.0, &order(), &nothing).is_empty());
    }
}
