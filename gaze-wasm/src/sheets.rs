//! Which sheet files hold the frames where there is no pack.

use gaze_rig::{Grid, Manifest, Result, SheetLayout, SheetSpec, Size};

/// The sheets that a player loads, and the grid that they make up.
#[derive(Debug, Clone)]
pub struct SheetSet {
    grid: Grid,
    frame: Option<Size>,
    has_alpha: bool,
    sheets: Vec<SheetSpec>,
}

impl SheetSet {
    /// The sheets that a manifest describes; on a phone the smaller ones, if there are any.
    ///
    /// # Errors
    /// `InvalidOption` where WebP cannot hold them.
    pub fn from_manifest(manifest: &Manifest, phone: bool) -> Result<Self> {
        let mut sheets = manifest.sheets()?;
        let mut grid = manifest.grid;
        if let Some(mobile) = manifest.mobile_grid {
            // Full ones come first.
            let small = sheets.split_off(sheets.len() / 2);
            if phone {
                (grid, sheets) = (mobile, small);
            }
        }
        let frame = Some(manifest.frame_size);
        Ok(Self { grid, frame, has_alpha: manifest.has_alpha, sheets })
    }

    /// The full sheets of a grid of `side` cells a side, of whose frames nothing is known.
    ///
    /// # Errors
    /// `InvalidOption` unless `side` is even and from 2 to 60.
    pub fn from_grid(side: u32, is_single: bool) -> Result<Self> {
        let grid = Grid::from_side(side)?;
        let layout = if is_single { SheetLayout::Single } else { SheetLayout::Quadrants };
        let mut sheets = layout.sheets(grid, Size { width: 1, height: 1 })?;
        sheets.truncate(if is_single { 1 } else { 4 });
        Ok(Self { grid, frame: None, has_alpha: false, sheets })
    }

    /// The grid that the sheets make up.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Width and height of a frame, where known.
    pub fn frame_size(&self) -> Option<Size> {
        self.frame
    }

    /// Whether the background is transparent; false where unknown.
    pub fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    /// The sheets: one, or a quarter each from the top left to the bottom right.
    pub fn sheets(&self) -> &[SheetSpec] {
        &self.sheets
    }

    /// Row and column of the grid at which a sheet begins.
    pub fn corner_of(&self, sheet: &SheetSpec) -> (u32, u32) {
        let (half, quadrant) = (self.grid.side() / 2, sheet.quadrant().unwrap_or(0) as u32);
        (quadrant / 2 * half, quadrant % 2 * half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[u8] =
        br#"{"gridSize":30,"mobileGridSize":20,"imageWidth":410,"imageHeight":512,"hasAlpha":true}"#;

    fn set_of(json: &[u8], phone: bool) -> SheetSet {
        SheetSet::from_manifest(&Manifest::from_json(json).unwrap(), phone).unwrap()
    }

    fn names(set: &SheetSet) -> Vec<&str> {
        set.sheets().iter().map(|sheet| sheet.file_name()).collect()
    }

    #[test]
    fn phones_take_the_small_sheets() {
        let (full, small) = (set_of(JSON, false), set_of(JSON, true));
        assert_eq!(names(&full), ["q0.webp", "q1.webp", "q2.webp", "q3.webp"]);
        assert_eq!(names(&small), ["q0_20.webp", "q1_20.webp", "q2_20.webp", "q3_20.webp"]);
        assert_eq!((full.grid().side(), small.grid().side()), (30, 20));
        assert!(small.has_alpha());
        let corners: Vec<_> = small.sheets().iter().map(|sheet| small.corner_of(sheet)).collect();
        assert_eq!(corners, [(0, 0), (0, 10), (10, 0), (10, 10)]);
        assert_eq!((small.sheets()[0].rows(), small.sheets()[0].cols()), (10, 10));
    }

    #[test]
    fn phones_take_the_full_sheets_where_there_are_no_small_ones() {
        let json = br#"{"gridSize":30,"imageWidth":410,"imageHeight":512,"mode":"single"}"#;
        let set = set_of(json, true);
        assert_eq!((names(&set), set.grid().side()), (vec!["sheet.webp"], 30));
    }

    #[test]
    fn a_bare_grid_has_full_sheets_of_unknown_size() {
        let set = SheetSet::from_grid(60, true).unwrap();
        assert_eq!((set.sheets().len(), set.sheets()[0].rows(), set.frame_size()), (1, 60, None));
        let set = SheetSet::from_grid(30, false).unwrap();
        assert_eq!((names(&set).len(), set.sheets()[3].cols()), (4, 15));
        assert!(SheetSet::from_grid(31, false).is_err());
    }
}
