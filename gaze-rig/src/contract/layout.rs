//! Which cell of a sweep lies where on which sheet.

use crate::contract::{Cell, Grid, SheetFormat};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Size;

/// Longest side of a WebP picture, in pixels.
pub const WEBP_MAX_SIDE: u32 = SheetFormat::WebP.max_side();

/// Cells a side of the sweep that phones get, taken from the frames of the full one.
pub const MOBILE_SIDE: u32 = 20;

/// How a sweep is spread over files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SheetLayout {
    /// Four sheets of a quarter each, `q0.webp` to `q3.webp`: top left, top right, bottom left, bottom
    /// right. From a grid of 20 on, four more for phones, `q0_20.webp` to `q3_20.webp`. The default.
    #[default]
    Quadrants,
    /// All cells in one file, `sheet.webp`.
    Single,
}

impl SheetLayout {
    /// Name in the manifest and on the command line: `quadrants` or `single`.
    pub fn name(self) -> &'static str {
        match self {
            SheetLayout::Quadrants => "quadrants",
            SheetLayout::Single => "single",
        }
    }

    /// The layout of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [SheetLayout::Quadrants, SheetLayout::Single].into_iter().find(|l| l.name() == name)
    }

    /// The grid of the sheets for phones, where this layout has them: from 20 cells a side on.
    pub fn mobile_grid(self, grid: Grid) -> Option<Grid> {
        let mobile = Grid::from_side(MOBILE_SIDE).ok()?;
        (self == SheetLayout::Quadrants && grid.side() >= MOBILE_SIDE).then_some(mobile)
    }

    /// All sheets of a sweep of `grid`, with frames of `frame` pixels: full ones first.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] where a sheet would be larger than WebP allows, or a frame empty.
    pub fn sheets(self, grid: Grid, frame: Size) -> Result<Vec<SheetSpec>> {
        self.sheets_with(grid, self.mobile_grid(grid), frame, SheetFormat::default())
    }

    /// The same with a chosen grid for phones, which single sheets do without, and a chosen format.
    pub(crate) fn sheets_with(
        self,
        grid: Grid,
        mobile: Option<Grid>,
        frame: Size,
        format: SheetFormat,
    ) -> Result<Vec<SheetSpec>> {
        self.check_size(grid, frame, format)?;
        let all: Vec<u32> = (0..grid.side()).collect();
        if self == SheetLayout::Single {
            return Ok(vec![SheetSpec {
                name: format!("{SINGLE}.{}", format.name()),
                format,
                quadrant: None,
                rows: all.clone(),
                cols: all,
                frame,
            }]);
        }
        let mut sheets = quadrants(&all, "", frame, format);
        if let Some(mobile) = mobile {
            let picked: Vec<u32> =
                (0..mobile.side()).map(|i| subsampled_index(i, mobile, grid)).collect();
            sheets.extend(quadrants(&picked, &format!("_{}", mobile.side()), frame, format));
        }
        Ok(sheets)
    }

    /// Cells a side of the largest sheet.
    fn sheet_side(self, grid: Grid) -> u32 {
        match self {
            SheetLayout::Quadrants => grid.side() / 2,
            SheetLayout::Single => grid.side(),
        }
    }

    fn check_size(self, grid: Grid, frame: Size, format: SheetFormat) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidOption, message));
        if frame.width == 0 || frame.height == 0 {
            return refuse(format!("frames of {} x {} px are empty", frame.width, frame.height));
        }
        let (side, most) = (self.sheet_side(grid), format.max_side());
        let longer = frame.width.max(frame.height);
        if u64::from(longer) * u64::from(side) <= u64::from(most) {
            return Ok(());
        }
        let mut message = format!(
            "{} sheets of a grid of {} with frames of {} x {} px would be {} x {} px, but {} holds at most \
             {most} px a side: use a maximum size of {} or less",
            self.name(),
            grid.side(),
            frame.width,
            frame.height,
            u64::from(frame.width) * u64::from(side),
            u64::from(frame.height) * u64::from(side),
            format.label(),
            most / side,
        );
        let cells = most / longer * grid.side() / side / 2 * 2;
        if cells >= Grid::MIN {
            message += &format!(", a grid of {cells} or less");
        }
        if self == SheetLayout::Single {
            message += ", or quadrants";
        }
        refuse(message)
    }
}

/// The index of a `from` axis that index `i` of the smaller grid `to` shows:
/// `round(i * (N - 1) / (M - 1))`. M is even, so M - 1 is odd and halves never occur.
fn subsampled_index(i: u32, to: Grid, from: Grid) -> u32 {
    let (num, den) = (i * (from.side() - 1), to.side() - 1);
    (2 * num + den) / (2 * den)
}

