//! Requests of those who mean no good.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::setup::{ID, Pod, base64, body, detail, embedded, folder, run};

/// Sends bytes as they are, and reads the answer until the pod ends the connection.
async fn raw(pod: &Pod, request: &[u8]) -> String {
    let mut stream = connect(pod).await;
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn connect(pod: &Pod) -> TcpStream {
    TcpStream::connect(pod.url.strip_prefix("http://").unwrap()).await.unwrap()
}

async fn is_well(pod: &Pod) {
    assert_eq!(pod.post("/generate", &body("well")).send().await.unwrap().status(), 200);
}

#[test]
fn names_lead_nowhere() {
    run(async {
        let dir = folder();
        std::fs::write(dir.path().join("secret"), "secret").unwrap();
        let pod = Pod::start(dir.path()).await;
        is_well(&pod).await;
        for id in [
            "../x",
            "..",
            ".",
            "",
            "a/b",
            "a\\b",
            "a.b",
            "a b",
            "\u{e9}",
            &"x".repeat(65),
            "a\u{0}",
        ] {
            let mut body = body("x");
            body["session_id"] = id.into();
            for path in ["/generate", "/jobs"] {
                assert_eq!(pod.post(path, &body).send().await.unwrap().status(), 422, "{id:?}");
            }
        }
        for path in [
            "/files/..%2f..%2fsecret/q0.webp",
            "/files/well/..%2f..%2f..%2fsecret",
            "/files/well/%2e%2e/%2e%2e/secret",
            "/files//secret",
            "/files/../../secret/metadata.json",
            "/download/..%2fwell",
            "/progress/..%2fwell",
            "/jobs/.lock",
            "/events/%00",
        ] {
            // As it stands: a client would tidy the address.
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let answer = raw(&pod, request.as_bytes()).await;
            let status = answer.split(' ').nth(1).unwrap_or_default();
            assert!(["404", "422", "400"].contains(&status), "{path}: {answer}");
            assert!(!answer.contains("secret\r\n") && !answer.ends_with("secret"), "{answer}");
        }
        let names: Vec<_> =
            std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "nothing beside the folder of jobs: {names:?}");
        pod.stop().await;
    });
}

#[test]
#[cfg(unix)]
fn links_lead_nowhere() {
    run(async {
        let dir = folder();
        std::fs::write(dir.path().join("secret"), "secret").unwrap();
        let pod = Pod::start(dir.path()).await;
        is_well(&pod).await;
        let file = dir.path().join("jobs/well/gaze_output/q0.webp");
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret"), &file).unwrap();
        assert_eq!(pod.get("/files/well/q0.webp").send().await.unwrap().status(), 404);
        pod.stop().await;
    });
}

#[test]
fn bodies_have_a_limit() {
    run(async {
        let dir = folder();
        let limit = 1 << 20;
        let pod = Pod::with(dir.path(), || Ok(embedded()), |o| o.body_limit = limit).await;
        let image = "A".repeat(limit);
        let too_large = json!({ "image_base64": image, "session_id": ID }).to_string();
        let url = format!("{}/generate", pod.url);
        let request = pod.client.post(&url).header("content-type", "application/json");
        let response = request.body(too_large.clone()).send().await.unwrap();
        assert_eq!(response.status(), 413);
        assert!(detail(response).await.contains("1 MiB"));
        // Without a length, in pieces.
        let pieces: Vec<std::io::Result<Vec<u8>>> =
            too_large.as_bytes().chunks(60_000).map(|piece| Ok(piece.to_vec())).collect();
        let pieces = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        let request = pod.client.post(&url).header("content-type", "application/json");
        let response = request.body(pieces).send().await.unwrap();
        assert_eq!(response.status(), 413);
        // A lie about the length.
        let lie = "POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                   Content-Length: 99999999999\r\nConnection: close\r\n\r\n{";
        assert!(raw(&pod, lie.as_bytes()).await.starts_with("HTTP/1.1 413"));
        is_well(&pod).await;
        pod.stop().await;
    });
}

#[test]
fn slow_and_broken_bodies_end() {
    run(async {
        let dir = folder();
        let patience = Duration::from_millis(500);
        let pod = Pod::with(dir.path(), || Ok(embedded()), |o| o.body_patience = patience).await;
        let head = "POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                    Content-Length: 100000\r\nConnection: close\r\n\r\n";
        // One byte now and then.
        let (mut reader, mut writer) = connect(&pod).await.into_split();
        writer.write_all(head.as_bytes()).await.unwrap();
        let drip = tokio::spawn(async move {
            while writer.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let mut answer = Vec::new();
        let _ = reader.read_to_end(&mut answer).await;
        drip.abort();
        assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
        // One that breaks off.
        let mut stream = connect(&pod).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(b"{\"image_base64\":\"").await.unwrap();
        drop(stream);
        is_well(&pod).await;
        let entries = std::fs::read_dir(dir.path().join("jobs")).unwrap().count();
        assert_eq!(entries, 2, "the session that was sent, and the lock");
        pod.stop().await;
    });
}

#[test]
fn bombs_are_refused_by_their_header() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        // A PNG of 30,000 x 30,000 pixels, whose data would be nothing.
        let mut header = b"IHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0".to_vec();
        let crc = crc32(&header);
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\r".to_vec();
        png.append(&mut header);
        png.extend(crc.to_be_bytes());
        png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        let body = json!({ "image_base64": base64(&png), "session_id": ID });
        let response = pod.post("/generate", &body).send().await.unwrap();
        assert_eq!(response.status(), 400);
        let detail = detail(response).await;
        assert!(detail.contains("900 megapixels"), "{detail}");
        is_well(&pod).await;
        pod.stop().await;
    });
}

/// As PNG wants it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn nonsense_is_422() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        let url = format!("{}/jobs", pod.url);
        let deep = "[".repeat(100_000);
        for body in ["", "{", "null", "\u{feff}{}", "{\"image_base64\":", &deep] {
            let request = pod.client.post(&url).header("content-type", "application/json");
            let response = request.body(body.to_owned()).send().await.unwrap();
            assert_eq!(response.status(), 422, "{body:.20}");
        }
        // A form of another page, which needs no leave of the pod to be sent.
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let request = pod.client.post(&url).header("content-type", kind);
            let response = request.body(body(ID).to_string()).send().await.unwrap();
            assert_eq!(response.status(), 422, "{kind}");
        }
        assert_eq!(pod.get(&format!("/jobs/{ID}")).send().await.unwrap().status(), 404);
        is_well(&pod).await;
        pod.stop().await;
    });
}
