//! What strangers send: a photo for the finer version, or a live rig to be shared.

use std::io::Write;
use std::sync::Arc;

use axum::http::StatusCode;
use gaze_core::rig_file::{RIG_FILE, RigFileOptions, rig_from_bytes, rig_to_bytes};
use gaze_core::{Crop, Error, ErrorKind, FaceChoice, Frame, Pose, Report, Size, inspect};

use super::App;
use super::failure::Failure;
use super::store::{CLEAR_PORTRAIT, Enqueued, JobOrder, NewSession, OwnerKey, PORTRAIT, RESULTS};
use crate::SessionId;
use crate::picture;

/// Largest live rig: those that gaze makes have some 50 KB.
pub(crate) const RIG_MAX_BYTES: usize = 4 << 20;
/// Headers and tables of a live rig are smaller than this; what is more is no face.
const RIG_OVERHEAD: u64 = 512;
/// How metadata of pictures begins.
const METADATA: [&[u8]; 5] =
    [b"Exif\0\0", b"EXIF", b"XMP ", b"http://ns.adobe.com/", b"Photoshop 3.0"];

/// A photo as it was sent.
pub(crate) struct Photo {
    pub(crate) bytes: Vec<u8>,
    pub(crate) remove_background: bool,
    /// In shares of width and height.
    pub(crate) face: FaceChoice,
    /// What is kept of it, around that face.
    pub(crate) crop: Crop,
}

/// An upload that is stored.
pub(crate) struct Accepted {
    pub(crate) id: SessionId,
    /// The owner's key; none where the session had one.
    pub(crate) key: Option<String>,
    pub(crate) position: u32,
}

/// Which session an upload belongs to.
pub(crate) enum Place {
    /// A new one of any name.
    New,
    /// A new one of a name that the client asks for: a request, not a right.
    Named(String),
    /// One that is there, whose owner asks.
    Existing(SessionId),
}

/// Stores a photo and puts it into the line. Whatever is accepted is done for good.
///
/// # Errors
/// 400 for what is no picture or no name, 409 where the name is taken or the session has frames, 503 where the line is
/// full.
pub(crate) async fn accept_photo(
    app: &Arc<App>,
    photo: Photo,
    place: Place,
) -> Result<Accepted, Failure> {
    let (id, is_new) = match place {
        Place::New => (SessionId::new(), true),
        Place::Existing(id) => (id, false),
        Place::Named(name) => (
            name.parse().map_err(|e: crate::NotASessionId| Failure::bad_request(e.to_string()))?,
            true,
        ),
    };
    let taken = || {
        Failure::new(StatusCode::CONFLICT, "there is a session of that name: leave the name out")
    };
    let _reservation = app.reserve(&id).ok_or_else(taken)?;
    match app.store.get(&id).await? {
        Some(_) if is_new => return Err(taken()),
        Some((session, job)) => {
            if session.has_frames || job.is_some_and(|job| !job.state.is_over()) {
                let message = "this portrait has its finer version, or waits for it";
                return Err(Failure::new(StatusCode::CONFLICT, message));
            }
        }
        None if is_new => {}
        None => return Err(Failure::gone()),
    }
    // Before the work of decoding; whoever takes the last place meanwhile is found out below.
    let waiting = app.line.length();
    if waiting >= app.line.limit() {
        return Err(Failure::overloaded(waiting));
    }
    let remove_background = photo.remove_background;
    let kept = decode(app, photo).await?;
    let order = JobOrder { grid: app.options.grid, remove_background, face: kept.face };
    match kept.png {
        Some(png) => app.files.put(&id, CLEAR_PORTRAIT, png).await?,
        // Of a picture that was sent before and came to nothing.
        None => app.files.discard(&id, CLEAR_PORTRAIT).await?,
    }
    app.files.put(&id, PORTRAIT, kept.jpeg).await?;
    let (key, session) = if is_new {
        let (key, owner) = OwnerKey::new();
        let new =
            NewSession { id: id.clone(), owner, size: kept.size, has_alpha: false, has_rig: false };
        (Some(key), Some(new))
    } else {
        (None, None)
    };
    let enqueued = app.line.enqueue(session, id.clone(), order).await;
    if is_new && !matches!(enqueued, Ok(Enqueued::Waiting)) {
        app.files.remove(&id).await?;
    }
    match enqueued? {
        Enqueued::Waiting => {
            let position = app.line.state(&id).await?.map_or(0, |state| state.position);
            Ok(Accepted { id, key, position })
        }
        Enqueued::Full => Err(Failure::overloaded(app.line.limit())),
        Enqueued::Taken => Err(taken()),
    }
}

