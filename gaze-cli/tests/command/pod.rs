//! `gaze pod` as a process: how it begins, answers and ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::program::{code, command, gaze, path, text};

/// No condition is waited for longer.
const LIMIT: Duration = Duration::from_secs(30);

struct Pod {
    child: Child,
    /// All that it said, once it has ended.
    log: Receiver<String>,
    url: String,
}

impl Pod {
    fn start(folder: &std::path::Path, more: &[&str], variables: &[(&str, &str)]) -> Self {
        let fixed = ["pod", "--host", "localhost", "--port", "0", "--folder", path(folder)];
        let mut command = command(&[&fixed, more].concat());
        command.env_remove("PORT").envs(variables.iter().copied());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let port = log
            .find_map(|line| Some(line.unwrap().split_once("listens on port ")?.1.to_owned()))
            .unwrap();
        let (sender, rest) = channel();
        // Read all the time, so that it never waits for its reader.
        std::thread::spawn(move || {
            let lines: Vec<String> = log.map(|line| line.unwrap()).collect();
            sender.send(lines.join("\n"))
        });
        Self { child, log: rest, url: format!("http://127.0.0.1:{port}") }
    }

    /// The status of an answer.
    fn status(&self, route: &str, token: Option<&str>) -> u16 {
        let request = ureq::get(format!("{}{route}", self.url));
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        request.config().http_status_as_error(false).build().call().unwrap().status().as_u16()
    }

    fn until_status(&self, route: &str, wanted: u16) {
        let begun = Instant::now();
        while self.status(route, None) != wanted {
            assert!(begun.elapsed() < LIMIT, "{route} is never {wanted}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until it has ended well; what it said.
    fn ended(mut self) -> String {
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.log.recv_timeout(LIMIT).unwrap()
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_answers_and_ends_when_idle() {
    let dir = tempfile::tempdir().unwrap();
    let pod =
        Pod::start(&dir.path().join("jobs"), &["--engine", "embedded", "--idle-exit", "3s"], &[]);
    pod.until_status("/ping", 200);
    assert_eq!(pod.status("/health", None), 200);
    let log = pod.ended();
    assert!(log.contains("the engine is ready") && log.contains("the pod ends"), "{log}");
}

#[cfg(unix)]
#[test]
fn it_ends_when_it_is_asked_to_and_keeps_its_token_to_itself() {
    let dir = tempfile::tempdir().unwrap();
    let variables = [("GAZE_POD_TOKEN", "s3cret-token")];
    let more = ["--engine", "embedded", "--log", "trace"];
    let pod = Pod::start(&dir.path().join("jobs"), &more, &variables);
    pod.until_status("/ping", 200);
    assert_eq!(pod.status("/metrics", None), 401);
    assert_eq!(pod.status("/metrics", Some("wrong-token")), 401);
    assert_eq!(pod.status("/metrics", Some("s3cret-token")), 200);
    let begun = Instant::now();
    let pid = pod.child.id().to_string();
    std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let log = pod.ended();
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(!log.contains("s3cret") && !log.contains("wrong-token"), "{log}");
}

#[test]
fn a_gpu_that_is_asked_for_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let more = ["--engine", "liveportrait", "--device", "cuda"];
    let pod = Pod::start(&dir.path().join("jobs"), &more, &[]);
    pod.until_status("/ping", 500);
    assert_eq!(pod.status("/health", None), 200);
}

#[test]
fn bad_options_are_usage_errors() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [
        &["pod", "--idle-exit", "soon"] as &[&str],
        &["pod", "--jobs", "0"],
        &["pod", "--body-limit", "0"],
        &["pod", "--host", "nowhere.example"],
        &["pod", "--token-file", "no-such-file"],
        &["pod", "--token", "s3cret"],
    ] {
        let mut command = command(arguments);
        let output = command.current_dir(dir.path()).env_remove("PORT").output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}: {}", text(&output.stderr));
    }
    assert!(text(&gaze(&["pod", "--help"]).stdout).contains("GAZE_POD_TOKEN"));
}
