//! Between the direction of a gaze, -1..1, and columns, rows and cells of the grid.

use gaze_rig::Grid;

/// A point: x to the viewer's right, y down. A gaze has both in -1..1, a grid position in columns and rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Point {
    /// To the viewer's right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// Number of a cell: `row * side + col`, below 3600.
pub type CellIndex = u16;

/// Columns and rows of a gaze, 0 to side - 1; a gaze beyond -1..1 lies on the border.
pub fn grid_position(gaze: Point, grid: Grid) -> Point {
    let last = f64::from(grid.side() - 1);
    let along = |value: f64| ((value + 1.0) / 2.0 * last).clamp(0.0, last);
    Point { x: along(gaze.x), y: along(gaze.y) }
}

/// The cell nearest to a gaze. Halfway between two it is the upper or left one, so that the middle of an
/// even grid is the cell that packs store first.
pub fn nearest_cell(gaze: Point, grid: Grid) -> CellIndex {
    let position = grid_position(gaze, grid);
    let index = |value: f64| (value - 0.5).ceil().max(0.0) as u32;
    (index(position.y) * grid.side() + index(position.x)) as CellIndex
}

/// Column and row of a cell.
pub fn cell_position(cell: CellIndex, grid: Grid) -> Point {
    let cell = u32::from(cell);
    Point { x: f64::from(cell % grid.side()), y: f64::from(cell / grid.side()) }
}

/// The gaze that a cell shows.
pub fn cell_gaze(cell: CellIndex, grid: Grid) -> Point {
    let (position, unit) = (cell_position(cell, grid), cell_width(grid));
    Point { x: position.x * unit - 1.0, y: position.y * unit - 1.0 }
}

/// Distance between two cells in units of a gaze.
pub fn cell_width(grid: Grid) -> f64 {
    2.0 / f64::from(grid.side() - 1)
}

/// Of `cells` the one nearest to a position in columns and rows; the first of equals.
pub fn nearest_among(
    cells: impl Iterator<Item = CellIndex>,
    position: Point,
    grid: Grid,
) -> Option<CellIndex> {
    let mut nearest = None;
    let mut least = f64::INFINITY;
    for cell in cells {
        let at = cell_position(cell, grid);
        let (dx, dy) = (at.x - position.x, at.y - position.y);
        let distance = dx * dx + dy * dy;
        if distance < least {
            (nearest, least) = (Some(cell), distance);
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::pack::coarse_to_fine;
    use proptest::prelude::*;

    #[test]
    fn the_middle_is_the_cell_that_is_stored_first() {
        for half in 1..=30 {
            let grid = Grid::from_side(half * 2).unwrap();
            let first = coarse_to_fine(grid)[0];
            let middle = nearest_cell(Point::default(), grid);
            assert_eq!(u32::from(middle), first.row * grid.side() + first.col);
        }
    }

    proptest! {
        #[test]
        fn a_cell_is_nearest_to_its_own_gaze(half in 1u32..=30, pick: u16) {
            let grid = Grid::from_side(half * 2).unwrap();
            let cell = pick % grid.cells() as u16;
            prop_assert_eq!(nearest_cell(cell_gaze(cell, grid), grid), cell);
        }

        #[test]
        fn every_gaze_has_a_cell(half in 1u32..=30, x in -9.0..9.0, y in -9.0..9.0) {
            let grid = Grid::from_side(half * 2).unwrap();
            let gaze = Point { x, y };
            let cell = nearest_cell(gaze, grid);
            prop_assert!(u32::from(cell) < grid.cells());
            let all = 0..grid.cells() as u16;
            let (position, at) = (grid_position(gaze, grid), cell_position(cell, grid));
            prop_assert!((position.x - at.x).abs() <= 0.5 + 1e-9 && (position.y - at.y).abs() <= 0.5 + 1e-9);
            prop_assert!(nearest_among(all, position, grid).is_some());
        }
    }
}
