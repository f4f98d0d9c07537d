//! Requests to a pod.

use std::time::Duration;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use gaze_core::{Error, ErrorKind, FaceChoice, Result};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::limits::HttpLimits;
use super::{Job, JobFailure, Outcome};

/// Bytes of an answer that is JSON.
const JSON_BYTES: usize = 64 << 10;
/// For answers that are short.
const SHORT: Duration = Duration::from_secs(15);
/// Pauses grow to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Letters of a reason that a pod gives.
const REASON: usize = 300;

/// A pod's address, and how it is spoken to. Redirects are not followed.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    url: Url,
    token: Option<HeaderValue>,
    pause: Duration,
}

/// The body that asks for a job, as bytes: it may be sent again.
pub(super) struct JobBody(Bytes);

impl JobBody {
    pub(super) fn new(job: &Job, picture: &[u8]) -> Outcome<Self> {
        let point =
            |[x, y]: [f32; 2]| in_shares(x, y, picture).map(|(x, y)| json!({ "x": x, "y": y }));
        let face = match job.face {
            FaceChoice::Largest | FaceChoice::Index(0) => None,
            FaceChoice::At { x, y } => Some(("face", point([x, y])?)),
            FaceChoice::Eyes([a, b]) => Some(("eyes", json!([point(a)?, point(b)?]))),
            FaceChoice::Index(_) => {
                let message = "the machine takes a face by its place in the picture alone";
                return Err(JobFailure::Refused(message.to_owned()));
            }
        };
        let mut body = json!({
            "image_base64": STANDARD.encode(picture),
            "session_id": job.id.as_str(),
            "remove_background": job.remove_background,
            "grid_size": job.grid.side(),
        });
        if let Some((name, place)) = face {
            body[name] = place;
        }
        Ok(Self(body.to_string().into()))
    }
}

/// A point in pixels as shares of the picture.
fn in_shares(x: f32, y: f32, picture: &[u8]) -> Outcome<(f32, f32)> {
    let reader = image::ImageReader::new(std::io::Cursor::new(picture)).with_guessed_format();
    let size = reader.ok().and_then(|reader| reader.into_dimensions().ok());
    let (width, height) =
        size.filter(|(width, height)| *width > 0 && *height > 0).ok_or_else(|| {
            JobFailure::Refused("the portrait is damaged: upload it again".to_owned())
        })?;
    let share = |value: f32, of: u32| (value / of as f32).clamp(0.0, 1.0);
    Ok((share(x, width), share(y, height)))
}

