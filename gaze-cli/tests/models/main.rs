//! `gaze models` as its users meet it, against a hub on this machine that fails in many ways.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod hub;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use hub::{Hub, digest_of, wait_for};

const REQUIRED: [&str; 4] = [
    "appearance_feature_extractor.onnx",
    "motion_extractor.onnx",
    "stitching.onnx",
    "warping_spade.onnx",
];
const NONCOMMERCIAL: [&str; 2] = ["retinaface_det_static.onnx", "face_2dpose_106_static.onnx"];
/// The file that most tests fetch.
const NAME: &str = "stitching.onnx";

/// A hub with all files, and a folder for them.
struct Scene {
    hub: Hub,
    dir: tempfile::TempDir,
}

impl Scene {
    /// With files of about `size` bytes.
    fn new(size: usize) -> Self {
        let hub = Hub::start();
        let others = ["landmark.onnx", "stitching_eye.onnx", "stitching_lip.onnx"];
        for (i, name) in REQUIRED.iter().chain(&NONCOMMERCIAL).chain(&others).enumerate() {
            hub.state().files.insert((*name).to_owned(), content(size + i, i));
        }
        Self { hub, dir: tempfile::tempdir().unwrap() }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("models")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        self.hub.state().files[name].clone()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = gaze(&["models", "pull", "--models"]);
        command.arg(self.folder()).args(["--endpoint", &self.hub.endpoint]).args(arguments);
        command
    }

    fn pull(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Fetches one file, without trying again.
    fn pull_one(&self) -> Output {
        self.pull(&[NAME, "--retries", "0"])
    }

    /// Bytes that are there of the file, as far as it is not whole.
    fn part(&self) -> Option<Vec<u8>> {
        let entries = fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let parts = entries.map(|entry| entry.path());
        let parts =
            parts.filter(|path| path.extension().is_some_and(|extension| extension == "part"));
        let parts: Vec<_> = parts.collect();
        assert!(parts.len() <= 1, "{parts:?}");
        parts.first().map(|path| fs::read(path).unwrap())
    }

    /// The file is right and nothing else is left.
    fn assert_whole(&self) {
        assert_eq!(digest_of(&fs::read(self.path(NAME)).unwrap()), digest_of(&self.bytes(NAME)));
        assert_eq!(self.part(), None);
    }
}

/// Bytes without a pattern.
fn content(size: usize, seed: usize) -> Vec<u8> {
    let mut state = seed as u64 * 2 + 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..size).map(|_| next()).collect()
}

