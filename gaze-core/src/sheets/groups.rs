//! Which sheets are filled together, and the order of cells that follows from it.

use std::collections::VecDeque;

use crate::canvas::Canvas;
use gaze_rig::{Cell, SheetSpec};

/// Most bytes of unfinished sheets where groups overlap: all of those of 512 x 640 and 30 x 30. Engines whose frames are slow
/// hold as much themselves.
pub(super) const OVERLAP_BUDGET: usize = 640 << 20;
/// How much of a group is rendered before the next begins, where groups overlap: about a row of frames. They end one after
/// the other, too, so that few cores need not end all sheets at once; with more, many cores would wait for the last group.
const LAG: f64 = 1.0 / 16.0;

/// Sheets that show the same cells.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The largest first.
    pub(super) sheets: Vec<usize>,
    pub(super) cells: VecDeque<Cell>,
    pub(super) bytes: usize,
}

/// A quadrant and its smaller twin show the same cells.
pub(super) fn groups_of(sheets: &[SheetSpec], with_alpha: bool) -> VecDeque<Group> {
    let mut groups: Vec<(Option<usize>, Group)> = Vec::new();
    for (index, spec) in sheets.iter().enumerate() {
        let known = groups.iter().position(|(quadrant, _)| *quadrant == spec.quadrant());
        let at = known.unwrap_or_else(|| {
            let cells = spec.placements().map(|place| place.cell).collect();
            groups.push((spec.quadrant(), Group { cells, ..Group::default() }));
            groups.len() - 1
        });
        let group = &mut groups[at].1;
        debug_assert!(spec.placements().all(|place| group.cells.contains(&place.cell)));
        group.sheets.push(index);
        group.bytes += Canvas::bytes(spec.size(), with_alpha);
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The order in which all cells are rendered. `first_rows` says with how many rows of frames the encoding of each sheet begins;
/// none for those that must be whole.
pub(crate) fn cell_order(sheets: &[SheetSpec], first_rows: &[Option<u32>]) -> Vec<Cell> {
    let groups = overlapped(groups_of(sheets, false), first_rows);
    groups.into_iter().flat_map(|group| group.cells).collect()
}

/// All groups as one, each a little behind the one before, where the encoding of all sheets follows their frames and they fit
/// into [`OVERLAP_BUDGET`]; else as they were.
pub(super) fn overlapped(groups: VecDeque<Group>, first_rows: &[Option<u32>]) -> VecDeque<Group> {
    let bytes: usize = groups.iter().map(|group| group.bytes).sum();
    let sheets: Vec<usize> = groups.iter().flat_map(|group| group.sheets.clone()).collect();
    if sheets.len() != first_rows.iter().flatten().count() || bytes > OVERLAP_BUDGET {
        return groups;
    }
    let mut timed: Vec<(f64, Cell)> = Vec::new();
    for (index, group) in groups.into_iter().enumerate() {
        let (begin, count) = (index as f64 * LAG, group.cells.len() as f64);
        let cells = group.cells.into_iter().enumerate();
        timed.extend(cells.map(|(at, cell)| (begin + at as f64 / count, cell)));
    }
    timed.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    [Group { sheets, cells: timed.into_iter().map(|(_, cell)| cell).collect(), bytes }].into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::{Grid, SheetLayout, Size};

    #[test]
    fn groups_that_do_not_fit_or_must_be_whole_follow_each_other() {
        let frame = Size { width: 512, height: 640 };
        for (side, first_rows, overlap) in
            [(30, [Some(5); 8], true), (30, [None; 8], false), (50, [Some(5); 8], false)]
        {
            let grid = Grid::from_side(side).unwrap();
            let specs = SheetLayout::Quadrants.sheets(grid, frame).unwrap();
            let order = cell_order(&specs, &first_rows);
            let mut quadrants: Vec<_> = order
                .iter()
                .map(|cell| specs.iter().find(|s| s.placement_of(*cell).is_some())?.quadrant())
                .collect();
            quadrants.dedup();
            assert_eq!(quadrants.len() > 4, overlap, "{side}");
            let mut cells: Vec<_> = order.into_iter().map(|cell| (cell.row, cell.col)).collect();
            cells.sort_unstable();
            cells.dedup();
            assert_eq!(cells.len(), grid.cells() as usize);
        }
    }
}
