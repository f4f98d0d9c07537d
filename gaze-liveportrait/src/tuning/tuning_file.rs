//! The file of kept measurements, beside the models.

use std::fs::File;
use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use gaze_output::{OutputFile, not_written};
use gaze_rig::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::combination::KeptCombination;
use super::place::Place;

/// Its name in the folder of the models.
pub(crate) const TUNING_FILE: &str = "gaze-tuning.json";
/// Rises when what it holds is to be read in another way.
const VERSION: u32 = 1;
/// A file larger than this is none of ours.
const MAX_BYTES: u64 = 256 << 10;
/// Places that are kept; the oldest goes first.
const MAX_PLACES: usize = 64;
/// Combinations of a place: the best of each arithmetic.
const MAX_COMBINATIONS: usize = 8;

/// What was measured, by place, the newest last.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct TuningFile {
    version: u32,
    places: Vec<Tuned>,
}

/// What was measured at one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tuned {
    #[serde(flatten)]
    place: Place,
    /// The day, as `2026-11-30`.
    pub(crate) measured: String,
    /// The best of each arithmetic, the fastest first.
    pub(crate) combinations: Vec<KeptCombination>,
}

impl TuningFile {
    /// Reads the file of a folder of models; an empty one where there is none.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where it cannot be read or is no such file.
    pub(crate) fn read(models: &Path) -> Result<Self> {
        let path = models.join(TUNING_FILE);
        let failed = |why: String| {
            let message = format!("what was measured is not used: {why}; measure again");
            Error::new(ErrorKind::Engine, message).with_path(&path)
        };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == IoErrorKind::NotFound => {
                return Ok(Self { version: VERSION, places: Vec::new() });
            }
            Err(e) => return Err(failed(format!("its file cannot be read ({e})"))),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| failed(format!("its file cannot be read ({e})")))?;
        let damaged = || failed("its file is damaged or of another version of gaze".to_owned());
        if bytes.len() as u64 > MAX_BYTES {
            return Err(damaged());
        }
        let read: Self = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        let is_sound = read.version == VERSION
            && read.places.iter().all(|tuned| {
                tuned.combinations.len() <= MAX_COMBINATIONS
                    && tuned.combinations.iter().all(|kept| kept.combination.is_possible())
            });
        if is_sound { Ok(read) } else { Err(damaged()) }
    }

    /// What was measured at this place.
    pub(crate) fn at(&self, place: &Place) -> Option<&Tuned> {
        self.places.iter().rev().find(|tuned| tuned.place == *place)
    }

    /// Keeps what was measured at a place today, the fastest first, instead of what was there. A file that cannot be read
    /// is replaced.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the folder cannot be written.
    pub(crate) fn keep(
        models: &Path,
        place: Place,
        combinations: Vec<KeptCombination>,
    ) -> Result<PathBuf> {
        let mut file = Self::read(models).unwrap_or_default();
        file.version = VERSION;
        file.places.retain(|tuned| tuned.place != place);
        let surplus = (file.places.len() + 1).saturating_sub(MAX_PLACES);
        file.places.drain(..surplus);
        file.places.push(Tuned { place, measured: today().to_string(), combinations });
        let path = models.join(TUNING_FILE);
        let text = serde_json::to_string_pretty(&file).map_err(|e| {
            let message = format!("what was measured cannot be written down: {e}");
            Error::new(ErrorKind::Output, message).with_source(e)
        })?;
        let output = OutputFile::create(&path, true)?;
        let mut part = output.start()?;
        part.write_all(text.as_bytes())
            .and_then(|()| part.write_all(b"\n"))
            .map_err(|e| not_written(&path, e))?;
        drop(part);
        output.commit()?;
        Ok(path)
    }
}

