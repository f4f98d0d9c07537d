//! A portrait to take away: one page, a zip for a site, or the tiny file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use gaze_core::pack::PACK_FILE;
use gaze_core::rig_file::RIG_FILE;
use gaze_player::{PLAYER, page::write_page};
use serde_json::{Value, json};

use super::Named;
use crate::SessionId;
use crate::http::stored_file::{self, as_download};
use crate::http::zip_stream::{self, Content, Entry};
use crate::http::{ByteCounter, written_body};
use crate::studio::App;
use crate::studio::failure::Failure;
use crate::studio::store::{PORTRAIT, RESULTS, is_public};

/// A page beside the files, for sites.
const EXAMPLE: &str = include_str!("../downloads/example.html");
const README: &str = include_str!("../downloads/README.txt");
/// Files of results that no player reads.
const NOT_PLAYED: [&str; 3] = [PORTRAIT, "contact.png", "preview.webp"];

/// The contract's zip: sheets, player, demo pages and a README.
pub(crate) async fn widget(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Response, Failure> {
    let entries = entries(&app, &id).await?;
    Ok(zip_stream::answer(entries, &format!("gaze-{id}.zip")))
}

/// One HTML file that needs nothing else.
pub(crate) async fn page(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Response, Failure> {
    let (folder, pack) = shown(&app, &id).await?;
    let mut response = Response::new(written_body(move |mut out| {
        write_page(&folder, &pack, &mut out, &()).map_err(io::Error::other)
    }));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(as_download(response, "portrait.html"))
}

/// `portrait.gaze`.
pub(crate) async fn rig(
    State(app): State<Arc<App>>,
    Named(id): Named,
    request: Request,
) -> Result<Response, Failure> {
    app.session(&id).await?;
    let path = rig_of(&app, &id).await?.ok_or_else(Failure::gone)?;
    Ok(as_download(stored_file::answer(&path, request).await, RIG_FILE))
}

/// What each of them weighs, in bytes.
pub(crate) async fn sizes(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Json<Value>, Failure> {
    let (folder, pack) = shown(&app, &id).await?;
    let entries = entries(&app, &id).await?;
    let rig = match rig_of(&app, &id).await? {
        Some(path) => tokio::fs::metadata(path).await.ok().map(|metadata| metadata.len()),
        None => None,
    };
    // All of it is read: not by many at a time.
    let _turn = app.decoding.acquire().await.map_err(|_| Failure::gone())?;
    let counted = tokio::task::spawn_blocking(move || {
        let mut counter = ByteCounter::default();
        write_page(&folder, &pack, &mut counter, &())
            .map(|()| (counter.bytes, zip_stream::size_of(&entries).ok()))
    });
    let (page, zip) = counted.await.map_err(|_| Failure::gone())??;
    Ok(Json(json!({ "page": page, "zip": zip, "rig": rig })))
}

/// What goes into the zip.
async fn entries(app: &App, id: &SessionId) -> Result<Vec<Entry>, Failure> {
    let (folder, pack) = shown(app, id).await?;
    let results = tokio::task::spawn_blocking(move || files_of(&folder)).await;
    let results = results.map_err(|_| Failure::gone())?.map_err(|_| Failure::gone())?;
    let page = move |mut out: &mut dyn Write| {
        let title = pack.parent().unwrap_or(&pack);
        write_page(title, &pack, &mut out, &()).map_err(io::Error::other)
    };
    let mut entries: Vec<Entry> = vec![
        ("README.txt".to_owned(), Content::Bytes(README.as_bytes())),
        ("index.html".to_owned(), Content::Written(Arc::new(page))),
        ("example.html".to_owned(), Content::Bytes(EXAMPLE.as_bytes())),
        ("gaze-tracker.js".to_owned(), Content::Bytes(PLAYER.as_bytes())),
    ];
    if let Some(portrait) = app.files.file(id, PORTRAIT).await? {
        entries.push((format!("face/{PORTRAIT}"), Content::File(portrait)));
    }
    let names = results.iter().filter(|(name, _)| !NOT_PLAYED.contains(&name.as_str()));
    entries.extend(names.map(|(name, path)| (format!("face/{name}"), Content::File(path.clone()))));
    Ok(entries)
}

/// The public files of a folder of results, by name.
fn files_of(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if entry.file_type()?.is_file() && is_public(&format!("{RESULTS}/{name}")) {
            files.push((name, entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

/// The folder of results, and the file of it that a page shows: frames where there are such that no rig draws.
async fn shown(app: &App, id: &SessionId) -> Result<(PathBuf, PathBuf), Failure> {
    app.session(id).await?;
    for name in [RIG_FILE, PACK_FILE] {
        if let Some(path) = app.files.file(id, &format!("{RESULTS}/{name}")).await? {
            return Ok((app.files.workplace(id).join(RESULTS), path));
        }
    }
    Err(Failure::gone())
}

async fn rig_of(app: &App, id: &SessionId) -> Result<Option<PathBuf>, Failure> {
    let drawn = app.files.file(id, &format!("{RESULTS}/{RIG_FILE}")).await?;
    // One that was shared before its frames were made.
    Ok(if drawn.is_some() { drawn } else { app.files.file(id, RIG_FILE).await? })
}
