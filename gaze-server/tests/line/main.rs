//! The studio's line with machines that break off, hang, lie and sleep: a job runs twice at most, its owner is told, and the
//! others go on in order.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod machine;
#[path = "../setup/round.rs"]
mod round;

use std::sync::Arc;
use std::time::Duration;

use gaze_server::studio::{self, StudioOptions};
use machine::{Does, Fake};
use round::round_portrait;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// A studio on this machine, and who asks it.
struct Studio {
    url: String,
    client: reqwest::Client,
    stop: CancellationToken,
    server: tokio::task::JoinHandle<gaze_core::Result<()>>,
    data: tempfile::TempDir,
}

impl Studio {
    async fn start(machine: &Arc<Fake>, change: impl FnOnce(&mut StudioOptions)) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::start_in(data, machine, change).await
    }

    async fn start_in(
        data: tempfile::TempDir,
        machine: &Arc<Fake>,
        change: impl FnOnce(&mut StudioOptions),
    ) -> Self {
        // The studio's own is set where it is needed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut options = StudioOptions::default();
        options.port = 0;
        options.data = data.path().to_owned();
        options.max_size = 128;
        options.uploads_per_minute = 0;
        change(&mut options);
        let stop = CancellationToken::new();
        let (sender, receiver) = oneshot::channel();
        let ready = move |url: &str| drop(sender.send(url.to_owned()));
        let server = tokio::spawn(studio::run_until(options, machine.clone(), ready, stop.clone()));
        let url = receiver.await.expect("the studio starts");
        Self { url, client: reqwest::Client::new(), stop, server, data }
    }

    async fn upload(&self) -> String {
        let uploaded = self.send(photo(), None).await;
        uploaded["sessionId"].as_str().unwrap().to_owned()
    }

    /// Sends a photo, for a session that is there or a new one.
    async fn send(&self, photo: Vec<u8>, session: Option<&Value>) -> Value {
        let text = |key: &str| session.map_or("", |session| session[key].as_str().unwrap());
        let query = session.map(|_| format!("?session={}", text("sessionId"))).unwrap_or_default();
        let url = format!("{}api/uploads{query}", self.url);
        let request = self.client.post(url).header("x-gaze-owner", text("ownerKey")).body(photo);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap_or_default());
        answer.json().await.unwrap()
    }

    /// A file of a session; none where it is not public.
    async fn file(&self, id: &str, name: &str) -> Option<Vec<u8>> {
        let url = format!("{}uploads/{id}/{name}", self.url);
        let answer = self.client.get(url).send().await.unwrap();
        if !answer.status().is_success() {
            return None;
        }
        Some(answer.bytes().await.unwrap().to_vec())
    }

    async fn state(&self, id: &str) -> Value {
        let url = format!("{}api/session/{id}/state", self.url);
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Waits until a session is as `is` says.
    async fn until(&self, id: &str, is: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..600 {
            let state = self.state(id).await;
            if is(&state) {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{id} stays as it is: {}", self.state(id).await);
    }

    async fn outcome(&self, id: &str) -> Value {
        self.until(id, |state| {
            matches!(state["state"].as_str(), Some("complete" | "failed" | "cancelled"))
        })
        .await
    }

    async fn end(self) -> tempfile::TempDir {
        self.stop.cancel();
        self.server.await.unwrap().unwrap();
        self.data
    }
}

fn photo() -> Vec<u8> {
    std::fs::read("../examples/astronaut.png").unwrap()
}

/// The corner and the middle of a picture: R, G, B and alpha.
fn corner_and_middle(picture: &[u8]) -> [[u8; 4]; 2] {
    let picture = image::load_from_memory(picture).unwrap().into_rgba8();
    [(0, 0), (picture.width() / 2, picture.height() / 2)].map(|(x, y)| picture.get_pixel(x, y).0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_finer_one_of_a_transparent_portrait_is_transparent() {
    let machine = Fake::new([Does::Refuses, Does::Makes, Does::Refuses, Does::Makes]);
    let studio = Studio::start(&machine, |_| {}).await;
    let session = studio.send(round_portrait(), None).await;
    let id = session["sessionId"].as_str().unwrap();
    // What is public lies on white, without what was hidden.
    let shown = studio.file(id, "input.jpg").await.unwrap();
    assert!(corner_and_middle(&shown)[0].iter().all(|value| *value > 250));
    assert!(studio.file(id, "input.png").await.is_none());
    assert_eq!(studio.outcome(id).await["state"], "failed");
    studio.send(round_portrait(), Some(&session)).await;
    let made = studio.outcome(id).await;
    assert_eq!((&made["state"], &made["hasAlpha"]), (&"complete".into(), &true.into()));
    let rest = studio.file(id, "gaze_output/input.webp").await.unwrap();
    assert_eq!(corner_and_middle(&rest).map(|pixel| pixel[3]), [0, 255]);

    // An opaque one that follows is not made of the one before.
    let session = studio.send(round_portrait(), None).await;
    let id = session["sessionId"].as_str().unwrap();
    assert_eq!(studio.outcome(id).await["state"], "failed");
    studio.send(photo(), Some(&session)).await;
    let made = studio.outcome(id).await;
    assert_eq!((&made["state"], &made["hasAlpha"]), (&"complete".into(), &false.into()));
    studio.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_machine_is_lost_runs_once_more() {
    let machine = Fake::new([Does::BreaksOff, Does::Makes, Does::Makes]);
    let studio = Studio::start(&machine, |_| {}).await;
    let (first, second) = (studio.upload().await, studio.upload().await);
    let made = studio.outcome(&first).await;
    assert_eq!((made["state"].as_str(), made["attempt"].as_u64()), (Some("complete"), Some(2)));
    assert_eq!(studio.outcome(&second).await["state"], "complete");
    // It kept its place.
    assert_eq!(machine.ran(), [first.clone(), first, second]);
    studio.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_takes_the_machine_down_twice_is_given_up() {
    let machine = Fake::new([Does::Panics, Does::BreaksOff, Does::Makes]);
    let studio = Studio::start(&machine, |_| {}).await;
    let (bad, good) = (studio.upload().await, studio.upload().await);
    let failed = studio.outcome(&bad).await;
    assert_eq!(failed["state"], "failed");
    assert_eq!(failed["error"], "the machine is gone");
    assert_eq!(studio.outcome(&good).await["state"], "complete");
    studio.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_hangs_ends_by_the_time_limit() {
    let machine = Fake::new([Does::Hangs, Does::Makes]);
    let studio =
        Studio::start(&machine, |options| options.time_limit = Duration::from_millis(300)).await;
    let (bad, good) = (studio.upload().await, studio.upload().await);
    let failed = studio.outcome(&bad).await;
    assert_eq!(failed["state"], "failed");
    assert!(failed["error"].as_str().unwrap().contains("minute"), "{failed}");
    assert_eq!(studio.outcome(&good).await["state"], "complete");
    studio.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portrait_that_cannot_be_used_is_not_tried_again() {
    let machine = Fake::new([Does::Refuses, Does::Makes]);
    let studio = Studio::start(&machine, |_| {}).await;
    let id = studio.upload().await;
    assert_eq!(studio.outcome(&id).await["error"], "no face");
    assert_eq!(machine.ran().len(), 1);
    studio.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_the_machine_wakes_is_told() {
    let machine = Fake::new([Does::Wakes]);
    let studio = Studio::start(&machine, |_| {}).await;
    let id = studio.upload().await;
    let waking = studio.until(&id, |state| state["state"] == "waking").await;
    assert_eq!(waking["wake"]["stage"], "connecting");
    let queue: Value = studio
        .client
        .get(format!("{}api/queue", studio.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&queue["gpuServerReady"], &queue["isProcessing"]),
        (&Value::Bool(false), &Value::Bool(true))
    );
    machine.wake();
    assert_eq!(studio.outcome(&id).await["state"], "complete");
    studio.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_end_the_studio_puts_its_job_back_and_the_machine_to_sleep() {
    let machine = Fake::new([Does::Hangs, Does::Makes]);
    let studio = Studio::start(&machine, |_| {}).await;
    let id = studio.upload().await;
    studio.until(&id, |state| state["state"] == "running").await;
    let data = studio.end().await;
    assert!(machine.was_shut_down());
    let studio = Studio::start_in(data, &machine, |_| {}).await;
    let made = studio.outcome(&id).await;
    assert_eq!((made["state"].as_str(), made["attempt"].as_u64()), (Some("complete"), Some(1)));
    studio.end().await;
}
