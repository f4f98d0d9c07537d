//! The grid of poses that a portrait is rendered in.

use crate::contract::Pose;
use crate::error::{Error, ErrorKind, Result};

/// Full deflection of a sweep's axes, in the pose's own units.
pub const AXIS_EXTENT: f32 = 15.0;

/// A place in a sweep: row 0 looks up, column 0 looks to the viewer's left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// Row, top to bottom.
    pub row: u32,
    /// Column, left to right.
    pub col: u32,
}

/// Cells a side of a sweep: an even number from 2 to 60.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid(u32);

impl Grid {
    /// The contract's grid, 30 x 30.
    pub const DEFAULT: Grid = Grid(30);
    /// Smallest side.
    pub const MIN: u32 = 2;
    /// Largest side.
    pub const MAX: u32 = 60;

    /// A grid of `side` x `side` cells.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] unless `side` is even and from 2 to 60: the quadrants need halves.
    pub fn from_side(side: u32) -> Result<Self> {
        if !(Self::MIN..=Self::MAX).contains(&side) || !side.is_multiple_of(2) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "a grid of {side} cells a side is not possible: use an even number from 2 to 60"
                ),
            ));
        }
        Ok(Self(side))
    }

    /// Cells a side.
    pub fn side(self) -> u32 {
        self.0
    }

    /// Cells in all.
    pub fn cells(self) -> u32 {
        self.0 * self.0
    }

    /// Value of an axis at `index`, -15 to 15, rounded to two decimals as the existing sheets were.
    pub fn axis_value(self, index: u32) -> f32 {
        let exact = -15.0 + 30.0 * f64::from(index) / f64::from(self.0 - 1);
        ((exact * 100.0).round() / 100.0) as f32
    }
}

impl Default for Grid {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Which poses are rendered: a grid and how far each part of the face goes at its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Sweep {
    /// Cells a side. Default: 30.
    pub grid: Grid,
    /// Pupils at the ends of both axes. Default: 15.
    pub pupil: f32,
    /// Head yaw at the left and right ends, in degrees. Default: 7.5.
    pub head_yaw_deg: f32,
    /// Head pitch at the top and bottom ends, in degrees. Default: 7.5.
    pub head_pitch_deg: f32,
    /// Raise of the brows in the top row; none in the lower half. Default: 15.
    pub eyebrow: f32,
}

impl Default for Sweep {
    fn default() -> Self {
        Self {
            grid: Grid::DEFAULT,
            pupil: AXIS_EXTENT,
            head_yaw_deg: AXIS_EXTENT / 2.0,
            head_pitch_deg: AXIS_EXTENT / 2.0,
            eyebrow: AXIS_EXTENT,
        }
    }
}

impl Sweep {
    /// The contract's sweep on another grid.
    #[must_use]
    pub fn with_grid(mut self, grid: Grid) -> Self {
        self.grid = grid;
        self
    }

    /// Pose of a cell.
    pub fn pose(&self, cell: Cell) -> Pose {
        self.pose_at(self.grid.axis_value(cell.col), self.grid.axis_value(cell.row))
    }

    /// Pose at axis values from -15 to 15: x to the viewer's right, y downwards.
    pub fn pose_at(&self, x: f32, y: f32) -> Pose {
        let (x, y) = (x / AXIS_EXTENT, y / AXIS_EXTENT);
        Pose {
            pupil_x: x * self.pupil,
            pupil_y: -y * self.pupil,
            head_pitch_deg: y * self.head_pitch_deg,
            head_yaw_deg: -x * self.head_yaw_deg,
            eyebrow: (-y).max(0.0) * self.eyebrow,
            blink: [0.0; 2],
        }
    }

    /// All cells, row by row.
    pub fn cells(&self) -> impl Iterator<Item = Cell> + use<> {
        let side = self.grid.side();
        (0..side).flat_map(move |row| (0..side).map(move |col| Cell { row, col }))
    }

    /// Checks that every range is finite and within what the engines can draw.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] naming the range.
    pub fn check(&self) -> Result<()> {
        let ranges = [
            ("pupil", self.pupil, AXIS_EXTENT),
            ("head_yaw_deg", self.head_yaw_deg, 10.0),
            ("head_pitch_deg", self.head_pitch_deg, 10.0),
            ("eyebrow", self.eyebrow, AXIS_EXTENT),
        ];
        for (name, value, most) in ranges {
            if !(0.0..=most).contains(&value) {
                return Err(Error::new(
                    ErrorKind::InvalidOption,
                    format!("{name} is {value}: use a value from 0 to {most}"),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_matches_the_contract() {
        let values: Vec<f32> = (0..30).map(|i| Grid::DEFAULT.axis_value(i)).collect();
        assert_eq!(&values[..4], &[-15.0, -13.97, -12.93, -11.9]);
        assert_eq!((values[14], values[15], values[29]), (-0.52, 0.52, 15.0));
    }

    #[test]
    fn corner_poses_match_the_contract() {
        let sweep = Sweep::default();
        let top_left = sweep.pose(Cell { row: 0, col: 0 });
        let expected = Pose {
            pupil_x: -15.0,
            pupil_y: 15.0,
            head_pitch_deg: -7.5,
            head_yaw_deg: 7.5,
            eyebrow: 15.0,
            blink: [0.0; 2],
        };
        assert_eq!(top_left, expected);
        assert_eq!(sweep.pose(Cell { row: 29, col: 29 }).eyebrow, 0.0);
    }

    #[test]
    fn odd_and_extreme_grids_are_refused() {
        for side in [0, 1, 3, 29, 61, 62, u32::MAX] {
            assert_eq!(Grid::from_side(side).unwrap_err().kind(), ErrorKind::InvalidOption);
        }
    }
}