/// In universal time; written as `2026-11-30`.
fn today() -> Date {
    OffsetDateTime::now_utc().date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuning::combination::{Arithmetic, Combination};

    fn place(device: &str) -> Place {
        Place {
            provider: "cuda".to_owned(),
            device: device.to_owned(),
            driver: Some("580.65".to_owned()),
            library: "1.32.0".to_owned(),
            decoder: "1f0c".to_owned(),
        }
    }

    fn kept(batch: usize) -> KeptCombination {
        let combination = Combination {
            arithmetic: Arithmetic::Fp16,
            batch,
            prefer_nhwc: true,
            ..Combination::default()
        };
        KeptCombination { combination, frame_ms: 7.25, device_bytes: Some(5 << 30) }
    }

    #[test]
    fn days_have_their_dates() {
        for (days, date) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_787, "2026-11-30"),
            (20_818, "2026-12-31"),
            (20_819, "2027-01-01"),
        ] {
            let day = OffsetDateTime::UNIX_EPOCH + time::Duration::days(days);
            assert_eq!(day.date().to_string(), date);
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_only_at_its_place() {
        let folder = tempfile::tempdir().unwrap();
        assert!(TuningFile::read(folder.path()).unwrap().at(&place("a")).is_none());
        TuningFile::keep(folder.path(), place("a"), vec![kept(4), kept(1)]).unwrap();
        TuningFile::keep(folder.path(), place("b"), vec![kept(2)]).unwrap();
        let path = TuningFile::keep(folder.path(), place("a"), vec![kept(8)]).unwrap();
        assert_eq!(path.file_name().unwrap(), TUNING_FILE);
        let file = TuningFile::read(folder.path()).unwrap();
        assert_eq!(file.at(&place("a")).unwrap().combinations, [kept(8)]);
        assert_eq!(file.at(&place("b")).unwrap().combinations, [kept(2)]);
        assert_eq!(file.at(&place("a")).unwrap().measured, today().to_string());
        for other in [
            Place { provider: "cpu".to_owned(), ..place("a") },
            place("c"),
            Place { driver: None, ..place("a") },
            Place { driver: Some("590.1".to_owned()), ..place("a") },
            Place { library: "1.33.0".to_owned(), ..place("a") },
            Place { decoder: "beef".to_owned(), ..place("a") },
        ] {
            assert!(file.at(&other).is_none(), "{other:?}");
        }
        // Nothing else lies there.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn damaged_files_are_told_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(TUNING_FILE);
        TuningFile::keep(folder.path(), place("a"), vec![kept(4)]).unwrap();
        let sound = std::fs::read_to_string(&path).unwrap();
        let wrong = [
            String::new(),
            "no JSON".to_owned(),
            sound[..sound.len() / 2].to_owned(),
            sound.replace("\"version\": 1", "\"version\": 2"),
            sound.replace("\"batch\": 4", "\"batch\": 0"),
            sound.replace("\"batch\": 4", "\"batch\": 100000"),
            sound.replace("\"threads\": 0", "\"threads\": 1000"),
            sound.replace("fp16", "fp12"),
            format!("{sound}{}", " ".repeat(MAX_BYTES as usize)),
        ];
        for text in wrong {
            assert_ne!(text, sound);
            std::fs::write(&path, &text).unwrap();
            let error = TuningFile::read(folder.path()).unwrap_err();
            assert!(error.to_string().contains("measure again"), "{error}");
        }
        TuningFile::keep(folder.path(), place("b"), vec![kept(2)]).unwrap();
        assert!(TuningFile::read(folder.path()).unwrap().at(&place("b")).is_some());
    }

    #[test]
    fn the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        for index in 0..MAX_PLACES + 3 {
            TuningFile::keep(folder.path(), place(&index.to_string()), vec![kept(1)]).unwrap();
        }
        let file = TuningFile::read(folder.path()).unwrap();
        assert_eq!(file.places.len(), MAX_PLACES);
        assert!(file.at(&place("2")).is_none());
        assert!(file.at(&place("3")).is_some());
    }
}
