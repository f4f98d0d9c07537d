//! `metadata.json`: what a folder of sheets holds.

use serde::{Deserialize, Serialize};

use crate::bytes::printable;
use crate::contract::{Grid, Provenance, SheetFormat, SheetLayout, SheetSpec};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Size;

/// Longest `metadata.json` that is read, in bytes. Real ones have about 200.
pub const MANIFEST_MAX_BYTES: usize = 64 * 1024;

/// The file beside the sheets of a transparent face that is shown until they are there: the face at rest, as transparent.
pub const CLEAR_PLACEHOLDER: &str = "input.webp";

/// What a folder of sheets holds. Written strictly, read tolerantly.
///
/// ```
/// use gaze_rig::Manifest;
///
/// let manifest = Manifest::from_json(br#"{"gridSize":30,"imageWidth":410,"imageHeight":512}"#)?;
/// assert_eq!(manifest.grid.cells(), 900);
/// assert_eq!(manifest.sheets()?[0].size().width, 15 * 410);
/// # Ok::<(), gaze_rig::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// Cells a side of the sweep.
    pub grid: Grid,
    /// Cells a side of the sheets for phones, where there are any.
    pub mobile_grid: Option<Grid>,
    /// Width and height of a frame.
    pub frame_size: Size,
    /// Whether the background is transparent.
    pub has_alpha: bool,
    /// How the cells are spread over files.
    pub layout: SheetLayout,
    /// What the sheets are encoded as.
    pub format: SheetFormat,
}

/// The keys as the file has them, in the file's order, not yet checked against each other. For readers
/// that parse JSON by themselves; others use [`Manifest::from_json`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestKeys {
    /// Cells a side of the sweep.
    pub grid_size: u32,
    /// Cells a side of a quadrant sheet.
    pub quadrant_size: Option<u32>,
    /// Cells a side of the sweep that phones get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_grid_size: Option<u32>,
    /// Cells a side of a quadrant sheet for phones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_quadrant_size: Option<u32>,
    /// Width of a frame.
    pub image_width: u32,
    /// Height of a frame.
    pub image_height: u32,
    /// Whether the background is transparent.
    pub has_alpha: Option<bool>,
    /// Format of the sheets: `webp`.
    pub format: Option<String>,
    /// Name of the layout.
    pub mode: Option<String>,
    /// Cells of the sweep in all.
    pub total_images: Option<u32>,
}

impl Manifest {
    /// The manifest of a sweep of `grid` laid out as `layout`, with sheets for phones where it has them.
    pub fn new(grid: Grid, layout: SheetLayout, frame_size: Size, has_alpha: bool) -> Self {
        Self {
            grid,
            mobile_grid: layout.mobile_grid(grid),
            frame_size,
            has_alpha,
            layout,
            format: SheetFormat::default(),
        }
    }

    /// The sheets that the folder must hold.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] where WebP cannot hold them.
    pub fn sheets(&self) -> Result<Vec<SheetSpec>> {
        self.layout.sheets_with(self.grid, self.mobile_grid, self.frame_size, self.format)
    }

    /// The file's text: one line, every key, in the contract's order.
    pub fn to_json(&self) -> String {
        let keys = ManifestKeys {
            grid_size: self.grid.side(),
            quadrant_size: Some(self.grid.side() / 2),
            mobile_grid_size: self.mobile_grid.map(Grid::side),
            mobile_quadrant_size: self.mobile_grid.map(|grid| grid.side() / 2),
            image_width: self.frame_size.width,
            image_height: self.frame_size.height,
            has_alpha: Some(self.has_alpha),
            format: Some(self.format.name().to_owned()),
            mode: Some(self.layout.name().to_owned()),
            total_images: Some(self.grid.cells()),
        };
        serde_json::to_string(&keys).expect("plain keys and values have a JSON form")
    }

    /// The same with what made the sheets, and of a transparent face with its [`CLEAR_PLACEHOLDER`]: further keys that readers
    /// may ignore.
    pub fn to_json_made_by(&self, provenance: &Provenance) -> String {
        let (keys, made) = (self.to_json(), provenance.to_json());
        let placeholder = match self.has_alpha {
            true => format!("\"placeholder\":\"{CLEAR_PLACEHOLDER}\","),
            false => String::new(),
        };
        format!("{},{placeholder}{}", &keys[..keys.len() - 1], &made[1..])
    }

