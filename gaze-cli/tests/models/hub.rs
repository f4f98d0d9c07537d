//! A hub on this machine, which answers as Hugging Face does and fails as it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const REPOSITORY: &str = "warmshao/FasterLivePortrait";

/// What the hub has, how it behaves, and what it was asked.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Announced instead of the true digest.
    pub(crate) announced_digest: Option<String>,
    /// Announced instead of the true size.
    pub(crate) announced_size: Option<u64>,
    /// Status and further head lines of the answer about the repository, if not the good one.
    pub(crate) list_answer: Option<(u16, &'static str)>,
    /// The same for files.
    pub(crate) file_answer: Option<(u16, &'static str)>,
    /// The body goes with it, if not an empty one.
    pub(crate) body: &'static str,
    /// Bytes of a body after which the connection breaks.
    pub(crate) cut_after: Option<usize>,
    /// How many answers are still to break; all where none is said.
    pub(crate) cuts_left: Option<usize>,
    /// The connection stays open and silent instead of breaking.
    pub(crate) stalls: bool,
    /// Knows no ranges.
    pub(crate) has_no_ranges: bool,
    /// Added to where a range begins.
    pub(crate) range_shift: usize,
    /// No file is sent before this is told.
    pub(crate) gate: Option<Arc<Mutex<bool>>>,
    /// Requests for files' content.
    pub(crate) requests: Vec<Request>,
    /// Bytes of content that were sent.
    pub(crate) sent: usize,
}

/// A request for a file's content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) range: Option<String>,
    /// Access token that the hub was told, and the storage behind it.
    pub(crate) hub_token: Option<String>,
    pub(crate) storage_token: Option<String>,
}

/// A running hub; ends with the test's process.
pub(crate) struct Hub {
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Hub {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(stream, port, &state));
            }
        });
        Self { endpoint: format!("http://127.0.0.1:{port}"), state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

struct Head {
    target: String,
    headers: BTreeMap<String, String>,
}

fn read_head(stream: &TcpStream) -> Option<Head> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect();
    Some(Head { target, headers })
}

fn serve(mut stream: TcpStream, port: u16, state: &Mutex<State>) {
    let Some(head) = read_head(&stream) else { return };
    let token = head.headers.get("authorization").cloned();
    let path = head.target.split('?').next().unwrap().to_owned();
    let resolve = format!("/{REPOSITORY}/resolve/{COMMIT}/liveportrait_onnx/");
    if path.starts_with(&format!("/api/models/{REPOSITORY}/revision/")) {
        answer_list(&mut stream, &head, &state.lock().unwrap());
    } else if let Some(name) = path.strip_prefix(&resolve) {
        let mut state = state.lock().unwrap();
        let request = Request { hub_token: token, ..Request::default() };
        state.requests.push(request);
        // Another name of the same machine: to the client another host.
        let location = format!(
            "HTTP/1.1 302 Found\r\nLocation: http://localhost:{port}/storage/{name}\r\nX-Repo-Commit: {COMMIT}\r\n"
        );
        end(&mut stream, &location, b"");
    } else if let Some(name) = path.strip_prefix("/storage/") {
        let gate = state.lock().unwrap().gate.clone();
        if let Some(gate) = gate {
            wait_for(|| *gate.lock().unwrap());
        }
        let mut state = state.lock().unwrap();
        let range = head.headers.get("range").cloned();
        if let Some(request) = state.requests.last_mut() {
            request.range.clone_from(&range);
            request.storage_token = token;
        }
        answer_file(stream, name, range.as_deref(), &mut state);
    } else {
        end(&mut stream, "HTTP/1.1 404 Not Found\r\n", b"");
    }
}

fn answer_list(stream: &mut TcpStream, head: &Head, state: &State) {
    if let Some((status, lines)) = state.list_answer {
        let head = format!("HTTP/1.1 {status} As Told\r\n{lines}");
        return end(stream, &head, state.body.as_bytes());
    }
    // Sizes and digests are told only to those who ask for them.
    assert!(head.target.ends_with("?blobs=true"), "{}", head.target);
    let siblings = state.files.iter().map(|(name, bytes)| {
        let digest = state.announced_digest.clone().unwrap_or_else(|| digest_of(bytes));
        let size = state.announced_size.unwrap_or(bytes.len() as u64);
        serde_json::json!({
            "rfilename": format!("liveportrait_onnx/{name}"), "size": size, "blobId": "0".repeat(40),
            "lfs": { "sha256": digest, "size": size, "pointerSize": 130 },
        })
    });
    let list = serde_json::json!({ "id": REPOSITORY, "sha": COMMIT, "siblings": siblings.collect::<Vec<_>>() });
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    end(stream, head, list.to_string().as_bytes());
}

fn answer_file(mut stream: TcpStream, name: &str, range: Option<&str>, state: &mut State) {
    if let Some((status, lines)) = state.file_answer {
        let head = format!("HTTP/1.1 {status} As Told\r\n{lines}");
        return end(&mut stream, &head, state.body.as_bytes());
    }
    let bytes = state.files[name].clone();
    let asked = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    let offset: usize = match asked {
        Some(text) if !state.has_no_ranges => text.parse::<usize>().unwrap() + state.range_shift,
        _ => 0,
    };
    let (body, total) = (&bytes[offset.min(bytes.len())..], bytes.len());
    let status = if asked.is_some() && !state.has_no_ranges {
        format!("206 Partial Content\r\nContent-Range: bytes {offset}-{}/{total}", total - 1)
    } else {
        "200 OK".to_owned()
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: binary/octet-stream\r\nETag: \"of-the-storage\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let cut = state.cut_after.filter(|_| state.cuts_left != Some(0));
    if cut.is_some() {
        state.cuts_left = state.cuts_left.map(|left| left - 1);
    }
    let body = &body[..cut.unwrap_or(body.len()).min(body.len())];
    state.sent += body.len();
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
    if cut.is_some() && state.stalls {
        // Dropped much later than anyone waits.
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(120));
            drop(stream);
        });
        return;
    }
    let _ = stream.shutdown(Shutdown::Write);
}

fn end(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let _ = write!(stream, "{head}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(body);
    let _ = stream.shutdown(Shutdown::Write);
}

pub(crate) fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Waits until it is so, and fails after a long time.
pub(crate) fn wait_for(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain");
        thread::sleep(Duration::from_millis(5));
    }
}