impl Client {
    pub(super) fn new(url: Url, token: Option<String>, limits: &HttpLimits) -> Result<Self> {
        let invalid = |message: &str| Error::new(ErrorKind::InvalidOption, message);
        let token = token.map(|token| HeaderValue::from_str(&format!("Bearer {token}")));
        let mut token = token.transpose().map_err(|_| {
            invalid("the pod's token has characters that no header takes: check GAZE_POD_TOKEN")
        })?;
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        // The first that is installed stays; all of them are the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(limits.connect)
            .read_timeout(limits.silence)
            .user_agent(concat!("gaze/", env!("CARGO_PKG_VERSION")));
        if is_of_this_machine(&url) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|e| {
            Error::new(ErrorKind::Engine, format!("no connection can be made from here: {e}"))
                .with_source(e)
        })?;
        Ok(Self { http, url, token, pause: limits.pause })
    }

    /// A request to a route below the pod's address. Its parts are names that need no escaping.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path()));
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.header(AUTHORIZATION, token),
            None => request,
        }
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(super) async fn post_job(&self, path: &str, body: &JobBody) -> reqwest::Result<Response> {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
        request.body(body.0.clone()).send().await
    }

    /// Deletes a session, as well as that goes.
    pub(super) async fn delete(&self, id: &str) {
        let request = self.request(Method::DELETE, &format!("jobs/{id}")).timeout(SHORT);
        if let Err(e) = request.send().await {
            tracing::debug!("session {id} stays on the pod: {}", e.without_url());
        }
    }

    /// Tries again while the pod cannot be reached.
    pub(super) async fn retrying<F: Future<Output = reqwest::Result<Response>>>(
        &self,
        outage: Duration,
        mut send: impl FnMut() -> F,
    ) -> Outcome<Response> {
        let mut pauses = Pauses::new(self.pause);
        let begun = Instant::now();
        loop {
            match send().await {
                Ok(response) => return Ok(response),
                Err(e) if begun.elapsed() >= outage => return Err(lost(&e.without_url())),
                Err(e) => tracing::debug!("the pod cannot be reached: {}", e.without_url()),
            }
            pauses.next().await;
        }
    }

    /// A short answer that is JSON; none where there is no such thing.
    pub(super) async fn json<T: DeserializeOwned>(&self, path: &str) -> Outcome<Option<T>> {
        let response = self.get(path).timeout(SHORT).send().await;
        let response = response.map_err(|e| lost(&e.without_url()))?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => read_json(response).await.map(Some),
            _ => Err(self.failure_of(response).await),
        }
    }

    /// What an answer that is no success means for the job.
    pub(super) async fn failure_of(&self, response: Response) -> JobFailure {
        let status = response.status();
        let body: Option<Value> = read_json(response).await.ok();
        let reason = body.as_ref().and_then(|body| body["detail"].as_str()).map(shorten);
        match status {
            StatusCode::BAD_REQUEST
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::PAYLOAD_TOO_LARGE => JobFailure::Refused(
                reason.unwrap_or_else(|| "the machine cannot use this portrait".to_owned()),
            ),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                tracing::error!("the pod refuses the studio: check GAZE_POD_TOKEN");
                JobFailure::Lost("the machine does not take work from here".to_owned())
            }
            StatusCode::NOT_FOUND => forgotten(),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                JobFailure::Lost(reason.unwrap_or_else(|| "the machine broke down".to_owned()))
            }
            status if status.is_redirection() => JobFailure::Refused(
                "the machine's address leads elsewhere: its operator must name the right one"
                    .to_owned(),
            ),
            status => {
                JobFailure::Refused(format!("the machine answers with status {}", status.as_u16()))
            }
        }
    }
}

/// The body of an answer as JSON, within its bounds.
pub(super) async fn read_json<T: DeserializeOwned>(response: Response) -> Outcome<T> {
    let bytes = read_bounded(response, JSON_BYTES).await?;
    serde_json::from_slice(&bytes).map_err(|_| nonsense())
}

/// The body of an answer, up to a number of bytes.
pub(super) async fn read_bounded(response: Response, most: usize) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|e| lost(&e.without_url()))?;
        if bytes.len() + piece.len() > most {
            return Err(JobFailure::Refused("the machine's answer is too long".to_owned()));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The connection broke.
pub(super) fn lost(e: &reqwest::Error) -> JobFailure {
    tracing::info!("the pod is lost: {e}");
    JobFailure::Lost("the machine cannot be reached any more".to_owned())
}

/// It knows nothing of the session that it was sent.
pub(super) fn forgotten() -> JobFailure {
    JobFailure::Lost("the machine was started anew meanwhile".to_owned())
}

/// It answers what no pod answers.
pub(super) fn nonsense() -> JobFailure {
    JobFailure::Refused("the machine answers what makes no sense: it is no gaze pod".to_owned())
}

pub(super) fn shorten(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).take(REASON).collect()
}

/// Pauses between tries, each longer than the one before.
pub(super) struct Pauses {
    first: Duration,
    next: Duration,
}

impl Pauses {
    pub(super) fn new(first: Duration) -> Self {
        Self { first, next: first }
    }

    pub(super) async fn next(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE.max(self.first));
    }

    pub(super) fn begin_anew(&mut self) {
        self.next = self.first;
    }
}

fn is_of_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
