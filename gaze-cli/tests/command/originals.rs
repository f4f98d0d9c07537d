//! No command replaces a file that its results are made of, whatever path or link leads there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::program::{astronaut, code, command, gaze, path, small_sheets, text};

/// Folder `face` with a portrait of that name in it.
fn face_with(dir: &Path, name: &str) -> PathBuf {
    let face = dir.join("face");
    fs::create_dir_all(&face).unwrap();
    fs::copy(astronaut(), face.join(name)).unwrap();
    face
}

#[track_caller]
fn assert_refused(output: &Output, says: &str) {
    let said = text(&output.stderr);
    assert_eq!(code(output), 6, "{said}");
    assert!(said.contains(says), "{said}");
}

/// Refused, and the portrait stays as it was.
#[track_caller]
fn assert_kept(output: &Output, portrait: &Path) {
    assert_refused(output, "choose another output folder, or move the portrait");
    assert!(fs::read(portrait).unwrap() == fs::read(astronaut()).unwrap());
}

#[test]
fn a_portrait_that_is_called_like_a_result_is_kept() {
    for name in ["input.jpg", "q0.webp", "q3_20.webp", "contact.png", "preview.webp"]
        .into_iter()
        .chain(["metadata.json", "frames.gaze", "portrait.gaze", "sheet.webp"])
    {
        let dir = tempfile::tempdir().unwrap();
        let face = face_with(dir.path(), name);
        for more in [&[][..], &["--force"]] {
            let given = ["generate", name, "--out", ".", "--grid", "2", "--max-size", "128"];
            let output = command(&[&given[..], more].concat()).current_dir(&face).output().unwrap();
            assert_kept(&output, &face.join(name));
            assert_eq!(fs::read_dir(&face).unwrap().count(), 1, "nothing is left over");
        }
        let around = face.join("../face").join(name);
        let output = gaze(&["generate", path(&around), "--out", path(&face), "--force"]);
        assert_kept(&output, &face.join(name));
    }
}

#[test]
fn a_portrait_that_is_linked_to_a_result_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let face = face_with(dir.path(), "input.jpg");
    let portrait = dir.path().join("me.jpg");
    fs::hard_link(face.join("input.jpg"), &portrait).unwrap();
    let output = gaze(&["generate", path(&portrait), "--out", path(&face), "--force"]);
    assert_kept(&output, &face.join("input.jpg"));
}

#[cfg(unix)]
#[test]
fn symbolic_links_hide_no_portrait() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let face = face_with(dir.path(), "input.jpg");
    let (portrait, out) = (dir.path().join("me.jpg"), dir.path().join("out"));
    symlink(face.join("input.jpg"), &portrait).unwrap();
    symlink(&face, &out).unwrap();
    for portrait in [&portrait, &out.join("input.jpg"), &face.join("input.jpg")] {
        for out in [&out, &face] {
            let output = gaze(&["generate", path(portrait), "--out", path(out), "--force"]);
            assert_kept(&output, &face.join("input.jpg"));
        }
    }
    assert!(portrait.is_symlink() && out.is_symlink());
}

#[test]
fn a_portrait_of_another_name_stays_beside_the_results() {
    let dir = tempfile::tempdir().unwrap();
    let face = face_with(dir.path(), "me.png");
    fs::write(face.join("input.jpg"), "of an older run").unwrap();
    let given = ["generate", "me.png", "--out", ".", "--force", "--grid", "2", "--max-size", "128"];
    let output = command(&given).current_dir(&face).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(fs::read(face.join("me.png")).unwrap() == fs::read(astronaut()).unwrap());
    assert!(fs::read(face.join("input.jpg")).unwrap().starts_with(b"\xff\xd8"));
}

#[test]
fn a_page_replaces_nothing_that_it_is_made_of() {
    let dir = tempfile::tempdir().unwrap();
    let face = dir.path().join("face");
    small_sheets(&face);
    let linked = dir.path().join("page.html");
    for with_pack in [false, true] {
        if with_pack {
            assert_eq!(code(&gaze(&["pack", path(&face)])), 0);
        }
        for entry in fs::read_dir(&face).unwrap() {
            let file = entry.unwrap().path();
            let before = fs::read(&file).unwrap();
            fs::hard_link(&file, &linked).unwrap();
            for html in [&file, &face.join("../face").join(file.file_name().unwrap()), &linked] {
                let output = gaze(&["export", path(&face), "--html", path(html), "--force"]);
                assert_refused(&output, "name another file");
            }
            assert_eq!(fs::read(&file).unwrap(), before);
            fs::remove_file(&linked).unwrap();
        }
    }
    // A page beside them is no input.
    let page = face.join("index.html");
    for _ in 0..2 {
        let output = gaze(&["export", path(&face), "--html", path(&page), "--force"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    }
}

#[test]
fn a_pack_replaces_no_sheet() {
    let dir = tempfile::tempdir().unwrap();
    small_sheets(dir.path());
    let sheet = dir.path().join("q0.webp");
    let before = fs::read(&sheet).unwrap();
    fs::hard_link(&sheet, dir.path().join("frames.gaze")).unwrap();
    assert_refused(&gaze(&["pack", path(dir.path()), "--force"]), "name another file");
    assert_eq!(fs::read(&sheet).unwrap(), before);
}
