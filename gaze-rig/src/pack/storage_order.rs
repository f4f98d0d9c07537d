//! The order in which frames are stored: centre first, then coarse to fine.

use crate::contract::{Cell, Grid};

/// All cells of `grid`: the centre first, then the ends of both axes, then what halves the gaps, and so on.
/// Cells of one level come from the centre outwards. Any beginning of the order covers the whole grid about
/// evenly, so that a player that has only that much can look everywhere.
pub fn coarse_to_fine(grid: Grid) -> Vec<Cell> {
    let levels = index_levels(grid.side());
    let side = grid.side();
    let mut cells: Vec<Cell> =
        (0..side).flat_map(|row| (0..side).map(move |col| Cell { row, col })).collect();
    let level = |cell: &Cell| levels[cell.row as usize].max(levels[cell.col as usize]);
    cells.sort_unstable_by_key(|cell| {
        (level(cell), distance_from_centre(*cell, grid), cell.row, cell.col)
    });
    cells
}

/// Level of each index of an axis: 0 for both ends and the middle, then the middles of what is between.
fn index_levels(side: u32) -> Vec<u32> {
    let mut levels = vec![0; side as usize];
    let (last, middle) = (side - 1, (side - 1) / 2);
    let mut gaps = vec![(0, middle), (middle, last)];
    let mut level = 1;
    while !gaps.is_empty() {
        let mut finer = Vec::new();
        for (low, high) in gaps {
            if high - low < 2 {
                continue;
            }
            let between = (low + high) / 2;
            levels[between as usize] = level;
            finer.extend([(low, between), (between, high)]);
        }
        gaps = finer;
        level += 1;
    }
    levels
}

/// Squared distance from the cell before the grid's middle, in cells: it comes first of all.
fn distance_from_centre(cell: Cell, grid: Grid) -> u32 {
    let middle = (grid.side() - 1) / 2;
    cell.row.abs_diff(middle).pow(2) + cell.col.abs_diff(middle).pow(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_centre_and_the_ends_come_first() {
        let order = coarse_to_fine(Grid::DEFAULT);
        assert_eq!(order[0], Cell { row: 14, col: 14 });
        let first: Vec<Cell> = order[..9].to_vec();
        for row in [0, 14, 29] {
            for col in [0, 14, 29] {
                assert!(first.contains(&Cell { row, col }));
            }
        }
    }

    proptest! {
        #[test]
        fn every_cell_comes_once(half in 1u32..=30) {
            let grid = Grid::from_side(half * 2).unwrap();
            let mut cells = coarse_to_fine(grid);
            cells.sort_unstable();
            cells.dedup();
            prop_assert_eq!(cells.len(), grid.cells() as usize);
        }

        /// The first quarter of the order leaves no cell further than three from one that is there.
        #[test]
        fn beginnings_cover_the_grid(half in 4u32..=30) {
            let grid = Grid::from_side(half * 2).unwrap();
            let order = coarse_to_fine(grid);
            let begin = &order[..order.len().div_ceil(3)];
            for cell in &order {
                let near = begin.iter().any(|b| b.row.abs_diff(cell.row) <= 3 && b.col.abs_diff(cell.col) <= 3);
                prop_assert!(near, "{cell:?}");
            }
        }
    }
}
