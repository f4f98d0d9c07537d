//! `gaze player`.

use std::fs;

use crate::program::{code, command, gaze, path, text};

#[test]
fn the_player_is_one_script_that_is_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("gaze-tracker.js");
    let output = gaze(&["player", "--out", path(&out)]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("gaze-tracker.js: "), "{}", text(&output.stdout));
    let script = fs::read_to_string(&out).unwrap();
    assert!(script.contains("customElements") && script.contains("gaze-tracker"));
    // What `gaze export` puts into a page.
    let sheets = dir.path().join("face");
    crate::program::small_sheets(&sheets);
    let page = dir.path().join("page.html");
    assert_eq!(code(&gaze(&["export", path(&sheets), "--html", path(&page)])), 0);
    assert!(fs::read_to_string(&page).unwrap().contains(&script));

    fs::write(&out, "mine").unwrap();
    let output = gaze(&["player", "--out", path(&out)]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stderr).contains("--force"), "{}", text(&output.stderr));
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    assert_eq!(code(&gaze(&["player", "--out", path(&out), "--force"])), 0);
    assert_eq!(fs::read_to_string(&out).unwrap(), script);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3, "nothing is left over");
}

#[test]
fn places_where_it_cannot_be_written_are_code_6() {
    let dir = tempfile::tempdir().unwrap();
    for out in [dir.path().to_owned(), dir.path().join("no/such/folder.js")] {
        let output = gaze(&["player", "--out", path(&out), "--force"]);
        assert_eq!(code(&output), 6, "{}", text(&output.stderr));
    }
    assert_eq!(code(&gaze(&["player"])), 2);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn the_program_itself_is_not_replaced() {
    // A copy, lest a failure breaks all other tests.
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join(format!("gaze{}", std::env::consts::EXE_SUFFIX));
    fs::copy(env!("CARGO_BIN_EXE_gaze"), &program).unwrap();
    let arguments = command(&["player", "--out", path(&program), "--force"]);
    let output = std::process::Command::new(&program).args(arguments.get_args()).output().unwrap();
    assert_eq!(code(&output), 6, "{}", text(&output.stderr));
    assert!(program.metadata().unwrap().len() > 1_000_000);
}
