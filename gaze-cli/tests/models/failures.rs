//! Servers, networks and disks that fail, and what the user is told.

use std::fs;

use crate::hub::{digest_of, wait_for};
use crate::setup::{NAME, Setup, assert_code, gaze, quiet, text};

#[test]
fn content_with_another_digest_is_removed() {
    let setup = Setup::new(1000);
    setup.hub.state().announced_digest = Some("1".repeat(64));
    let output = setup.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("damaged"));
    assert_eq!(fs::read_dir(setup.folder()).unwrap().count(), 0);
    setup.hub.state().announced_digest = None;
    assert_code(&setup.pull_one(), 0);
    setup.assert_whole();
}

#[test]
fn a_damaged_part_is_found_out() {
    let setup = Setup::new(1000);
    setup.hub.state().cut_after = Some(500);
    assert_code(&setup.pull_one(), 5);
    let part = fs::read_dir(setup.folder()).unwrap().next().unwrap().unwrap().path();
    fs::write(&part, [0; 500]).unwrap();
    setup.hub.state().cut_after = None;
    let output = setup.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("damaged"));
    assert_code(&setup.pull_one(), 0);
    setup.assert_whole();
}

#[test]
fn more_than_was_announced_is_refused() {
    let setup = Setup::new(1000);
    setup.hub.state().announced_size = Some(900);
    let output = setup.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("more than the 900 bytes"));
    setup.hub.state().announced_size = Some((4 << 30) + 1);
    let output = setup.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("4294967297 bytes"));
    assert!(!setup.path(NAME).exists());
}

#[test]
fn answers_other_than_the_good_one_are_explained() {
    let page = "Content-Type: text/html\r\n";
    let cases: [(u16, &'static str, &str); 9] = [
        (401, "", "set HF_TOKEN"),
        (403, "", "set HF_TOKEN"),
        (404, "", "--revision"),
        (418, "", "--endpoint"),
        (429, "Retry-After: 7\r\n", "again in 7 s"),
        (429, "", "again later"),
        (500, "", "again later"),
        (503, "", "again later"),
        (200, page, "login"),
    ];
    for of_list in [true, false] {
        for (status, lines, says) in cases {
            let setup = Setup::new(1000);
            {
                let mut state = setup.hub.state();
                state.body = "<!doctype html><title>Log in</title>";
                let answer = Some((status, lines));
                if of_list { state.list_answer = answer } else { state.file_answer = answer }
            }
            let output = setup.pull_one();
            assert_code(&output, 5);
            let said = text(&output.stderr);
            assert!(said.contains(says), "{status}: {said}");
            assert!(!setup.path(NAME).exists());
            assert!(setup.part().is_none_or(|part| part.is_empty()), "no page goes into a part");
        }
    }
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let setup = Setup::new(1000);
    setup.hub.state().file_answer = Some((429, "Retry-After: 1\r\n"));
    let mut child = quiet(setup.command(&[NAME, "--retries", "2"])).spawn().unwrap();
    wait_for(|| !setup.hub.state().requests.is_empty());
    setup.hub.state().file_answer = None;
    assert_eq!(child.wait().unwrap().code(), Some(0));
    setup.assert_whole();
}

#[test]
fn a_server_that_is_not_there_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    for (endpoint, code, says) in [
        // Nothing listens there.
        ("http://127.0.0.1:9", 5, "refuses the connection"),
        ("http://nothing.invalid", 5, "check the network"),
        ("huggingface.co", 2, "https://huggingface.co"),
    ] {
        let mut command =
            gaze(&["models", "pull", "--endpoint", endpoint, "--retries", "0", "--models"]);
        let output = command.arg(dir.path()).output().unwrap();
        assert_code(&output, code);
        let said = text(&output.stderr);
        assert!(said.contains(says), "{endpoint}: {said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_explained() {
    let setup = Setup::new(1000);
    let digest = digest_of(&setup.bytes(NAME));
    fs::create_dir_all(setup.folder()).unwrap();
    // The device that is always full, in the place of the part.
    let part = setup.path(&format!("{NAME}.{}.part", &digest[..16]));
    std::os::unix::fs::symlink("/dev/full", part).unwrap();
    let output = setup.pull_one();
    assert_code(&output, 6);
    let said = text(&output.stderr);
    assert!(said.contains("no room") && said.contains("--models"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_folder_that_cannot_be_made_is_explained() {
    let setup = Setup::new(1000);
    fs::write(setup.folder(), "a file").unwrap();
    let output = setup.pull_one();
    assert_code(&output, 6);
    assert!(text(&output.stderr).contains("models"));
}