/// Four sheets that share out the rows and columns `axis` of the sweep.
fn quadrants(axis: &[u32], suffix: &str, frame: Size, format: SheetFormat) -> Vec<SheetSpec> {
    let (low, high) = axis.split_at(axis.len() / 2);
    [(low, low), (low, high), (high, low), (high, high)]
        .into_iter()
        .enumerate()
        .map(|(q, (rows, cols))| SheetSpec {
            name: quadrant_name(q, suffix, format),
            format,
            quadrant: Some(q),
            rows: rows.to_vec(),
            cols: cols.to_vec(),
            frame,
        })
        .collect()
}

/// Name of a single sheet without its extension.
const SINGLE: &str = "sheet";

fn quadrant_name(quadrant: usize, suffix: &str, format: SheetFormat) -> String {
    format!("q{quadrant}{suffix}.{}", format.name())
}

/// One sheet: the cells at the crossings of some rows and some columns of the sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetSpec {
    name: String,
    format: SheetFormat,
    quadrant: Option<usize>,
    rows: Vec<u32>,
    cols: Vec<u32>,
    frame: Size,
}

/// Where a cell of the sweep lies on a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Placement {
    /// The cell of the sweep.
    pub cell: Cell,
    /// Row on the sheet.
    pub row: u32,
    /// Column on the sheet.
    pub col: u32,
    /// Left edge on the sheet, in pixels.
    pub x: u32,
    /// Top edge on the sheet, in pixels.
    pub y: u32,
}

impl SheetSpec {
    /// File name, for instance `q0.webp`.
    pub fn file_name(&self) -> &str {
        &self.name
    }

    /// Name of a full-size quadrant's file, 0 to 3.
    pub fn quadrant_name(quadrant: usize, format: SheetFormat) -> String {
        quadrant_name(quadrant, "", format)
    }

    /// Whether a file name is that of a sheet of some grid and format: `sheet.webp`, `q0.webp`, `q3_20.webp`, ...
    pub fn is_file_name(name: &str) -> bool {
        let is_quadrant = |stem: &str| {
            let rest = stem.strip_prefix('q').and_then(|s| s.strip_prefix(['0', '1', '2', '3']));
            rest.is_some_and(|rest| match rest.strip_prefix('_') {
                Some(side) => !side.is_empty() && side.bytes().all(|b| b.is_ascii_digit()),
                None => rest.is_empty(),
            })
        };
        name.rsplit_once('.').is_some_and(|(stem, extension)| {
            SheetFormat::from_name(extension).is_some() && (stem == SINGLE || is_quadrant(stem))
        })
    }

    /// What the file is encoded as.
    pub fn format(&self) -> SheetFormat {
        self.format
    }

    /// Which quarter of the sweep it shows, 0 to 3; none for a single sheet.
    pub fn quadrant(&self) -> Option<usize> {
        self.quadrant
    }

    /// Rows of cells.
    pub fn rows(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Columns of cells.
    pub fn cols(&self) -> u32 {
        self.cols.len() as u32
    }

    /// Width and height of a frame on it.
    pub fn frame_size(&self) -> Size {
        self.frame
    }

    /// Width and height of the sheet in pixels, at most what its format holds.
    pub fn size(&self) -> Size {
        Size { width: self.cols() * self.frame.width, height: self.rows() * self.frame.height }
    }

    /// Every cell on the sheet, row by row.
    pub fn placements(&self) -> impl Iterator<Item = Placement> + '_ {
        self.rows.iter().enumerate().flat_map(move |(row, &source_row)| {
            self.cols.iter().enumerate().map(move |(col, &source_col)| {
                self.placement(Cell { row: source_row, col: source_col }, row as u32, col as u32)
            })
        })
    }

    /// Where `cell` lies, if the sheet shows it.
    pub fn placement_of(&self, cell: Cell) -> Option<Placement> {
        let row = self.rows.binary_search(&cell.row).ok()?;
        let col = self.cols.binary_search(&cell.col).ok()?;
        Some(self.placement(cell, row as u32, col as u32))
    }

