//! No result replaces a file that it is made of, whatever path, link or spelling leads there.

use std::fs;
use std::path::{Path, PathBuf};

use super::folder_run::is_own_file;
use gaze_face::Portrait;
use gaze_output::{is_or_holds, refused};
use gaze_rig::Result;

/// Fails where results in the folder `target` would replace the file that the portrait was read from.
///
/// # Errors
/// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) with the portrait's path.
pub(crate) fn refuse_to_replace(portrait: &Portrait, target: &Path) -> Result<()> {
    let Some(original) = portrait.source_path() else { return Ok(()) };
    if gaze_files(target).iter().any(|file| is_or_holds(file, original)) {
        let message = "a result would replace the portrait itself: choose another output folder, or move the \
                       portrait out of this one";
        return Err(refused(message, original));
    }
    Ok(())
}

/// The files in a folder under the names of gaze's results, which a run with
/// [`force`](crate::GenerateOptions::force) replaces: sheets, pack, metadata and pictures. Empty where the folder is
/// missing or cannot be read.
pub fn gaze_files(dir: impl AsRef<Path>) -> Vec<PathBuf> {
    let dir = dir.as_ref();
    let names = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.file_name());
    // Where file systems do not tell `INPUT.JPG` from `input.jpg`, the one replaces the other.
    names
        .map(|name| name.to_ascii_lowercase())
        .filter(|name| is_own_file(name))
        .map(|name| dir.join(name))
        .filter(|path| path.exists())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::{ErrorKind, Frame, Size};

    fn portrait(path: &Path) -> Portrait {
        let frame = Frame::new(Size { width: 64, height: 64 });
        Portrait::from_frame(frame).unwrap().with_source_path(path)
    }

    #[track_caller]
    fn assert_refused(original: &Path, folder: &Path) {
        // As the engine gets it, too.
        for portrait in [portrait(original), portrait(original).resized(32)] {
            let error = refuse_to_replace(&portrait, folder).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Output);
            assert!(error.to_string().contains("choose another output folder"), "{error}");
        }
    }

    #[test]
    fn every_name_of_a_result_is_guarded() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["input.jpg", "q0.webp", "q3_20.webp", "sheet.webp", "contact.png"]
            .iter()
            .chain(&["preview.webp", "metadata.json", "frames.gaze", "portrait.gaze"])
        {
            let path = dir.path().join(name);
            fs::write(&path, "a picture").unwrap();
            assert_refused(&path, dir.path());
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn other_files_are_none_of_the_guards_business() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, result) = (dir.path().join("me.jpg"), dir.path().join("input.jpg"));
        fs::write(&mine, "a picture").unwrap();
        fs::write(result, "a picture").unwrap();
        refuse_to_replace(&portrait(&mine), dir.path()).unwrap();
        refuse_to_replace(&portrait(&dir.path().join("gone.jpg")), dir.path()).unwrap();
        refuse_to_replace(&portrait(&mine), &dir.path().join("not-there")).unwrap();
        let pixels = Frame::new(Size { width: 64, height: 64 });
        refuse_to_replace(&Portrait::from_frame(pixels).unwrap(), dir.path()).unwrap();
    }

    #[test]
    fn whatever_path_leads_there() {
        let dir = tempfile::tempdir().unwrap();
        let (face, deep) = (dir.path().join("face"), dir.path().join("face/deep"));
        fs::create_dir_all(&deep).unwrap();
        let original = face.join("input.jpg");
        fs::write(&original, "a picture").unwrap();
        assert_refused(&deep.join("../input.jpg"), &face);
        assert_refused(&original, &deep.join(".."));
        let link = dir.path().join("hard.jpg");
        fs::hard_link(&original, &link).unwrap();
        assert_refused(&link, &face);
        refuse_to_replace(&portrait(&link), dir.path()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn whatever_link_leads_there() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("face")).unwrap();
        fs::write(at("face/input.jpg"), "a picture").unwrap();
        symlink(at("face"), at("link")).unwrap();
        symlink(at("link/input.jpg"), at("me.jpg")).unwrap();
        assert_refused(&at("me.jpg"), &at("face"));
        assert_refused(&at("face/input.jpg"), &at("link"));
        // The name that was given would be replaced, though not what it leads to.
        fs::write(at("photo.jpg"), "a picture").unwrap();
        symlink(at("photo.jpg"), at("face/q0.webp")).unwrap();
        assert_refused(&at("face/q0.webp"), &at("face"));
        assert_refused(&at("photo.jpg"), &at("face"));
    }

    #[test]
    fn a_portrait_below_a_result_is_not_removed_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("contact.png");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("me.jpg"), "a picture").unwrap();
        assert_refused(&folder.join("me.jpg"), dir.path());
    }

    #[test]
    fn letter_case_counts_as_the_file_system_says() {
        let dir = tempfile::tempdir().unwrap();
        let original = dir.path().join("INPUT.JPG");
        fs::write(&original, "a picture").unwrap();
        if dir.path().join("input.jpg").exists() {
            assert_refused(&original, dir.path());
        } else {
            refuse_to_replace(&portrait(&original), dir.path()).unwrap();
            // As a file system would say that knows one of them only.
            fs::hard_link(&original, dir.path().join("input.jpg")).unwrap();
            assert_refused(&original, dir.path());
        }
    }
}
