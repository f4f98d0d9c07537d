//! Socket.IO, for clients of the product before gaze.

use std::convert::Infallible;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use gaze_core::{Crop, FaceChoice};
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor as Reader};
use serde_json::json;
use socketioxide::extract::{AckSender, SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use socketioxide::layer::SocketIoLayer;
use socketioxide::{ParserConfig, SendError, SocketError, SocketIo};

use super::App;
use super::contract_events::events_of;
use super::failure::Failure;
use super::guard::Visitor;
use super::intake::{Photo, Place, accept_photo};
use crate::SessionId;

/// How long an upload may take.
const UPLOAD_TIME: Duration = Duration::from_secs(300);
/// Between attempts to give an event to a client that is slow to take them.
const RETRY: Duration = Duration::from_millis(50);
/// A client that takes nothing for so long is given up, in attempts.
const RETRIES: u32 = 1200;

/// The layer that answers at `/socket.io`.
pub(crate) fn layer(app: &Arc<App>) -> (SocketIoLayer, SocketIo) {
    // Beyond the stated limit an upload is refused in words; what is twice as large is not received at all. By polling, bytes
    // travel as base64.
    let most = app.options.max_upload_bytes * 2;
    let parser = ParserConfig::common()
        .max_incoming_binary_buf_size(most)
        .max_incoming_binaries(4)
        .packet_completion_timeout(UPLOAD_TIME);
    let (layer, io) = SocketIo::builder()
        .max_payload((most + most / 3) as u64)
        .ws_max_message_size(most)
        .ws_max_frame_size(most)
        .with_parser(parser)
        .build_layer();
    let (for_all, for_new) = (app.clone(), app.clone());
    let greet = async move |socket: SocketRef| {
        let status = for_new.backend.machine().borrow().status.clone();
        let _ = socket.emit("gpu-status", &status);
    };
    // Before the client is told that it is connected: what it sent before somebody listens would be lost.
    let listen = async move |socket: SocketRef| {
        hear_uploads(&for_all, &socket);
        Ok::<_, Infallible>(())
    };
    io.ns("/", greet.with(listen));
    (layer, io)
}

/// Tells all clients how the machine is, whenever that changes.
pub(crate) async fn tell_machine(app: Arc<App>, io: SocketIo) {
    let mut machine = app.backend.machine();
    while machine.changed().await.is_ok() {
        let status = machine.borrow_and_update().status.clone();
        if let Err(e) = io.emit("gpu-status", &status).await {
            tracing::debug!("not all clients heard of the machine: {e}");
        }
    }
}

fn hear_uploads(app: &Arc<App>, socket: &SocketRef) {
    let app = app.clone();
    socket.on(
        "upload",
        async move |socket: SocketRef, TryData::<Upload>(upload), ack: AckSender| {
            let visitor = socket.req_parts().extensions.get::<Visitor>().cloned();
            let accepted = match (upload, visitor) {
                (Ok(upload), Some(visitor)) => accept(&app, upload, &visitor).await,
                _ => Err(Failure::bad_request(
                    "this is no upload: send (bytes, filename, removeBackground, ack)",
                )),
            };
            match accepted {
                Ok((id, key)) => {
                    let _ = ack.send(&json!({ "success": true, "sessionId": id, "ownerKey": key }));
                    let uploaded =
                        json!({ "stage": "uploaded", "message": "The portrait is uploaded" });
                    if emit(&socket, "status", &uploaded).await {
                        follow(&app, &socket, &id).await;
                    }
                }
                Err(failure) => drop(ack.send(&failure.as_ack())),
            }
        },
    );
}

async fn accept(
    app: &Arc<App>,
    upload: Upload,
    visitor: &Visitor,
) -> Result<(SessionId, Option<String>), Failure> {
    app.rates.count_upload(visitor)?;
    if upload.bytes.len() > app.options.max_upload_bytes {
        return Err(Failure::too_large(app.options.max_upload_bytes));
    }
    let place = upload.session_id.map_or(Place::New, Place::Named);
    let photo = Photo {
        bytes: upload.bytes.into(),
        remove_background: upload.remove_background,
        crop: Crop::None,
        face: FaceChoice::Largest,
    };
    let accepted = accept_photo(app, photo, place).await?;
    Ok((accepted.id, accepted.key))
}

/// Tells a client of its upload until nothing more happens to it.
async fn follow(app: &App, socket: &SocketRef, id: &SessionId) {
    let Ok(Some(states)) = app.line.follow(id, Some(0)).await else { return };
    let mut states = pin!(states.take_until(app.stop.clone().cancelled_owned()));
    let mut before = None;
    while let Some((_, state)) = states.next().await {
        for (name, payload) in events_of(before.as_ref(), &state, app.site.base()) {
            if !emit(socket, name, &payload).await {
                return;
            }
        }
        before = Some(state);
    }
}

/// Gives a client an event, and waits where it is slow to take them. False where it is gone.
async fn emit(socket: &SocketRef, name: &str, payload: &serde_json::Value) -> bool {
    for _ in 0..RETRIES {
        match socket.emit(name, payload) {
            Ok(()) => return true,
            Err(SendError::Socket(SocketError::InternalChannelFull)) => {
                tokio::time::sleep(RETRY).await
            }
            Err(_) => return false,
        }
    }
    false
}

/// The arguments of `upload`: `(bytes, filename, removeBackground)`, and in newer clients `sessionId`. The name says nothing
/// that the bytes do not.
#[derive(Debug)]
struct Upload {
    bytes: Bytes,
    remove_background: bool,
    session_id: Option<String>,
}

impl<'de> Deserialize<'de> for Upload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Arguments;
        impl<'de> Reader<'de> for Arguments {
            type Value = Upload;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "bytes, a file name, whether the background goes, and maybe a session's name",
                )
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut arguments: A) -> Result<Upload, A::Error> {
                let missing = |n| serde::de::Error::invalid_length(n, &self);
                let bytes = arguments.next_element()?.ok_or_else(|| missing(0))?;
                let _: IgnoredAny = arguments.next_element()?.ok_or_else(|| missing(1))?;
                let remove_background =
                    arguments.next_element::<Option<bool>>()?.flatten().unwrap_or(false);
                let session_id = arguments.next_element::<Option<String>>()?.flatten();
                while arguments.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Upload { bytes, remove_background, session_id })
            }
        }
        deserializer.deserialize_tuple(4, Arguments)
    }
}
