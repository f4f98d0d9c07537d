//! Files: those of sessions, of the page, the player and the face models.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::{Path as PathOf, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use gaze_player::{PLAYER, STUDIO_FILES, face_models};
use sha2::{Digest, Sha256};

use super::Named;
use crate::http::stored_file;
use crate::studio::App;
use crate::studio::failure::Failure;
use crate::studio::preview;
use crate::studio::store::{PORTRAIT, is_public};

/// Under a name that changes with what is in it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const FOR_AN_HOUR: &str = "public, max-age=3600";
const FOR_A_DAY: &str = "public, max-age=86400";
/// Where a picture of a session's preview is kept.
const PREVIEW: &str = "preview.jpg";
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The contract's files of a session; pages of any site may show them.
pub(crate) async fn upload(
    State(app): State<Arc<App>>,
    Named(id): Named,
    PathOf((_, name)): PathOf<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    if !is_public(&name) {
        return Err(Failure::gone());
    }
    let path = app.files.file(&id, &name).await?.ok_or_else(Failure::gone)?;
    app.used.note(&id);
    Ok(for_all_sites(stored_file::answer(&path, request).await))
}

/// The picture that a chat shows beside a link.
pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    Named(id): Named,
    request: Request,
) -> Result<Response, Failure> {
    app.session(&id).await?;
    let path = match app.files.file(&id, PREVIEW).await? {
        Some(path) => path,
        None => {
            let portrait = app.files.file(&id, PORTRAIT).await?.ok_or_else(Failure::gone)?;
            let _turn = app.decoding.acquire().await.map_err(|_| Failure::gone())?;
            let drawn = tokio::task::spawn_blocking(move || preview::of(&portrait)).await;
            app.files.put(&id, PREVIEW, drawn.map_err(|_| Failure::gone())??).await?;
            app.files.file(&id, PREVIEW).await?.ok_or_else(Failure::gone)?
        }
    };
    Ok(for_all_sites(stored_file::answer(&path, request).await))
}

/// The player, for embeds.
pub(crate) async fn player(headers: HeaderMap) -> Response {
    static TAG: LazyLock<String> = LazyLock::new(|| tag_of(PLAYER.as_bytes()));
    for_all_sites(constant("gaze-tracker.js", PLAYER.as_bytes(), &TAG, FOR_AN_HOUR, &headers))
}

/// A file of the page.
pub(crate) async fn asset(PathOf(name): PathOf<String>, headers: HeaderMap) -> Response {
    match STUDIO_FILES.iter().find(|(file, _)| *file == name && *file != "index.html") {
        Some((name, bytes)) => constant(name, bytes, &format!("\"{name}\""), FOR_EVER, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A face model.
pub(crate) async fn model(PathOf(name): PathOf<String>, headers: HeaderMap) -> Response {
    static MODELS: LazyLock<Vec<(&'static str, &'static [u8], String)>> =
        LazyLock::new(|| face_models().map(|(name, bytes)| (name, bytes, tag_of(bytes))).to_vec());
    match MODELS.iter().find(|(model, ..)| *model == name) {
        Some((name, bytes, tag)) => constant(name, bytes, tag, FOR_A_DAY, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn constant(
    name: &str,
    bytes: &'static [u8],
    tag: &str,
    caching: &'static str,
    headers: &HeaderMap,
) -> Response {
    let is_known =
        headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(bytes))
    };
    let content_type = stored_file::content_type_of(Path::new(name));
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        fields.insert(ETAG, tag);
    }
    response
}

fn tag_of(bytes: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Sha256::digest(bytes)[..12]))
}

/// Any site's page may use it; shown by itself it can do nothing.
fn for_all_sites(mut response: Response) -> Response {
    let fields = response.headers_mut();
    fields.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    fields.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    fields.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}