    fn placement(&self, cell: Cell, row: u32, col: u32) -> Placement {
        Placement { cell, row, col, x: col * self.frame.width, y: row * self.frame.height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const FRAME: Size = Size { width: 410, height: 512 };

    fn grid(side: u32) -> Grid {
        Grid::from_side(side).unwrap()
    }

    fn names(layout: SheetLayout, side: u32) -> Vec<String> {
        let frame = Size { width: 20, height: 30 };
        let sheets = layout.sheets(grid(side), frame).unwrap();
        sheets.iter().map(|s| s.file_name().to_owned()).collect()
    }

    #[test]
    fn files_are_those_of_the_contract() {
        let full = ["q0.webp", "q1.webp", "q2.webp", "q3.webp"];
        let mobile = ["q0_20.webp", "q1_20.webp", "q2_20.webp", "q3_20.webp"];
        assert_eq!(names(SheetLayout::Quadrants, 18), full);
        assert_eq!(names(SheetLayout::Quadrants, 20), [full, mobile].concat());
        assert_eq!(names(SheetLayout::Single, 30), ["sheet.webp"]);
    }

    #[test]
    fn sheet_names_are_told_from_others() {
        for name in ["q0.webp", "q3.webp", "q1_20.webp", "q2_4.webp", "sheet.webp"] {
            assert!(SheetSpec::is_file_name(name), "{name}");
        }
        for name in
            ["q4.webp", "q0_.webp", "q0_x.webp", "q.webp", "q00.webp", "q0.png", "preview.webp"]
        {
            assert!(!SheetSpec::is_file_name(name), "{name}");
        }
    }

    #[test]
    fn contract_sizes_and_places() {
        let sheets = SheetLayout::Quadrants.sheets(Grid::DEFAULT, FRAME).unwrap();
        assert_eq!(sheets[0].size(), Size { width: 6150, height: 7680 });
        assert_eq!(sheets[4].size(), Size { width: 4100, height: 5120 });
        let place = sheets[3].placement_of(Cell { row: 16, col: 15 }).unwrap();
        assert_eq!((place.row, place.col, place.x, place.y), (1, 0, 0, 512));
        assert_eq!(sheets[0].placement_of(Cell { row: 16, col: 15 }), None);
    }

    #[test]
    fn phones_get_the_contract_rows() {
        // Python: [round(i * 29 / 19) for i in range(20)]
        let expected = [0, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 20, 21, 23, 24, 26, 27, 29];
        let mobile = grid(20);
        let got: Vec<u32> = (0..20).map(|i| subsampled_index(i, mobile, Grid::DEFAULT)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn sheets_beyond_webp_are_refused_with_a_way_out() {
        let tall = Size { width: 512, height: 640 };
        let error = SheetLayout::Quadrants.sheets(grid(60), tall).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
        let text = error.to_string();
        for part in ["15360 x 19200", "16383", "size of 546", "grid of 50"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(SheetLayout::Quadrants.sheets(grid(50), tall).is_ok());
        let single = SheetLayout::Single.sheets(Grid::DEFAULT, tall.with_height(547)).unwrap_err();
        assert!(single.to_string().contains("or quadrants"), "{single}");
        let huge = Size { width: u32::MAX, height: 1 };
        assert!(SheetLayout::Single.sheets(grid(60), huge).is_err());
        assert!(SheetLayout::Single.sheets(grid(2), Size { width: 0, height: 4 }).is_err());
    }

    impl Size {
        fn with_height(mut self, height: u32) -> Self {
            self.height = height;
            self
        }
    }

    proptest! {
        #[test]
        fn every_cell_is_covered_once(half in 1u32..=30, single: bool, w in 1u32..=40, h in 1u32..=40) {
            let layout = if single { SheetLayout::Single } else { SheetLayout::Quadrants };
            let side = half * 2;
            let sheets = layout.sheets(grid(side), Size { width: w, height: h }).unwrap();
            let mut seen = HashMap::new();
            for sheet in sheets.iter().filter(|s| !s.file_name().contains("_20")) {
                for place in sheet.placements() {
                    *seen.entry(place.cell).or_insert(0) += 1;
                    prop_assert_eq!(sheet.placement_of(place.cell), Some(place));
                }
            }
            prop_assert_eq!(seen.len() as u32, side * side);
            prop_assert!(seen.values().all(|&n| n == 1));
        }

        #[test]
        fn a_phone_quadrant_shows_only_cells_of_its_own_quadrant(half in 10u32..=30) {
            let sheets = SheetLayout::Quadrants.sheets(grid(half * 2), Size { width: 8, height: 9 }).unwrap();
            for q in 0..4 {
                let cells: Vec<Cell> = sheets[4 + q].placements().map(|p| p.cell).collect();
                prop_assert_eq!(cells.len(), 100);
                for (i, cell) in cells.iter().enumerate() {
                    prop_assert!(sheets[q].placement_of(*cell).is_some());
                    prop_assert!(!cells[..i].contains(cell));
                }
            }
        }

        #[test]
        fn no_two_places_overlap_or_leave_the_sheet(half in 1u32..=15, w in 1u32..=30, h in 1u32..=30) {
            for sheet in SheetLayout::Quadrants.sheets(grid(half * 2), Size { width: w, height: h }).unwrap() {
                let mut corners: Vec<(u32, u32)> = sheet.placements().map(|p| (p.x, p.y)).collect();
                let count = corners.len();
                corners.sort_unstable();
                corners.dedup();
                prop_assert_eq!(corners.len(), count);
                for (x, y) in corners {
                    prop_assert!(x % w == 0 && y % h == 0);
                    prop_assert!(x + w <= sheet.size().width && y + h <= sheet.size().height);
                }
            }
        }
    }
}
