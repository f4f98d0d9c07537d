//! What clients of the product before gaze hear by Socket.IO: the same news, in the contract's words.

use gaze_core::SheetLayout;
use serde_json::{Value, json};

use super::state::{SessionState, StateName};
use super::store::RESULTS;
use crate::session_id::milliseconds_now;

/// The events that tell of a change, in order: names and payloads. `base` is the path under which the studio is reached,
/// which ends in a slash.
pub(crate) fn events_of(
    before: Option<&SessionState>,
    now: &SessionState,
    base: &str,
) -> Vec<(&'static str, Value)> {
    let mut events = Vec::new();
    let was = before.map(|before| before.state);
    match now.state {
        StateName::Queued => {
            let position = now.position + 1;
            events.push(("queue", json!({ "position": position, "message": now.message })));
        }
        StateName::Waking => {
            events.push((
                "progress",
                json!({ "stage": "initializing", "progress": 0, "message": now.message }),
            ));
        }
        StateName::Running => {
            if was != Some(StateName::Running) {
                let message = "Sending the portrait to the machine";
                events.push(("status", json!({ "stage": "uploading", "message": message })));
                events.push((
                    "status",
                    json!({ "stage": "preparing", "message": "Preparing the portrait" }),
                ));
            }
            let SessionState { stage, progress, message, .. } = now;
            events.push((
                "progress",
                json!({ "stage": stage, "progress": progress, "message": message }),
            ));
            if before.is_none_or(|before| before.stage != *stage || was != Some(StateName::Running))
            {
                events.push((
                    "generation-log",
                    log("stage", json!({ "stage": stage, "message": message })),
                ));
            }
            if now.total > 0 {
                let parts = json!({ "stage": stage, "current": now.current, "total": now.total, "message": message });
                events.push(("generation-log", log("progress", parts)));
            }
        }
        StateName::Complete => {
            events.push((
                "progress",
                json!({ "stage": "complete", "progress": 100, "message": "Complete" }),
            ));
            events.push(("generation-log", log("complete", json!({ "message": "Complete" }))));
            events.push(("complete", complete(now, base)));
        }
        StateName::Failed => {
            let message =
                now.error.as_deref().unwrap_or("the portrait could not be made: try again");
            events.push(("error", json!({ "message": message })));
        }
        StateName::Cancelled => events.push(("error", json!({ "message": "this was cancelled" }))),
    }
    events
}

fn log(kind: &str, mut entry: Value) -> Value {
    entry["type"] = kind.into();
    entry["timestamp"] = milliseconds_now().into();
    entry
}

/// The contract's result of a session with frames.
fn complete(now: &SessionState, base: &str) -> Value {
    let mut result = session_addresses(now, base);
    let grid = now.grid.unwrap_or_default();
    result["gridSize"] = grid.side().into();
    result["quadrantSize"] = (grid.side() / 2).into();
    if let Some(mobile) = SheetLayout::default().mobile_grid(grid) {
        result["mobileGridSize"] = mobile.side().into();
        result["mobileQuadrantSize"] = (mobile.side() / 2).into();
    }
    result["imageWidth"] = now.width.into();
    result["imageHeight"] = now.height.into();
    result["mode"] = "quadrants".into();
    result["message"] = "Your portrait is ready".into();
    result
}

/// Where the files of a session are.
pub(crate) fn session_addresses(now: &SessionState, base: &str) -> Value {
    let base_path = format!("{base}uploads/{}/{RESULTS}", now.session_id);
    json!({
        "sessionId": now.session_id,
        "basePath": base_path,
        "metadataPath": format!("{base_path}/metadata.json"),
    })
}