/// The program, without anything of this machine's user or network.
fn gaze(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaze"));
    command.args(arguments).env("HF_HOME", "/nothing/here").env("NO_PROXY", "*");
    for name in ["LIVEPORTRAIT_PATH", "HF_ENDPOINT", "HF_TOKEN", "XDG_CACHE_HOME"] {
        command.env_remove(name);
    }
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Fails with what the program said unless it ended with that code.
#[track_caller]
fn assert_code(output: &Output, code: i32) {
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
}

#[test]
fn required_files_are_fetched_once() {
    let scene = Scene::new(3000);
    let output = scene.pull(&[]);
    assert_code(&output, 0);
    assert!(text(&output.stdout).contains("4 fetched, 0 already there"));
    for name in REQUIRED {
        assert_eq!(fs::read(scene.path(name)).unwrap(), scene.bytes(name), "{name}");
    }
    assert_eq!(fs::read_dir(scene.folder()).unwrap().count(), 4, "nothing else is fetched");
    assert_eq!(scene.hub.state().requests.len(), 4);
    let output = scene.pull(&[]);
    assert_code(&output, 0);
    assert!(text(&output.stdout).contains("0 fetched, 4 already there"));
    assert_eq!(scene.hub.state().requests.len(), 4, "no content is asked for again");
}

#[test]
fn a_download_cut_at_every_tenth_byte_goes_on_from_there() {
    let size = 400;
    for cut in (0..size).step_by(10) {
        let scene = Scene::new(size - 2);
        assert_eq!(scene.bytes(NAME).len(), size);
        scene.hub.state().cut_after = Some(cut);
        let output = scene.pull_one();
        assert_code(&output, 5);
        assert!(text(&output.stderr).contains("run the command again"));
        assert!(!scene.path(NAME).exists());
        assert_eq!(scene.part().unwrap(), scene.bytes(NAME)[..cut]);
        scene.hub.state().cut_after = None;
        assert_code(&scene.pull_one(), 0);
        scene.assert_whole();
        let state = scene.hub.state();
        let range = (cut > 0).then(|| format!("bytes={cut}-"));
        assert_eq!(state.requests.last().unwrap().range, range);
        assert_eq!(state.sent, size, "no byte is sent twice");
    }
}

#[test]
fn a_large_download_cut_at_every_tenth_goes_on_each_time() {
    let scene = Scene::new(1_000_000 - 2);
    scene.hub.state().cut_after = Some(100_000);
    for tenth in 1..10 {
        assert_code(&scene.pull_one(), 5);
        assert_eq!(scene.part().unwrap().len(), tenth * 100_000);
    }
    assert_code(&scene.pull_one(), 0);
    scene.assert_whole();
    assert_eq!(scene.hub.state().sent, 1_000_000);
}

#[test]
fn a_broken_connection_is_tried_again() {
    let scene = Scene::new(1000);
    {
        let mut state = scene.hub.state();
        (state.cut_after, state.cuts_left) = (Some(300), Some(1));
    }
    assert_code(&scene.pull(&[NAME, "--retries", "1"]), 0);
    scene.assert_whole();
    assert_eq!(scene.hub.state().sent, 1002);
}

#[test]
fn a_server_without_ranges_sends_all_again() {
    let scene = Scene::new(1000);
    {
        let mut state = scene.hub.state();
        (state.cut_after, state.has_no_ranges) = (Some(500), true);
    }
    assert_code(&scene.pull_one(), 5);
    assert_eq!(scene.part().unwrap().len(), 500);
    scene.hub.state().cut_after = None;
    assert_code(&scene.pull_one(), 0);
    scene.assert_whole();
    assert_eq!(scene.hub.state().sent, 500 + 1002);
}

#[test]
fn a_server_that_goes_on_elsewhere_is_not_believed() {
    let scene = Scene::new(1000);
    scene.hub.state().cut_after = Some(500);
    assert_code(&scene.pull_one(), 5);
    {
        let mut state = scene.hub.state();
        (state.cut_after, state.range_shift) = (None, 7);
    }
    let output = scene.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("begins anew"));
    assert_code(&scene.pull_one(), 0);
    scene.assert_whole();
}

#[test]
fn a_file_that_changed_begins_anew() {
    let scene = Scene::new(1000);
    scene.hub.state().cut_after = Some(500);
    assert_code(&scene.pull_one(), 5);
    {
        let mut state = scene.hub.state();
        state.cut_after = None;
        state.files.insert(NAME.to_owned(), content(1002, 77));
    }
    assert_code(&scene.pull_one(), 0);
    scene.assert_whole();
    assert_eq!(scene.hub.state().requests.last().unwrap().range, None);
}

#[test]
fn content_with_another_digest_is_removed() {
    let scene = Scene::new(1000);
    scene.hub.state().announced_digest = Some("1".repeat(64));
    let output = scene.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("damaged"));
    assert_eq!(fs::read_dir(scene.folder()).unwrap().count(), 0);
    scene.hub.state().announced_digest = None;
    assert_code(&scene.pull_one(), 0);
    scene.assert_whole();
}

#[test]
fn a_damaged_part_is_found_out() {
    let scene = Scene::new(1000);
    scene.hub.state().cut_after = Some(500);
    assert_code(&scene.pull_one(), 5);
    let part = fs::read_dir(scene.folder()).unwrap().next().unwrap().unwrap().path();
    fs::write(&part, [0; 500]).unwrap();
    scene.hub.state().cut_after = None;
    let output = scene.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("damaged"));
    assert_code(&scene.pull_one(), 0);
    scene.assert_whole();
}

