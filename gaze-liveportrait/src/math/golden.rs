//! Numbers and pictures of a run of LivePortrait's own program, for tests.
//!
//! A part of them lies in the repository (see `scripts/golden_fixtures.py`); the whole is read too where
//! the folder `GAZE_SHARED`, or `shared` beside the repository, is there.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;
use gaze_face::Portrait;
use gaze_rig::{Rect, Size};

use crate::math::affine::Rgb;

/// A folder of golden data.
pub(crate) struct Golden(PathBuf);

/// The repository's part, and the whole where it is there.
pub(crate) fn sets() -> Vec<Golden> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("GAZE_SHARED")
        .map_or_else(|| repository.join("../../shared"), PathBuf::from);
    let part = repository.join("tests/fixtures/golden");
    let whole = shared.join("golden");
    std::iter::once(part).chain(whole.is_dir().then_some(whole)).map(Golden).collect()
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
        let archive = std::fs::read(self.0.join(file)).unwrap();
        entry(&archive, &format!("{name}.npy")).map(|bytes| numbers(&bytes))
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

/// A file in a zip archive, by the list at the archive's end.
fn entry(archive: &[u8], name: &str) -> Option<Vec<u8>> {
    let short = |at: usize| usize::from(u16::from_le_bytes([archive[at], archive[at + 1]]));
    let long = |at: usize| short(at) | short(at + 2) << 16;
    let end = archive.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").unwrap();
    let mut at = long(end + 16);
    while archive[at..].starts_with(b"PK\x01\x02") {
        let name_len = short(at + 28);
        if &archive[at + 46..][..name_len] == name.as_bytes() {
            assert_eq!(short(at + 10), 8, "{name} is deflated");
            let header = long(at + 42);
            let content = &archive[header + 30 + short(header + 26) + short(header + 28)..];
            let mut bytes = Vec::new();
            DeflateDecoder::new(content).read_to_end(&mut bytes).unwrap();
            return Some(bytes);
        }
        at += 46 + name_len + short(at + 30) + short(at + 32);
    }
    None
}

/// The content of a .npy file: a magic number, a header that is a Python literal, numbers.
fn numbers(bytes: &[u8]) -> Vec<f64> {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let (header, data) = (std::str::from_utf8(&bytes[10..data]).unwrap(), &bytes[data..]);
    let between =
        |start: &str, end: &str| header.split_once(start).unwrap().1.split_once(end).unwrap().0;
    let values: Vec<f64> = match between("'descr': '", "'") {
        "<f8" => data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
        "<f4" => data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b).into()).collect(),
        "<i8" => data.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f64).collect(),
        "|u1" => data.iter().map(|b| f64::from(*b)).collect(),
        other => panic!("numbers of type {other}"),
    };
    if header.contains("'fortran_order': True") {
        // Of two axes that matter, as there are no others.
        assert_eq!(between("'shape': (", ")"), "1, 3, 3");
        return (0..9).map(|i| values[i % 3 * 3 + i / 3]).collect();
    }
    values
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
