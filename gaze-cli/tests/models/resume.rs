//! Interrupted downloads that a later try or run resumes.

#[cfg(unix)]
use std::io::Read;
#[cfg(unix)]
use std::process::{Child, Command};

#[cfg(unix)]
use crate::hub::wait_for;
use crate::setup::{NAME, Setup, assert_code, content, quiet, text};

#[test]
fn a_download_cut_at_every_tenth_byte_goes_on_from_there() {
    let size = 400;
    for cut in (0..size).step_by(10) {
        let setup = Setup::new(size - 2);
        assert_eq!(setup.bytes(NAME).len(), size);
        setup.hub.state().cut_after = Some(cut);
        let output = setup.pull_one();
        assert_code(&output, 5);
        assert!(text(&output.stderr).contains("run the command again"));
        assert!(!setup.path(NAME).exists());
        assert_eq!(setup.part().unwrap(), setup.bytes(NAME)[..cut]);
        setup.hub.state().cut_after = None;
        assert_code(&setup.pull_one(), 0);
        setup.assert_whole();
        let state = setup.hub.state();
        let range = (cut > 0).then(|| format!("bytes={cut}-"));
        assert_eq!(state.requests.last().unwrap().range, range);
        assert_eq!(state.sent, size, "no byte is sent twice");
    }
}

#[test]
fn a_large_download_cut_at_every_tenth_goes_on_each_time() {
    let setup = Setup::new(1_000_000 - 2);
    setup.hub.state().cut_after = Some(100_000);
    for tenth in 1..10 {
        assert_code(&setup.pull_one(), 5);
        assert_eq!(setup.part().unwrap().len(), tenth * 100_000);
    }
    assert_code(&setup.pull_one(), 0);
    setup.assert_whole();
    assert_eq!(setup.hub.state().sent, 1_000_000);
}

#[test]
fn a_broken_connection_is_tried_again() {
    let setup = Setup::new(1000);
    {
        let mut state = setup.hub.state();
        (state.cut_after, state.cuts_left) = (Some(300), Some(1));
    }
    assert_code(&setup.pull(&[NAME, "--retries", "1"]), 0);
    setup.assert_whole();
    assert_eq!(setup.hub.state().sent, 1002);
}

#[test]
fn a_server_without_ranges_sends_all_again() {
    let setup = Setup::new(1000);
    {
        let mut state = setup.hub.state();
        (state.cut_after, state.has_no_ranges) = (Some(500), true);
    }
    assert_code(&setup.pull_one(), 5);
    assert_eq!(setup.part().unwrap().len(), 500);
    setup.hub.state().cut_after = None;
    assert_code(&setup.pull_one(), 0);
    setup.assert_whole();
    assert_eq!(setup.hub.state().sent, 500 + 1002);
}

#[test]
fn a_server_that_goes_on_elsewhere_is_not_believed() {
    let setup = Setup::new(1000);
    setup.hub.state().cut_after = Some(500);
    assert_code(&setup.pull_one(), 5);
    {
        let mut state = setup.hub.state();
        (state.cut_after, state.range_shift) = (None, 7);
    }
    let output = setup.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("begins anew"));
    assert_code(&setup.pull_one(), 0);
    setup.assert_whole();
}

#[test]
fn a_file_that_changed_begins_anew() {
    let setup = Setup::new(1000);
    setup.hub.state().cut_after = Some(500);
    assert_code(&setup.pull_one(), 5);
    {
        let mut state = setup.hub.state();
        state.cut_after = None;
        state.files.insert(NAME.to_owned(), content(1002, 77));
    }
    assert_code(&setup.pull_one(), 0);
    setup.assert_whole();
    assert_eq!(setup.hub.state().requests.last().unwrap().range, None);
}

/// Starts fetching a file that stops coming after half of it, and waits for that half.
#[cfg(unix)]
fn half_fetched(setup: &Setup) -> Child {
    {
        let mut state = setup.hub.state();
        (state.cut_after, state.stalls) = (Some(500), true);
    }
    let child = quiet(setup.command(&[NAME])).spawn().unwrap();
    wait_for(|| setup.part().is_some_and(|part| part.len() == 500));
    child
}

/// Fetches the rest of it.
#[cfg(unix)]
fn fetch_other_half(setup: &Setup) {
    assert!(!setup.path(NAME).exists());
    assert_eq!(setup.part().unwrap(), setup.bytes(NAME)[..500]);
    setup.hub.state().cut_after = None;
    assert_code(&setup.pull_one(), 0);
    setup.assert_whole();
    assert_eq!(setup.hub.state().sent, 1002, "no byte is sent twice");
}

#[test]
#[cfg(unix)]
fn a_killed_download_goes_on() {
    let setup = Setup::new(1000);
    let mut child = half_fetched(&setup);
    child.kill().unwrap();
    child.wait().unwrap();
    fetch_other_half(&setup);
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_download_that_waits_and_keeps_what_came() {
    let setup = Setup::new(1000);
    let mut child = half_fetched(&setup);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!said.contains("already there"), "{said}");
    fetch_other_half(&setup);
}

#[test]
#[cfg(unix)]
fn a_file_is_not_fetched_twice_at_a_time() {
    let setup = Setup::new(1000);
    let mut child = half_fetched(&setup);
    let output = setup.pull_one();
    assert_code(&output, 6);
    assert!(text(&output.stderr).contains("another gaze"));
    child.kill().unwrap();
    child.wait().unwrap();
    fetch_other_half(&setup);
}