#[test]
fn more_than_was_announced_is_refused() {
    let scene = Scene::new(1000);
    scene.hub.state().announced_size = Some(900);
    let output = scene.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("more than the 900 bytes"));
    scene.hub.state().announced_size = Some((4 << 30) + 1);
    let output = scene.pull_one();
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("4294967297 bytes"));
    assert!(!scene.path(NAME).exists());
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
            let scene = Scene::new(1000);
            {
                let mut state = scene.hub.state();
                state.body = "<!doctype html><title>Log in</title>";
                let answer = Some((status, lines));
                if of_list { state.list_answer = answer } else { state.file_answer = answer }
            }
            let output = scene.pull_one();
            assert_code(&output, 5);
            let said = text(&output.stderr);
            assert!(said.contains(says), "{status}: {said}");
            assert!(!scene.path(NAME).exists());
            assert!(scene.part().is_none_or(|part| part.is_empty()), "no page goes into a part");
        }
    }
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let scene = Scene::new(1000);
    scene.hub.state().file_answer = Some((429, "Retry-After: 1\r\n"));
    let mut child = quiet(scene.command(&[NAME, "--retries", "2"])).spawn().unwrap();
    wait_for(|| !scene.hub.state().requests.is_empty());
    scene.hub.state().file_answer = None;
    assert_eq!(child.wait().unwrap().code(), Some(0));
    scene.assert_whole();
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
fn licences_are_told_before_any_content_is_asked_for() {
    let scene = Scene::new(1000);
    let gate = Arc::new(Mutex::new(false));
    scene.hub.state().gate = Some(Arc::clone(&gate));
    let mut child = quiet(scene.command(&["--accept-noncommercial"])).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    for name in REQUIRED.iter().chain(&NONCOMMERCIAL) {
        let line = lines.by_ref().find(|line| line.contains(name)).unwrap();
        let licence = if REQUIRED.contains(name) { "MIT" } else { "non-commercial" };
        assert!(line.contains(licence) && line.contains("kB"), "{line}");
        assert!(!scene.path(name).exists());
    }
    *gate.lock().unwrap() = true;
    assert!(lines.last().unwrap().contains("6 fetched, 0 already there"));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn noncommercial_files_need_to_be_accepted() {
    let scene = Scene::new(1000);
    let output = scene.pull(&[]);
    assert_code(&output, 0);
    for name in NONCOMMERCIAL {
        let said = text(&output.stdout);
        let line = said.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains("left out") && line.contains("non-commercial"), "{line}");
        assert!(!scene.path(name).exists());
        let output = scene.pull(&[name]);
        assert_code(&output, 2);
        assert!(text(&output.stderr).contains("--accept-noncommercial"));
        assert!(!scene.path(name).exists());
        assert_code(&scene.pull(&[name, "--accept-noncommercial"]), 0);
        assert_eq!(fs::read(scene.path(name)).unwrap(), scene.bytes(name));
    }
    let output = scene.pull(&["warping_spade-fix.onnx"]);
    assert_code(&output, 2);
    assert!(text(&output.stderr).contains("warping_spade.onnx"));
}

#[test]
fn a_file_of_another_origin_is_not_replaced_unasked() {
    let scene = Scene::new(1000);
    fs::create_dir_all(scene.folder()).unwrap();
    fs::write(scene.path(NAME), "mine").unwrap();
    let output = scene.pull(&[]);
    assert_code(&output, 6);
    assert!(text(&output.stderr).contains("--force"));
    assert_eq!(fs::read(scene.path(NAME)).unwrap(), b"mine");
    assert_code(&scene.pull(&["--force"]), 0);
    scene.assert_whole();
}

#[test]
fn the_access_token_stays_with_the_hub() {
    let scene = Scene::new(1000);
    let output = scene.command(&[NAME]).env("HF_TOKEN", "hf_secret").output().unwrap();
    assert_code(&output, 0);
    let request = scene.hub.state().requests.last().unwrap().clone();
    assert_eq!(request.hub_token.as_deref(), Some("Bearer hf_secret"));
    assert_eq!(request.storage_token, None);
    assert!(!text(&output.stdout).contains("hf_secret"));
    scene.hub.state().list_answer = Some((401, ""));
    let output = scene.command(&[NAME]).env("HF_TOKEN", "hf_secret").output().unwrap();
    assert_code(&output, 5);
    let said = text(&output.stderr);
    assert!(said.contains("check HF_TOKEN") && !said.contains("hf_secret"), "{said}");
    let output = scene.command(&[NAME]).env("HF_TOKEN", "two words").output().unwrap();
    assert_code(&output, 2);
}

#[test]
fn json_is_one_object_a_line() {
    let scene = Scene::new(250_000);
    scene.hub.state().cut_after = Some(100_000);
    let output = scene.pull(&[NAME, "--retries", "0", "--json"]);
    assert_code(&output, 5);
    let last: serde_json::Value =
        serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["exitCode"]), (&"error".into(), &5.into()));
    scene.hub.state().cut_after = None;
    let output = scene.pull(&[NAME, "--json"]);
    let stdout = text(&output.stdout);
    let events: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    names.dedup();
    assert_eq!(names, ["file", "start", "progress", "fetched", "complete"]);
    assert_eq!(events[0]["bytes"], 250_002);
    assert!(events[0]["licence"].as_str().unwrap().contains("MIT"));
    assert_eq!(events[1]["resumedAt"], 100_000);
    let progress: Vec<_> = events.iter().filter(|event| event["event"] == "progress").collect();
    assert_eq!(progress.first().unwrap()["current"], 100_000);
    assert_eq!(progress.last().unwrap()["current"], 250_002);
    assert_eq!(events.last().unwrap()["fetched"], 1);
}

