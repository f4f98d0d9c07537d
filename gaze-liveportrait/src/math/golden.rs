//! Numbers and pictures of a run of LivePortrait's own program, for tests.
//!
//! A part of them lies in the repository (see `scripts/golden_fixtures.py`); the whole is read too where
//! `GAZE_GOLDEN_DATA` names its folder.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use gaze_face::Portrait;
use gaze_rig::{Rect, Size};
use npyz::{NpyFile, Order};
use zip::ZipArchive;

use super::affine::Rgb;

/// A folder of golden data.
pub(crate) struct Golden(PathBuf);

/// The repository's part, and the whole where it is named.
pub(crate) fn sets() -> Vec<Golden> {
    let part = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden");
    let whole = std::env::var_os("GAZE_GOLDEN_DATA").filter(|folder| !folder.is_empty());
    std::iter::once(part).chain(whole.map(PathBuf::from)).map(Golden).collect()
}

impl Golden {
    /// Whether no row or case was left out.
    pub(crate) fn is_whole(&self) -> bool {
        !self.0.starts_with(env!("CARGO_MANIFEST_DIR"))
    }

    /// An array of a file of arrays, in the order of its indices.
    #[track_caller]
    pub(crate) fn array(&self, file: &str, name: &str) -> Vec<f64> {
        self.find(file, name).unwrap_or_else(|| panic!("{name} is not in {file}"))
    }

    /// The same, if there is one.
    fn find(&self, file: &str, name: &str) -> Option<Vec<f64>> {
        let mut archive = ZipArchive::new(File::open(self.0.join(file)).unwrap()).unwrap();
        let array = archive.by_name(&format!("{name}.npy")).ok()?;
        Some(numbers(NpyFile::new(array).unwrap()))
    }

    /// The same as single precision.
    #[track_caller]
    pub(crate) fn singles(&self, file: &str, name: &str) -> Vec<f32> {
        self.array(file, name).into_iter().map(|value| value as f32).collect()
    }

    pub(crate) fn picture(&self, name: &str) -> Rgb {
        Rgb::from_frame(Portrait::open(self.0.join(name)).unwrap().frame())
    }

    /// Where the golden values of a picture are to be compared: the repository's are black elsewhere.
    pub(crate) fn part(&self, name: &str, size: Size) -> Rect {
        let Some(part) = self.find("source.npz", name) else { return Rect::covering(size) };
        let [x, y, width, height] = [0, 1, 2, 3].map(|i| part[i] as u32);
        Rect { x, y, width, height }
    }
}

/// The numbers of an array, whatever their type, the last index the fastest.
fn numbers(array: NpyFile<impl Read>) -> Vec<f64> {
    let (shape, order) = (array.shape().to_vec(), array.order());
    let values: Vec<f64> = match array.dtype().descr().trim_matches('\'') {
        "<f8" => array.into_vec::<f64>().unwrap(),
        "<f4" => array.into_vec::<f32>().unwrap().into_iter().map(f64::from).collect(),
        "<i8" => array.into_vec::<i64>().unwrap().into_iter().map(|value| value as f64).collect(),
        "|u1" => array.into_vec::<u8>().unwrap().into_iter().map(f64::from).collect(),
        other => panic!("numbers of type {other}"),
    };
    match order {
        Order::C => values,
        Order::Fortran => {
            // Of two axes that matter, as there are no others.
            assert_eq!(shape, [1, 3, 3]);
            (0..9).map(|i| values[i % 3 * 3 + i / 3]).collect()
        }
    }
}

/// The largest difference of two sets of numbers.
#[track_caller]
pub(crate) fn largest_difference<A: Copy + Into<f64>, B: Copy + Into<f64>>(
    actual: &[A],
    expected: &[B],
) -> f64 {
    assert_eq!(actual.len(), expected.len());
    let difference = |(a, b): (&A, &B)| ((*a).into() - (*b).into()).abs();
    let differences = actual.iter().zip(expected).map(difference);
    // Unlike `f64::max`, keeps what is no number.
    differences.fold(0.0, |most, d| if d <= most { most } else { d })
}

/// The pixels of one part of a picture.
pub(crate) fn cut_out(picture: &Rgb, part: Rect) -> Vec<u8> {
    let row = |y: u32| {
        let at = (y as usize * picture.size.width as usize + part.x as usize) * 3;
        &picture.pixels[at..at + part.width as usize * 3]
    };
    (part.y..part.y + part.height).flat_map(row).copied().collect()
}
