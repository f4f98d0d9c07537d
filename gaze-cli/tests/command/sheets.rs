//! `gaze inspect`, `gaze pack`, `gaze export` and `gaze preview` on a folder of sheets.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::program::{code, command, gaze, path, small_sheets, text};

#[test]
fn inspect_tells_sound_folders_from_broken_ones() {
    let dir = tempfile::tempdir().unwrap();
    let sheets = dir.path().join("face");
    small_sheets(&sheets);
    let output = gaze(&["inspect", path(&sheets)]);
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("all 4 sheets are sound"));
    fs::remove_file(sheets.join("q3.webp")).unwrap();
    let output = gaze(&["inspect", path(&sheets)]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stdout).contains("q3.webp: is missing"));
    fs::write(sheets.join("metadata.json"), "{").unwrap();
    assert_eq!(code(&gaze(&["inspect", path(&sheets)])), 6);
    assert_eq!(code(&gaze(&["inspect", path(&dir.path().join("nothing"))])), 3);
}

#[test]
fn sheets_become_a_pack_once() {
    let dir = tempfile::tempdir().unwrap();
    let sheets = dir.path().join("face");
    small_sheets(&sheets);
    let output = gaze(&["pack", path(&sheets)]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("frames.gaze: 4 frames"));
    let output = gaze(&["inspect", path(&sheets)]);
    assert!(text(&output.stdout).contains("frames.gaze is sound"), "{}", text(&output.stdout));
    let output = gaze(&["pack", path(&sheets)]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stderr).contains("--force"));
    assert_eq!(code(&gaze(&["pack", path(&sheets), "--force", "--quality", "40"])), 0);
    assert_eq!(fs::read_dir(&sheets).unwrap().count(), 7, "nothing is left over");

    let pack = sheets.join("frames.gaze");
    let mut bytes = fs::read(&pack).unwrap();
    bytes.pop();
    fs::write(&pack, bytes).unwrap();
    let output = gaze(&["inspect", path(&sheets)]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stdout).contains("frames.gaze: the pack has"));
}

#[test]
fn too_many_threads_are_refused_before_anything_is_done() {
    let dir = tempfile::tempdir().unwrap();
    small_sheets(dir.path());
    let pack = |threads: &str| gaze(&["pack", path(dir.path()), "--threads", threads]);
    for threads in ["257", "20000"] {
        let output = pack(threads);
        assert_eq!(code(&output), 2, "{}", text(&output.stderr));
        assert!(!dir.path().join("frames.gaze").exists());
    }
    assert_eq!(code(&pack("256")), 0);
}

#[test]
fn a_closed_pipe_is_no_crash() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = command(&["pack", path(&dir.path().join("nothing"))]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn folders_without_sheets_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (empty, missing) = (dir.path(), dir.path().join("nothing"));
    let page = dir.path().join("page.html");
    assert_eq!(code(&gaze(&["pack", path(empty)])), 6);
    assert_eq!(code(&gaze(&["pack", path(&missing)])), 3);
    assert_eq!(code(&gaze(&["export", path(empty), "--html", path(&page)])), 6);
    assert_eq!(code(&gaze(&["preview", path(empty), "--no-open"])), 3);
    assert_eq!(fs::read_dir(empty).unwrap().count(), 0);
}

#[test]
fn a_folder_becomes_one_page_that_asks_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let sheets = dir.path().join("face & <co>");
    small_sheets(&sheets);
    let page = dir.path().join("page.html");
    for with_pack in [false, true] {
        if with_pack {
            assert_eq!(code(&gaze(&["pack", path(&sheets)])), 0);
        }
        let output = gaze(&["export", path(&sheets), "--html", path(&page), "--force"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert_eq!(sheets.join("frames.gaze").exists(), with_pack);
        let html = fs::read_to_string(&page).unwrap();
        // "\x89GAZE" and what follows.
        assert!(html.contains(r#"<script type="application/octet-stream">iUdBWkUN"#));
        assert!(html.contains("src=\"data:image/jpeg;base64,/9gg"));
        assert!(html.contains("<title>face &amp; &lt;co></title>"));
        assert_eq!(html.matches("</script>").count(), 3, "the player ends no script early");
        assert!(!html.contains("src=\"http") && !html.contains("import '"));
    }
    let before = fs::read(&page).unwrap();
    let output = gaze(&["export", path(&sheets), "--html", path(&page)]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stderr).contains("--force"));
    fs::write(sheets.join("frames.gaze"), "no pack").unwrap();
    assert_eq!(code(&gaze(&["export", path(&sheets), "--html", path(&page), "--force"])), 6);
    assert_eq!(fs::read(&page).unwrap(), before, "what failed has changed nothing");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

/// Head and body of what a server says.
pub(crate) fn ask(address: &str, request: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request}Connection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let split = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    (text(&answer[..split]).to_lowercase(), answer[split + 4..].to_vec())
}

#[test]
fn previews_serve_the_folder_to_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let sheets = dir.path().join("face");
    small_sheets(&sheets);
    fs::write(dir.path().join("secret"), "x").unwrap();
    assert_eq!(code(&gaze(&["pack", path(&sheets)])), 0);
    let mut server =
        command(&["preview", path(&sheets), "--no-open"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let get = |target: &str, more: &str| {
        ask(&address, &format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n{more}"))
    };
    let (head, body) = get("/", "");
    assert!(head.starts_with("http/1.1 200") && head.contains("text/html"), "{head}");
    assert!(text(&body).contains("<gaze-tracker src=\"/frames/\" blink><img"));
    assert!(get("/gaze-tracker.js", "").0.contains("text/javascript"));
    let (head, body) = get("/frames/frames.gaze", "Range: bytes=1-4\r\n");
    assert!(head.starts_with("http/1.1 206") && head.contains("application/octet-stream"));
    assert_eq!(body, b"GAZE");
    assert!(get("/frames/q0.webp", "").0.contains("image/webp"));
    assert!(get("/frames/../secret", "").0.starts_with("http/1.1 404"));
    assert!(get("/frames/%2e%2e/secret", "").0.starts_with("http/1.1 404"));
    let foreign = ask(&address, "GET / HTTP/1.1\r\nHost: evil.example\r\n");
    assert!(foreign.0.starts_with("http/1.1 403"), "{}", foreign.0);
    server.kill().unwrap();
    server.wait().unwrap();
}