#[test]
fn list_says_what_is_there() {
    let scene = Scene::new(3000);
    scene.hub.state().cut_after = Some(1200);
    assert_code(&scene.pull(&["warping_spade.onnx", "--retries", "0"]), 5);
    scene.hub.state().cut_after = None;
    assert_code(&scene.pull(&[NAME]), 0);
    let output = gaze(&["models", "list", "--models"]).arg(scene.folder()).output().unwrap();
    assert_code(&output, 0);
    let said = text(&output.stdout);
    let line = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line(NAME).contains("3.0 kB") && line(NAME).contains("required"), "{said}");
    assert!(line("warping_spade.onnx").contains("1.2 kB so far"), "{said}");
    assert!(line("motion_extractor.onnx").contains("missing"), "{said}");
    assert!(line("landmark.onnx").contains("optional"), "{said}");
    for name in REQUIRED.iter().chain(&NONCOMMERCIAL) {
        assert!(said.contains(name), "{name}");
    }
    assert!(said.contains("MIT") && said.contains("non-commercial"), "{said}");
}

#[test]
fn the_folder_is_the_option_or_the_environment_or_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    let folder = |arguments: &[&str], environment: Option<&Path>| {
        let mut command = gaze(&["models", "list"]);
        command.args(arguments).env("XDG_CACHE_HOME", dir.path());
        if let Some(path) = environment {
            command.env("LIVEPORTRAIT_PATH", path);
        }
        let output = command.output().unwrap();
        assert_code(&output, 0);
        text(&output.stdout).lines().next().unwrap().trim_start_matches("in ").to_owned()
    };
    assert_eq!(folder(&["--models", "/a"], Some(Path::new("/b"))), "/a");
    assert_eq!(folder(&[], Some(Path::new("/b"))), "/b");
    if cfg!(target_os = "linux") {
        let cache = dir.path().join("gaze/models").display().to_string();
        assert_eq!(folder(&[], None), cache);
        assert_eq!(folder(&[], Some(Path::new(""))), cache);
    }
}

/// The small models that stand in for the published ones.
fn stand_ins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../gaze-core/tests/fixtures/liveportrait/models")
}

fn verify(folder: &Path) -> Output {
    gaze(&["models", "verify", "--models"]).arg(folder).output().unwrap()
}

#[test]
fn verify_tells_good_models_from_others() {
    let output = verify(&stand_ins());
    assert_code(&output, 0);
    assert_eq!(text(&output.stdout).matches("ok  ").count(), 4, "{}", text(&output.stdout));

    let dir = tempfile::tempdir().unwrap();
    let copy =
        |from: &str, to: &str| fs::copy(stand_ins().join(from), dir.path().join(to)).unwrap();
    let said = |line: &str| {
        let output = verify(dir.path());
        assert_code(&output, 5);
        let said = text(&output.stdout);
        assert!(said.contains(line), "{line}: {said}");
    };
    said("missing  warping_spade.onnx");
    for name in REQUIRED {
        copy(name, name);
    }
    copy("fp16/warping_spade.onnx", "warping_spade.onnx");
    let output = verify(dir.path());
    assert_code(&output, 0);
    assert!(text(&output.stdout).contains("warping_spade.onnx (opset 16, 16-bit floats)"));
    copy("stitching.onnx", "motion_extractor.onnx");
    said("it is stitching.onnx under another name");
    fs::write(dir.path().join("motion_extractor.onnx"), "<!doctype html>").unwrap();
    said("web page");
}