async fn decode(app: &App, photo: Photo) -> Result<picture::KeptPicture, Failure> {
    let Photo { bytes, face, crop, .. } = photo;
    // What is refused by its header waits for nobody.
    picture::check(&bytes)?;
    let _turn = app.decoding.acquire().await.map_err(|_| ending())?;
    let max_side = app.options.max_size;
    let kept =
        tokio::task::spawn_blocking(move || picture::keep(&bytes, max_side, face, crop)).await;
    Ok(kept.map_err(|_| Failure::bad_request("the picture is damaged: upload another one"))??)
}

pub(crate) fn ending() -> Failure {
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, "the studio is being stopped: try again later")
}

/// Stores a live rig under a link of its own.
///
/// # Errors
/// 400 where it is no live rig, or more than that.
pub(crate) async fn accept_rig(app: &Arc<App>, bytes: Vec<u8>) -> Result<Accepted, Failure> {
    let _turn = app.decoding.acquire().await.map_err(|_| ending())?;
    let read = tokio::task::spawn_blocking(move || read_rig(bytes)).await;
    let rig = read.map_err(|_| Failure::bad_request("this is no live rig"))??;
    let id = SessionId::new();
    let (key, owner) = OwnerKey::new();
    app.files.put(&id, &format!("{RESULTS}/{RIG_FILE}"), rig.bytes).await?;
    app.files.put(&id, PORTRAIT, rig.portrait).await?;
    let session = NewSession {
        id: id.clone(),
        owner,
        size: rig.size,
        has_alpha: rig.has_alpha,
        has_rig: true,
    };
    app.store.insert(session).await?;
    Ok(Accepted { id, key: Some(key), position: 0 })
}

struct ReadRig {
    bytes: Vec<u8>,
    /// The picture in it, as a JPEG.
    portrait: Vec<u8>,
    size: Size,
    has_alpha: bool,
}

/// Checks a rig by the rules of `gaze inspect`, and that it is nothing more than a rig.
fn read_rig(bytes: Vec<u8>) -> gaze_core::Result<ReadRig> {
    let failed =
        |e: std::io::Error| Error::new(ErrorKind::Output, format!("no temporary file: {e}"));
    let mut file = tempfile::Builder::new().suffix(".gaze").tempfile().map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    let report = inspect(file.path())?;
    let refused =
        |why: &str| Error::new(ErrorKind::InvalidInput, format!("this is no live rig: {why}"));
    if let Some(problem) = report.problems.first() {
        return Err(refused(&problem.message));
    }
    let Report { pack: None, rigs, .. } = &report else {
        return Err(refused("it has frames in it"));
    };
    let [found] = rigs.as_slice() else { return Err(refused("there is none in it")) };
    let (rig, has_alpha) = (rig_from_bytes(&bytes)?, found.has_alpha);
    let parts: u64 = found.parts.iter().map(|(_, bytes)| bytes).sum();
    let bytes = if tells_more(&bytes, parts) {
        rig_to_bytes(&rig, &RigFileOptions::default())?
    } else {
        bytes
    };
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Pose::default(), &mut frame)?;
    Ok(ReadRig { bytes, portrait: picture::to_jpeg(&frame)?, size: frame.size(), has_alpha })
}

/// Whether there is more in it than a face: metadata of its picture, or something that no player reads.
fn tells_more(rig: &[u8], parts: u64) -> bool {
    let has = |wanted: &[u8]| rig.windows(wanted.len()).any(|window| window == wanted);
    rig.len() as u64 > parts + RIG_OVERHEAD || METADATA.into_iter().any(has)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::embedded::EmbeddedEngine;
    use gaze_core::{GazeGenerator, Portrait};

    fn rig() -> Vec<u8> {
        let portrait = Portrait::open("../examples/astronaut.png").unwrap();
        let generator = GazeGenerator::new(EmbeddedEngine::new().unwrap()).with_max_size(200);
        generator.rig(&portrait, &()).unwrap().bytes
    }

    #[test]
    fn a_rig_is_kept_as_it_is_and_its_picture_beside_it() {
        let bytes = rig();
        let read = read_rig(bytes.clone()).unwrap();
        assert_eq!(read.bytes, bytes);
        assert_eq!(read.size.height, 200);
        assert_eq!(Portrait::from_bytes(&read.portrait).unwrap().size(), read.size);
    }

    #[test]
    fn whatever_else_is_refused() {
        let bytes = rig();
        for wrong in [&b"GIF89a"[..], b"", &bytes[..bytes.len() / 2], &[0; 1000]] {
            assert_eq!(
                read_rig(wrong.to_vec()).err().map(|e| e.kind() == ErrorKind::Output),
                Some(false)
            );
        }
    }

    #[test]
    fn what_is_hidden_in_a_rig_does_not_stay() {
        assert!(!tells_more(&rig(), rig().len() as u64 - 300));
        assert!(tells_more(&[rig(), vec![7; 5000]].concat(), rig().len() as u64));
        assert!(tells_more(b"....Exif\0\0....", 16));
    }
}
