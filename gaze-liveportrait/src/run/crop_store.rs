//! Finished crops of a sweep on disk: what an interrupted run left, and what this one adds.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{BufReader, ErrorKind as IoErrorKind};
use std::path::{Path, PathBuf};

use gaze_output::not_written;
use gaze_rig::{Error, ErrorKind, Result};
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::{ExtendedColorType, ImageDecoder, ImageEncoder};

use crate::math::crop::CROP_SIDE;
use crate::run::decoder::{CROP_BYTES, DecodedCrop};

/// Held while a run uses the folder.
const LOCK_FILE: &str = "lock";

/// One losslessly compressed picture a frame. Each is written under another name and renamed, so that one that is
/// there is whole; one that is damaged all the same counts as missing.
pub(crate) struct CropStore {
    folder: PathBuf,
    /// Unlocks when it is dropped.
    _lock: File,
}

impl CropStore {
    /// Opens the folder for this run alone.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where it cannot be written, or another run holds it.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let failed = |e| not_written(folder, e);
        let busy = || {
            Error::new(
                ErrorKind::Output,
                "another run renders the same frames: wait for it, or use another output folder",
            )
            .with_path(folder)
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let lock_file = folder.join(LOCK_FILE);
        let lock = File::create(&lock_file).map_err(failed)?;
        match lock.try_lock() {
            // A run that was just ending has removed the folder meanwhile.
            Ok(()) if !lock_file.exists() => return Err(busy()),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy()),
            // A file system without locks: two runs write the same bytes, each file by renaming.
            Err(TryLockError::Error(e)) if e.kind() == IoErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// A crop; none where it is missing or damaged.
    pub(crate) fn load(&self, index: usize) -> Option<DecodedCrop> {
        let file = File::open(self.path(index)).ok()?;
        let decoder = PngDecoder::new(BufReader::new(file)).ok()?;
        let is_crop = decoder.dimensions() == (CROP_SIDE, CROP_SIDE)
            && decoder.color_type() == image::ColorType::Rgb8
            && decoder.total_bytes() == CROP_BYTES as u64;
        if !is_crop {
            return None;
        }
        let mut crop = vec![0; CROP_BYTES];
        decoder.read_image(&mut crop).ok()?;
        Some(crop)
    }

    /// Keeps a crop.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where it cannot be written, for instance on a full disk.
    pub(crate) fn save(&self, index: usize, crop: &[u8]) -> Result<()> {
        let path = self.path(index);
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Up)
            .write_image(crop, CROP_SIDE, CROP_SIDE, ExtendedColorType::Rgb8)
            .map_err(|e| {
                Error::new(ErrorKind::Output, format!("a frame cannot be kept: {e}")).with_source(e)
            })?;
        let part = path.with_extension("part");
        fs::write(&part, &png).and_then(|()| fs::rename(&part, &path)).map_err(|e| {
            let _ = fs::remove_file(&part);
            not_written(&path, e)
        })
    }

    fn path(&self, index: usize) -> PathBuf {
        self.folder.join(format!("{index:04}.png"))
    }
}

impl Drop for CropStore {
    fn drop(&mut self) {
        // A folder without a frame is of no use to the next run. Still locked, so that nobody begins with it.
        let is_kept = |name: OsString| name != LOCK_FILE;
        let mut names = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        if !names.any(|entry| is_kept(entry.file_name())) {
            let _ = fs::remove_file(self.folder.join(LOCK_FILE));
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crop(seed: u8) -> DecodedCrop {
        (0..CROP_BYTES).map(|i| (i / 7 % 251) as u8 ^ seed).collect()
    }

    #[test]
    fn crops_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let store = CropStore::open(&folder.path().join("work")).unwrap();
        assert!(store.load(3).is_none());
        store.save(3, &crop(3)).unwrap();
        assert_eq!(store.load(3).unwrap(), crop(3));
        assert!(store.load(4).is_none());
    }

    #[test]
    fn a_damaged_crop_counts_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let store = CropStore::open(folder.path()).unwrap();
        store.save(0, &crop(9)).unwrap();
        let path = store.path(0);
        let whole = fs::read(&path).unwrap();
        for len in [0, 8, 40, whole.len() / 2, whole.len() - 20] {
            fs::write(&path, &whole[..len]).unwrap();
            assert!(store.load(0).is_none(), "{len} of {} bytes", whole.len());
        }
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert!(store.load(0).is_none(), "a flipped bit");
        store.save(0, &crop(9)).unwrap();
        assert!(store.load(0).is_some());
    }

    #[test]
    fn a_folder_serves_one_run() {
        let folder = tempfile::tempdir().unwrap();
        let store = CropStore::open(folder.path()).unwrap();
        let error = CropStore::open(folder.path()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Output);
        drop(store);
        CropStore::open(folder.path()).unwrap();
    }

    #[test]
    fn a_folder_without_frames_goes_and_one_with_frames_stays() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("work");
        drop(CropStore::open(&folder).unwrap());
        assert!(!folder.exists());
        let store = CropStore::open(&folder).unwrap();
        store.save(0, &crop(1)).unwrap();
        drop(store);
        assert!(CropStore::open(&folder).unwrap().load(0).is_some());
    }
}