    /// Reads a manifest. Keys that follow from others may be missing, unknown ones are ignored.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where it is no JSON, a key is missing or of the wrong type, keys
    /// contradict each other, or no WebP sheet could hold what it describes.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        if json.len() > MANIFEST_MAX_BYTES {
            return Err(invalid(format!(
                "metadata.json has {} bytes, at most {MANIFEST_MAX_BYTES} are read: it is not one of gaze's",
                json.len()
            )));
        }
        let keys: ManifestKeys = serde_json::from_slice(json).map_err(|e| {
            invalid(format!("metadata.json cannot be read: {e}; generate the sheets again"))
                .with_source(e)
        })?;
        Self::from_keys(&keys)
    }

    /// The manifest that these keys describe.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where keys contradict each other, or no WebP sheet could hold what they
    /// describe.
    pub fn from_keys(keys: &ManifestKeys) -> Result<Self> {
        let grid = grid_of("gridSize", keys.grid_size)?;
        expect_key("quadrantSize", keys.quadrant_size, grid.side() / 2)?;
        expect_key("totalImages", keys.total_images, grid.cells())?;
        let format = match keys.format.as_deref() {
            None => SheetFormat::default(),
            Some(name) => SheetFormat::from_name(name).ok_or_else(|| {
                let known = SheetFormat::ALL.map(SheetFormat::name).join(" and ");
                invalid(format!(
                    "metadata.json: format is \"{}\", only {known} is known",
                    printable(name.as_bytes())
                ))
            })?,
        };
        let layout = match keys.mode.as_deref() {
            None => SheetLayout::default(),
            Some(name) => SheetLayout::from_name(name).ok_or_else(|| {
                invalid(format!(
                    "metadata.json: mode is \"{}\", not quadrants or single",
                    printable(name.as_bytes())
                ))
            })?,
        };
        let mobile_grid = match keys.mobile_grid_size {
            // Single sheets have no smaller twin, whatever the keys say.
            Some(side) if layout == SheetLayout::Quadrants => {
                let mobile = grid_of("mobileGridSize", side)?;
                if mobile.side() > grid.side() {
                    return Err(invalid(format!(
                        "metadata.json: mobileGridSize {side} is larger than gridSize {}",
                        grid.side()
                    )));
                }
                expect_key("mobileQuadrantSize", keys.mobile_quadrant_size, side / 2)?;
                Some(mobile)
            }
            _ => None,
        };
        let manifest = Self {
            grid,
            mobile_grid,
            frame_size: Size { width: keys.image_width, height: keys.image_height },
            has_alpha: keys.has_alpha.unwrap_or(false),
            layout,
            format,
        };
        manifest.sheets().map_err(|e| invalid(format!("metadata.json: {}", e.message())))?;
        Ok(manifest)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidFormat, message)
}

fn grid_of(key: &str, side: u32) -> Result<Grid> {
    Grid::from_side(side).map_err(|_| {
        invalid(format!(
            "metadata.json: {key} is {side}, not an even number from {} to {}",
            Grid::MIN,
            Grid::MAX
        ))
    })
}

