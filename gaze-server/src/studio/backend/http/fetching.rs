//! A pod's results: fetched beside their place, checked, and moved there as a whole.

use std::io;
use std::path::Path;

use futures_util::StreamExt;
use gaze_core::pack::PACK_FILE;
use gaze_core::rig_file::RIG_FILE;
use gaze_core::{MANIFEST_MAX_BYTES, Manifest, Portrait};
use gaze_output::OutputFolder;
use reqwest::{Response, StatusCode};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::client::{Client, lost, read_bounded};
use super::limits::HttpLimits;
use super::{Job, JobFailure, Outcome};
use crate::picture::to_jpeg;
use crate::studio::store::PORTRAIT;
use crate::work::CLEAR_REST;

const METADATA: &str = "metadata.json";

/// Fetches what the manifest names, frames and rig where they are there, and nothing else.
pub(super) async fn fetch(
    client: &Client,
    limits: &HttpLimits,
    job: &Job,
    picture: &[u8],
) -> Outcome<()> {
    let folder = OutputFolder::create(&job.out, true).map_err(|e| not_kept(&e))?;
    let id = job.id.as_str();
    let response = ask(client, limits, id, METADATA).await?;
    if response.status() != StatusCode::OK {
        return Err(client.failure_of(response).await);
    }
    let json = read_bounded(response, MANIFEST_MAX_BYTES).await?;
    let manifest = Manifest::from_json(&json).map_err(|e| wrong(e.message()))?;
    let portrait = Portrait::from_bytes(picture).map_err(|e| wrong(e.message()))?;
    let is_clear = portrait.has_alpha();
    let fits = match manifest.has_alpha {
        true => job.remove_background || is_clear,
        // The product before gaze loses a portrait's own transparency.
        false => !job.remove_background,
    };
    if manifest.grid != job.grid || !fits {
        return Err(wrong("they are of another order"));
    }
    let sheets = manifest.sheets().map_err(|e| wrong(e.message()))?;
    folder.write(METADATA, &json).map_err(|e| not_kept(&e))?;
    let mut left = limits.total_bytes;
    let names = sheets.iter().map(|sheet| (sheet.file_name(), true));
    let clear = manifest.has_alpha.then_some((CLEAR_REST, false));
    for (name, is_needed) in names.chain([(PACK_FILE, false), (RIG_FILE, false)]).chain(clear) {
        let response = ask(client, limits, id, name).await?;
        match response.status() {
            StatusCode::OK => {
                let most = limits.file_bytes.min(left);
                left -= write(response, &folder.part(name), most).await?;
            }
            StatusCode::NOT_FOUND if !is_needed => {}
            StatusCode::NOT_FOUND => return Err(wrong(&format!("{name} is missing"))),
            _ => return Err(client.failure_of(response).await),
        }
    }
    // Pages show it before the first frame is there.
    let jpeg =
        if is_clear { &to_jpeg(portrait.frame()).map_err(|e| not_kept(&e))? } else { picture };
    folder.write(PORTRAIT, jpeg).map_err(|e| not_kept(&e))?;
    let checked = tokio::task::spawn_blocking(move || publish(folder)).await;
    checked.unwrap_or_else(|_| Err(wrong("they cannot be read")))
}

async fn ask(client: &Client, limits: &HttpLimits, id: &str, name: &str) -> Outcome<Response> {
    let path = format!("files/{id}/{name}");
    client.retrying(limits.outage, || client.get(&path).send()).await
}

/// Writes a body as it comes; its bytes.
async fn write(response: Response, path: &Path, most: u64) -> Outcome<u64> {
    let too_large = || wrong("they are larger than any face");
    if response.content_length().is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let mut file = File::create(path).await.map_err(|e| not_written(&e))?;
    let mut stream = response.bytes_stream();
    let mut written = 0;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|e| lost(&e.without_url()))?;
        written += piece.len() as u64;
        if written > most {
            return Err(too_large());
        }
        file.write_all(&piece).await.map_err(|e| not_written(&e))?;
    }
    file.flush().await.map_err(|e| not_written(&e))?;
    Ok(written)
}

/// Checks what was fetched by the rules of `gaze inspect`, and moves it to its place.
fn publish(folder: OutputFolder) -> Outcome<()> {
    let part = folder.part("");
    let report = gaze_core::inspect(&part).map_err(|e| wrong(e.message()))?;
    if let Some(problem) = report.problems.first() {
        return Err(wrong(&format!("{} {}", problem.file, problem.message)));
    }
    // Whatever an earlier run left there is older than this.
    folder.commit(|_| true).map_err(|e| not_kept(&e))
}

/// The results are not what was asked for.
fn wrong(why: &str) -> JobFailure {
    tracing::warn!("the pod's results are refused: {why}");
    JobFailure::Refused(format!("the machine's results cannot be used: {why}"))
}

fn not_written(e: &io::Error) -> JobFailure {
    tracing::error!("results cannot be kept: {e}");
    JobFailure::Lost("there is no room for the results here".to_owned())
}

fn not_kept(e: &gaze_core::Error) -> JobFailure {
    tracing::error!("results cannot be kept: {e}");
    JobFailure::Lost("there is no room for the results here".to_owned())
}