#[test]
fn adapt_writes_the_graph_beside_the_original_or_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let models = dir.path().join("models");
    fs::create_dir(&models).unwrap();
    let adapt = |arguments: &[&str]| {
        gaze(&["models", "adapt", "--models"]).arg(&models).args(arguments).output().unwrap()
    };
    let output = adapt(&[]);
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("gaze models pull"));

    let original = models.join("warping_spade.onnx");
    fs::copy(stand_ins().join("warping_spade.onnx"), &original).unwrap();
    let before = fs::read(&original).unwrap();
    let mut written = Vec::new();
    for form in ["auto", "opset20", "two-slices"] {
        let output = adapt(&["--form", form]);
        assert_code(&output, 0);
        let path = PathBuf::from(text(&output.stdout).trim_end());
        assert_eq!(path.parent(), Some(models.as_path()));
        written.push(path);
    }
    assert_eq!(written[0], written[1]);
    assert_ne!(written[1], written[2]);
    assert_eq!(fs::read(&original).unwrap(), before, "the original is never touched");
    assert_eq!(fs::read_dir(&models).unwrap().count(), 3, "nothing else is left");

    let out = dir.path().join("two.onnx");
    let out_text = out.to_str().unwrap();
    assert_code(&adapt(&["--form", "two-slices", "--out", out_text]), 0);
    assert_eq!(fs::read(&out).unwrap(), fs::read(&written[2]).unwrap());
    assert_code(&adapt(&["--form", "two-slices", "--out", out_text]), 6);
    assert_code(&adapt(&["--out", out_text, "--force"]), 0);
    assert_eq!(fs::read(&out).unwrap(), fs::read(&written[0]).unwrap());
    assert_code(&adapt(&["--form", "three-slices"]), 2);

    fs::copy(stand_ins().join("stitching.onnx"), &original).unwrap();
    let output = adapt(&["--out", out_text, "--force"]);
    assert_code(&output, 5);
    assert!(text(&output.stderr).contains("stitching.onnx"), "{}", text(&output.stderr));
}

#[test]
fn what_was_fetched_can_be_verified() {
    let scene = Scene::new(1);
    for name in REQUIRED {
        let bytes = fs::read(stand_ins().join(name)).unwrap();
        scene.hub.state().files.insert(name.to_owned(), bytes);
    }
    assert_code(&scene.pull(&[]), 0);
    assert_code(&verify(&scene.folder()), 0);
}

/// A child whose output does not fill the terminal.
fn quiet(mut command: Command) -> Command {
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Starts fetching a file that stops coming after half of it, and waits for that half.
#[cfg(unix)]
fn half_fetched(scene: &Scene) -> Child {
    {
        let mut state = scene.hub.state();
        (state.cut_after, state.stalls) = (Some(500), true);
    }
    let child = quiet(scene.command(&[NAME])).spawn().unwrap();
    wait_for(|| scene.part().is_some_and(|part| part.len() == 500));
    child
}

/// Fetches the rest of it.
#[cfg(unix)]
fn fetch_other_half(scene: &Scene) {
    assert!(!scene.path(NAME).exists());
    assert_eq!(scene.part().unwrap(), scene.bytes(NAME)[..500]);
    scene.hub.state().cut_after = None;
    assert_code(&scene.pull_one(), 0);
    scene.assert_whole();
    assert_eq!(scene.hub.state().sent, 1002, "no byte is sent twice");
}

#[test]
#[cfg(unix)]
fn a_killed_download_goes_on() {
    let scene = Scene::new(1000);
    let mut child = half_fetched(&scene);
    child.kill().unwrap();
    child.wait().unwrap();
    fetch_other_half(&scene);
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_download_that_waits_and_keeps_what_came() {
    let scene = Scene::new(1000);
    let mut child = half_fetched(&scene);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!said.contains("already there"), "{said}");
    fetch_other_half(&scene);
}

#[test]
#[cfg(unix)]
fn a_file_is_not_fetched_twice_at_a_time() {
    let scene = Scene::new(1000);
    let mut child = half_fetched(&scene);
    let output = scene.pull_one();
    assert_code(&output, 6);
    assert!(text(&output.stderr).contains("another gaze"));
    child.kill().unwrap();
    child.wait().unwrap();
    fetch_other_half(&scene);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_explained() {
    let scene = Scene::new(1000);
    let digest = digest_of(&scene.bytes(NAME));
    fs::create_dir_all(scene.folder()).unwrap();
    // The device that is always full, in the place of the part.
    let part = scene.path(&format!("{NAME}.{}.part", &digest[..16]));
    std::os::unix::fs::symlink("/dev/full", part).unwrap();
    let output = scene.pull_one();
    assert_code(&output, 6);
    let said = text(&output.stderr);
    assert!(said.contains("no room") && said.contains("--models"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_folder_that_cannot_be_made_is_explained() {
    let scene = Scene::new(1000);
    fs::write(scene.folder(), "a file").unwrap();
    let output = scene.pull_one();
    assert_code(&output, 6);
    assert!(text(&output.stderr).contains("models"));
}
