//! The routes.
//!
//! - [`contract`]: `POST /generate` and `GET /progress/{id}`.
//! - [`files`]: results, one by one or as a zip.
//! - [`jobs`]: the same work without a request that lasts as long, and its events.
//! - [`service`]: what load balancers, monitors and tools ask.

mod contract;
mod files;
mod jobs;
mod service;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Pod;
use super::body::read_json;
use super::guard::guard;
use super::id::PodSessionId;
use super::line::Submitted;
use super::order::Order;
use super::refusal::Refusal;
use crate::http::hear_out;

#[derive(OpenApi)]
#[openapi(info(
    title = "gaze pod",
    description = "Makes a face that looks round of a portrait. Requests carry `Authorization: Bearer` where the pod has a token."
))]
struct Api;

/// All routes, each of which is in the description of them.
pub(crate) fn router(pod: Arc<Pod>) -> Router {
    let (router, api) = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(service::health))
        .routes(routes!(service::ping))
        .routes(routes!(service::metrics))
        .routes(routes!(service::openapi))
        .routes(routes!(contract::generate))
        .routes(routes!(contract::progress))
        .routes(routes!(files::file))
        .routes(routes!(files::download))
        .routes(routes!(jobs::create))
        .routes(routes!(jobs::show, jobs::delete))
        .routes(routes!(jobs::events))
        .split_for_parts();
    router
        .fallback(|| async {
            Refusal::new(StatusCode::NOT_FOUND, "there is nothing here: see /openapi.json")
        })
        .method_not_allowed_fallback(|| async {
            let detail = "this address takes another method: see /openapi.json";
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, detail)
        })
        .layer(axum::Extension(service::Description::new(&api)))
        .layer(from_fn_with_state(pod.clone(), guard))
        .layer(from_fn_with_state(DRAINED, hear_out))
        .with_state(pod)
}

/// How much of the body of a request that is refused is read nevertheless, in bytes.
const DRAINED: usize = 64 << 20;

/// A session's name in an address.
type Id = Result<Path<PodSessionId>, PathRejection>;

fn id_of(id: Id) -> Result<PodSessionId, Refusal> {
    id.map(|Path(id)| id).map_err(|rejection| Refusal::unprocessable(rejection.body_text()))
}

/// Reads an order and puts it into the line.
async fn submit(pod: &Arc<Pod>, request: Request) -> Result<(PodSessionId, Submitted), Refusal> {
    if let Some(refusal) = pod.engine().failure() {
        return Err(refusal);
    }
    if pod.stop.is_cancelled() {
        return Err(Refusal::stopping());
    }
    let permit = pod.bodies.acquire().await.map_err(|_| Refusal::stopping())?;
    let json = read_json(request, pod.options.body_limit, pod.options.body_patience).await?;
    let pod = pod.clone();
    // Not given up where the client goes away: what is begun is finished.
    let work = tokio::task::spawn_blocking(move || {
        let order = Order::from_json(&json)?;
        drop(json);
        let submitted = pod.line.submit(&order, &pod.store)?;
        Ok((order.id, submitted))
    });
    let submitted =
        work.await.unwrap_or_else(|_| Err(Refusal::internal("the picture could not be taken")));
    drop(permit);
    submitted
}

/// Runs what touches the disk beside the threads that answer.
async fn blocking<T: Send + 'static>(
    pod: &Arc<Pod>,
    work: impl FnOnce(&Pod) -> T + Send + 'static,
) -> Result<T, Refusal> {
    let pod = pod.clone();
    let done = tokio::task::spawn_blocking(move || work(&pod)).await;
    done.map_err(|_| Refusal::internal("the pod's disk cannot be read"))
}