/// A key that follows from others must agree with them where it stands.
fn expect_key(key: &str, value: Option<u32>, expected: u32) -> Result<()> {
    match value {
        Some(value) if value != expected => Err(invalid(format!(
            "metadata.json: {key} is {value}, but the other keys make it {expected}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONTRACT: &str = concat!(
        r#"{"gridSize":30,"quadrantSize":15,"mobileGridSize":20,"mobileQuadrantSize":10,"#,
        r#""imageWidth":410,"imageHeight":512,"hasAlpha":false,"format":"webp","mode":"quadrants","#,
        r#""totalImages":900}"#
    );

    fn contract() -> Manifest {
        let frame = Size { width: 410, height: 512 };
        Manifest::new(Grid::DEFAULT, SheetLayout::Quadrants, frame, false)
    }

    fn refusal(from: &str, to: &str) -> String {
        assert!(CONTRACT.contains(from), "{from}");
        let error = Manifest::from_json(CONTRACT.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidFormat, "{error}");
        error.to_string()
    }

    #[test]
    fn writes_the_contract_to_the_letter() {
        assert_eq!(contract().to_json(), CONTRACT);
        assert_eq!(Manifest::from_json(CONTRACT.as_bytes()).unwrap(), contract());
    }

    #[test]
    fn small_and_single_sweeps_have_no_mobile_keys() {
        let frame = Size { width: 8, height: 8 };
        let small =
            Manifest::new(Grid::from_side(18).unwrap(), SheetLayout::Quadrants, frame, true);
        let single = Manifest::new(Grid::DEFAULT, SheetLayout::Single, frame, true);
        for manifest in [small, single] {
            assert!(!manifest.to_json().contains("mobile"));
        }
    }

    #[test]
    fn reads_without_mobile_keys_and_with_unknown_ones() {
        let old = CONTRACT.replace(r#""mobileGridSize":20,"mobileQuadrantSize":10,"#, "");
        let manifest = Manifest::from_json(old.as_bytes()).unwrap();
        assert_eq!(manifest.mobile_grid, None);
        assert_eq!(manifest.sheets().unwrap().len(), 4);
        let newer = CONTRACT.replace('{', r#"{"who":{"deep":[1,{}]},"gridsize":"x","#);
        assert_eq!(Manifest::from_json(newer.as_bytes()).unwrap(), contract());
        let nulls = CONTRACT.replace(":20,", ":null,").replace(":10,", ":null,");
        assert_eq!(Manifest::from_json(nulls.as_bytes()).unwrap().mobile_grid, None);
    }

    #[test]
    fn contradictions_are_named() {
        for (from, to, says) in [
            (":30,", ":31,", "gridSize is 31"),
            (":30,", ":4000000000,", "gridSize is 4000000000"),
            (":30,", ":-30,", "invalid value"),
            (":30,", ":3e1,", "invalid type"),
            (":30,", r#":"30","#, "invalid type"),
            (":30,", ":30,\"gridSize\":30,", "duplicate"),
            (":15,", ":14,", "quadrantSize is 14"),
            (":20,", ":40,", "larger than gridSize"),
            (":20,", ":21,", "mobileGridSize is 21"),
            (":10,", ":11,", "mobileQuadrantSize is 11"),
            (":410,", ":0,", "empty"),
            (":512,", ":4294967295,", "16383"),
            (":512,", ":99999999999999999999,", "invalid"),
            ("900", "899", "totalImages is 899"),
            ("webp", "png", "format"),
            ("quadrants", "spiral", "mode"),
            ("\"imageWidth\":410,", "", "imageWidth"),
        ] {
            let text = refusal(from, to);
            assert!(text.contains(says), "{text:?} does not say {says:?}");
        }
    }

    #[test]
    fn hostile_files_are_refused() {
        let nested = format!(r#"{{"a":{}"#, "[".repeat(60_000));
        let long = CONTRACT.replace('{', &format!("{{{}", " ".repeat(MANIFEST_MAX_BYTES)));
        for json in ["", "null", "[]", "{}", "\u{feff}{}", "{", nested.as_str(), long.as_str()] {
            let error = Manifest::from_json(json.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidFormat);
        }
        assert!(Manifest::from_json(&[0xff, 0xfe, 0]).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            half in 1u32..=30, w in 1u32..=273, h in 1u32..=273, alpha: bool, single: bool,
        ) {
            let layout = if single { SheetLayout::Single } else { SheetLayout::Quadrants };
            let grid = Grid::from_side(half * 2).unwrap();
            let manifest = Manifest::new(grid, layout, Size { width: w, height: h }, alpha);
            prop_assert_eq!(Manifest::from_json(manifest.to_json().as_bytes()).unwrap(), manifest);
        }

        #[test]
        fn changed_bytes_never_panic(at in 0usize..CONTRACT.len(), byte: u8) {
            let mut json = CONTRACT.as_bytes().to_vec();
            json[at] = byte;
            if let Ok(manifest) = Manifest::from_json(&json) {
                prop_assert!(manifest.sheets().is_ok());
            }
        }

        #[test]
        fn any_numbers_never_panic(a: u32, b: u32, w: u32, h: u32, m: Option<u32>) {
            let mobile = m.map(|m| format!(r#","mobileGridSize":{m}"#)).unwrap_or_default();
            let json = format!(
                r#"{{"gridSize":{},"quadrantSize":{b},"imageWidth":{w},"imageHeight":{h}{mobile}}}"#, a % 70
            );
            if let Ok(manifest) = Manifest::from_json(json.as_bytes()) {
                prop_assert!(manifest.sheets().is_ok());
            }
        }
    }
}
