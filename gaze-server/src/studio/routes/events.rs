//! How a session is and becomes, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use tokio_stream::wrappers::IntervalStream;

use super::Named;
use crate::studio::App;
use crate::studio::failure::Failure;

/// How often a dead line would be noticed.
const PING: Duration = Duration::from_secs(15);

/// Follows a session until nothing more happens to it.
pub(crate) async fn follow(
    State(app): State<Arc<App>>,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    app.session(&id).await?;
    let after = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let states = app.line.follow(&id, after).await?.ok_or_else(Failure::gone)?;
    let states = states.map(|(number, state)| {
        let event = Event::default().event("state").id(number.to_string());
        // A state is numbers and text.
        event.json_data(&state).unwrap_or_default()
    });
    // The pings end with the states.
    let states = states.map(Some).chain(stream::iter([None]));
    let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + PING, PING);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let pings =
        IntervalStream::new(interval).map(|_| Some(Event::default().event("ping").data("{}")));
    let events = stream::select(states, pings)
        .take_while(|event| std::future::ready(event.is_some()))
        .filter_map(std::future::ready)
        .take_until(app.stop.clone().cancelled_owned())
        .map(Ok::<_, Infallible>);
    let headers = [
        // nginx would keep events back until it has a page of them.
        (HeaderName::from_static("x-accel-buffering"), "no"),
        (CACHE_CONTROL, "no-cache, no-transform"),
    ];
    Ok((headers, Sse::new(events)).into_response())
}
