//! Server-sent events.

use std::time::Duration;

use eventsource_stream::{Event, Eventsource};
use futures_util::StreamExt;
use gaze_server::JobProgress;

use crate::setup::{ID, Pod, body, folder, gated, run, until};

async fn follow(pod: &Pod, id: &str, after: Option<&str>) -> Vec<Event> {
    let mut request = pod.get(&format!("/events/{id}"));
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    response.bytes_stream().eventsource().map(|event| event.unwrap()).collect().await
}

fn progress(event: &Event) -> JobProgress {
    assert_eq!(event.event, "progress");
    serde_json::from_str(&event.data).unwrap()
}

#[test]
fn all_is_heard_in_order_and_what_was_missed_is_heard_later() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        pod.post("/jobs", &body(ID)).send().await.unwrap();
        until(async || gate.begun() == 1).await;
        let (all, ()) = tokio::join!(follow(&pod, ID, None), async {
            // Opened before the portrait is let through.
            until(async || {
                let text = pod.get("/metrics").send().await.unwrap().text().await.unwrap();
                text.contains("route=\"/events/{session_id}\",status=\"200\"")
            })
            .await;
            gate.let_one_through();
        });
        let heard: Vec<JobProgress> = all.iter().map(progress).collect();
        assert!(heard.len() > 3, "{heard:?}");
        assert_eq!(heard.last().unwrap().stage, "complete");
        assert!(heard.is_sorted_by_key(JobProgress::percent), "{heard:?}");
        let mut ids: Vec<&str> = all.iter().map(|event| event.id.as_str()).collect();
        ids.dedup();
        assert_eq!(ids.len(), all.len());
        // It is over: whoever comes back hears how it ended.
        let last = follow(&pod, ID, Some(ids[1])).await;
        assert_eq!(last.len(), 1);
        assert_eq!(progress(&last[0]).stage, "complete");
        pod.stop().await;
    });
}

#[test]
fn a_broken_stream_goes_on_where_it_was() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        pod.post("/jobs", &body("first")).send().await.unwrap();
        until(async || gate.begun() == 1).await;
        pod.post("/jobs", &body(ID)).send().await.unwrap();
        let response = pod.get(&format!("/events/{ID}")).send().await.unwrap();
        let mut stream = response.bytes_stream().eventsource();
        let first = stream.next().await.unwrap().unwrap();
        assert_eq!(progress(&first).stage, "initializing");
        drop(stream);
        // Meanwhile all of it happens but the end.
        gate.let_one_through();
        until(async || gate.begun() == 2).await;
        let response = pod.get(&format!("/events/{ID}")).header("last-event-id", &first.id);
        let mut stream = response.send().await.unwrap().bytes_stream().eventsource();
        gate.let_one_through();
        let mut heard = vec![first];
        while let Some(event) = stream.next().await {
            heard.push(event.unwrap());
        }
        let numbers: Vec<u64> =
            heard.iter().map(|e| e.id.split_once('-').unwrap().1.parse().unwrap()).collect();
        let expected: Vec<u64> = (numbers[0]..=*numbers.last().unwrap()).collect();
        assert_eq!(numbers, expected, "none is missing, none comes twice");
        assert_eq!(progress(heard.last().unwrap()).stage, "complete");
        pod.stop().await;
    });
}

#[test]
fn a_number_of_another_process_begins_with_how_it_is_now() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        pod.post("/jobs", &body(ID)).send().await.unwrap();
        until(async || gate.begun() == 1).await;
        for after in ["123-1", "nonsense", "1", ""] {
            let response = pod.get(&format!("/events/{ID}")).header("last-event-id", after);
            let mut stream = response.send().await.unwrap().bytes_stream().eventsource();
            let event = stream.next().await.unwrap().unwrap();
            assert_eq!(progress(&event), pod.progress(ID).await, "{after}");
        }
        pod.stop().await;
    });
}

#[test]
fn unknown_sessions_have_no_events() {
    run(async {
        let dir = folder();
        let pod = Pod::start(dir.path()).await;
        assert_eq!(pod.get("/events/nobody").send().await.unwrap().status(), 404);
        assert_eq!(pod.get("/events/no.body").send().await.unwrap().status(), 422);
        pod.stop().await;
    });
}

#[test]
fn the_pod_ends_with_streams_open() {
    run(async {
        let dir = folder();
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        pod.post("/jobs", &body(ID)).send().await.unwrap();
        until(async || gate.begun() == 1).await;
        let mut streams = Vec::new();
        for _ in 0..20 {
            let response = pod.get(&format!("/events/{ID}")).send().await.unwrap();
            let mut stream = response.bytes_stream().eventsource();
            stream.next().await.unwrap().unwrap();
            streams.push(stream);
        }
        tokio::time::timeout(Duration::from_secs(10), pod.stop()).await.unwrap();
        for mut stream in streams {
            // Whole events, then the end.
            while let Some(event) = stream.next().await {
                event.unwrap();
            }
        }
    });
}
