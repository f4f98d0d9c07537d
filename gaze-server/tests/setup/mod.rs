//! Pods to test against: real servers on loopback ports, with the embedded engine.

mod engines;
mod process;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gaze_core::{Portrait, Result};
use gaze_server::pod::{PodOptions, PodServer};
use gaze_server::{JobProgress, Renderer};
use image::codecs::jpeg::JpegEncoder;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) use engines::{aborting, embedded, failing, gated, waiting_for};
pub(crate) use process::{PodProcess, command};

/// No test takes longer.
const LIMIT: Duration = Duration::from_secs(150);
/// How often a condition is looked at that is waited for.
pub(crate) const LOOK: Duration = Duration::from_millis(10);
/// A name as clients make them.
pub(crate) const ID: &str = "session_1764400000000_a1b2c3d4e";

/// Runs a test, which cannot hang.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap();
    runtime.block_on(async { tokio::time::timeout(LIMIT, test).await.expect("it hangs") });
    // What blocks is not waited for.
    runtime.shutdown_background();
}

/// Waits until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    while !is_so().await {
        tokio::time::sleep(LOOK).await;
    }
}

/// A pod in this process.
pub(crate) struct Pod {
    pub(crate) url: String,
    pub(crate) client: Client,
    pub(crate) stop: CancellationToken,
    task: JoinHandle<Result<()>>,
}

impl Pod {
    /// With the embedded engine.
    pub(crate) async fn start(folder: &Path) -> Self {
        Self::with(folder, || Ok(embedded()), |_| {}).await
    }

    pub(crate) async fn with(
        folder: &Path,
        open: impl FnOnce() -> Result<Renderer> + Send + 'static,
        change: impl FnOnce(&mut PodOptions),
    ) -> Self {
        let server = PodServer::bind(options(folder, change)).await.unwrap();
        let url = format!("http://127.0.0.1:{}", server.port());
        let stop = server.stop();
        let task = tokio::spawn(server.run(open));
        Self { url, client: Client::new(), stop, task }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).json(body)
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(format!("{}{path}", self.url))
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn progress(&self, id: &str) -> JobProgress {
        serde_json::from_value(self.json(&format!("/progress/{id}")).await).unwrap()
    }

    /// Waits until a session is at a stage.
    pub(crate) async fn until_stage(&self, id: &str, stage: &str) {
        until(async || self.progress(id).await.stage == stage).await;
    }

    pub(crate) async fn until_ready(&self) {
        until(async || self.get("/ping").send().await.unwrap().status() == 200).await;
    }

    /// Stops it and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.ended().await;
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(self) {
        self.task.await.unwrap().unwrap();
    }
}

/// Options for small pictures.
pub(crate) fn options(folder: &Path, change: impl FnOnce(&mut PodOptions)) -> PodOptions {
    let mut options = PodOptions::default();
    options.host = "localhost".to_owned();
    options.port = 0;
    options.folder = folder.join("jobs");
    options.max_size = 96;
    change(&mut options);
    options
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A small JPEG of a face.
pub(crate) fn portrait() -> &'static [u8] {
    static JPEG: OnceLock<Vec<u8>> = OnceLock::new();
    JPEG.get_or_init(|| {
        let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astronaut.png");
        let small = Portrait::open(photo).unwrap().resized(160);
        let small = small.flattened();
        let size = small.size();
        let rgb: Vec<u8> =
            small.pixels().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 90)
            .encode(&rgb, size.width, size.height, image::ExtendedColorType::Rgb8)
            .unwrap();
        jpeg
    })
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The body of a request for a small sweep.
pub(crate) fn body(id: &str) -> Value {
    json!({ "image_base64": base64(portrait()), "session_id": id, "grid_size": 4 })
}

/// The reason that an answer gives.
pub(crate) async fn detail(response: Response) -> String {
    let body: Value = response.json().await.unwrap();
    body["detail"].as_str().unwrap().to_owned()
}
