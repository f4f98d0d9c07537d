//! Uploads by HTTP.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use gaze_core::{Crop, FaceChoice};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sessions::check_owner;
use crate::SessionId;
use crate::studio::App;
use crate::studio::body::receive;
use crate::studio::failure::Failure;
use crate::studio::guard::Visitor;
use crate::studio::intake::{Photo, Place, RIG_MAX_BYTES, accept_photo, accept_rig, ending};

/// Shares a live rig.
pub(crate) async fn portrait(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Failure> {
    app.rates.count_upload(&visitor)?;
    let _room = app.receiving.acquire().await.map_err(|_| ending())?;
    let rig = receive(&headers, body, RIG_MAX_BYTES).await?;
    let accepted = accept_rig(&app, rig).await?;
    let url = format!("{}{}", app.site.url_for(&visitor), accepted.id);
    let answer = json!({ "sessionId": accepted.id, "ownerKey": accepted.key, "url": url });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhotoQuery {
    #[serde(default)]
    remove_background: bool,
    face: Option<String>,
    crop: Option<String>,
    session: Option<SessionId>,
}

/// Uploads a photo for the finer version.
pub(crate) async fn photo(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    query: Result<Query<PhotoQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let Query(query) = query.map_err(|e| Failure::bad_request(e.body_text()))?;
    let face = query.face.as_deref().map(face_of).transpose()?.unwrap_or_default();
    let crop = query.crop.as_deref().map(crop_of).transpose()?.unwrap_or_default();
    app.rates.count_upload(&visitor)?;
    let place = match query.session {
        Some(id) => {
            check_owner(&app, &id, &headers).await?;
            Place::Existing(id)
        }
        None => Place::New,
    };
    let _room = app.receiving.acquire().await.map_err(|_| ending())?;
    let bytes = receive(&headers, body, app.options.max_upload_bytes).await?;
    let photo = Photo { bytes, remove_background: query.remove_background, face, crop };
    let accepted = accept_photo(&app, photo, place).await?;
    let answer = json!({ "sessionId": accepted.id, "ownerKey": accepted.key, "position": accepted.position });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn crop_of(name: &str) -> Result<Crop, Failure> {
    let unknown = || Failure::bad_request("crop: use none, bust or head");
    Crop::from_name(name).ok_or_else(unknown)
}

/// `x,y` as shares of the picture, or those of both eyes.
fn face_of(text: &str) -> Result<FaceChoice, Failure> {
    let share =
        |part: &str| part.trim().parse::<f32>().ok().filter(|share| (0.0..=1.0).contains(share));
    let shares: Option<Vec<f32>> = text.split(',').map(share).collect();
    match shares.as_deref() {
        Some(&[x, y]) => Ok(FaceChoice::At { x, y }),
        Some(&[ax, ay, bx, by]) => Ok(FaceChoice::Eyes([[ax, ay], [bx, by]])),
        _ => Err(Failure::bad_request(
            "face is no point: use two shares from 0 to 1, as in face=0.5,0.4, or four, of both eyes",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_is_a_point_of_the_picture() {
        assert_eq!(face_of("0.5, 1"), Ok(FaceChoice::At { x: 0.5, y: 1.0 }));
        assert_eq!(face_of("0.4,0.5,0.6,0"), Ok(FaceChoice::Eyes([[0.4, 0.5], [0.6, 0.0]])));
        for text in ["", "0.5", "0.5,1.5", "-0.1,0", "NaN,0", "0.1,0.2,0.3", "inf,0", "0,0,1,1,1"] {
            assert!(face_of(text).is_err(), "{text}");
        }
    }
}
