//! The product before gaze: one long request, and progress for those who ask.

use reqwest::StatusCode;
use tokio::time::Instant;

use super::client::{Client, JobBody, Pauses, forgotten, nonsense, read_json};
use super::limits::HttpLimits;
use super::{JobFailure, Outcome, Tell};
use crate::JobProgress;

/// Has a session made, and waits for its end. Where the request breaks, the session goes on, and is asked for.
pub(super) async fn generate(
    client: &Client,
    limits: &HttpLimits,
    id: &str,
    body: &JobBody,
    tell: &Tell,
) -> Outcome<()> {
    let begun = Instant::now();
    // Longer than any silence in between: nothing comes before the end.
    let request = async {
        match client.post_job("generate", body).await {
            Ok(response) if response.status() == StatusCode::OK => {
                let answer: serde_json::Value = read_json(response).await?;
                let is_this = answer["session_id"] == id && answer["status"] == "complete";
                if is_this { Ok(true) } else { Err(nonsense()) }
            }
            Ok(response) => Err(client.failure_of(response).await),
            Err(_) => Ok(false),
        }
    };
    let mut request = std::pin::pin!(request);
    let mut is_open = true;
    let mut pauses = Pauses::new(limits.pause);
    let (mut answered, mut last) = (Instant::now(), None);
    loop {
        if is_open {
            let ended = tokio::select! {
                ended = &mut request => Some(ended?),
                () = tokio::time::sleep(limits.pause) => None,
            };
            match ended {
                Some(true) => return Ok(()),
                Some(false) => is_open = false,
                None => {}
            }
        } else {
            pauses.next().await;
        }
        match client.json::<JobProgress>(&format!("progress/{id}")).await {
            Ok(Some(progress)) => {
                answered = Instant::now();
                match progress.stage.as_str() {
                    "complete" if !is_open => return Ok(()),
                    "unknown" if !is_open => return Err(forgotten()),
                    _ => {}
                }
                if last.as_ref() != Some(&progress) {
                    tell(progress.clone());
                    last = Some(progress);
                }
            }
            Ok(None) if !is_open => return Err(forgotten()),
            Err(failure) if !is_open && answered.elapsed() >= limits.outage => return Err(failure),
            Ok(None) | Err(_) => {}
        }
        if begun.elapsed() >= limits.patience {
            return Err(JobFailure::Lost("the machine makes no progress".to_owned()));
        }
    }
}
