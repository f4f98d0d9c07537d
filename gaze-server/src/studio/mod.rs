//! The studio: the web app that people open, and the contract of the product before gaze.

mod app;
pub mod backend;
mod body;
mod contract_events;
mod failure;
mod guard;
mod housekeeping;
mod intake;
mod line;
mod options;
mod preview;
mod routes;
mod site;
mod socket;
mod state;
pub mod store;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use gaze_core::{Error, ErrorKind, Result};
use tokio_util::sync::CancellationToken;
use tower::Layer;
use tower::util::MapRequestLayer;

pub(crate) use app::App;
pub use options::{Offer, StudioOptions};

use self::backend::Backend;
use self::intake::RIG_MAX_BYTES;
use self::site::Site;
use self::store::{FileStore, Folder, SessionStore, Sqlite};
use crate::http::{Listeners, hear_out, serve, stop_signal};

/// How long all of it may take to end.
const GRACE: Duration = Duration::from_secs(9);

/// Runs a studio until the process is asked to end: Ctrl-C or SIGTERM. `ready` hears where people reach it.
///
/// # Errors
/// As [`run_until`].
pub async fn run(
    options: StudioOptions,
    backend: Arc<dyn Backend>,
    ready: impl FnOnce(&str),
) -> Result<()> {
    let stop = CancellationToken::new();
    let signal = tokio::spawn({
        let stop = stop.clone();
        async move {
            stop_signal().await;
            stop.cancel();
        }
    });
    let served = run_until(options, backend, ready, stop).await;
    signal.abort();
    served
}

/// Runs a studio until `stop`. What is being made then goes back to its place in the line.
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for options out of range,
/// [`ErrorKind::Output`] where the port or the folder cannot be had.
pub async fn run_until(
    options: StudioOptions,
    backend: Arc<dyn Backend>,
    ready: impl FnOnce(&str),
    stop: CancellationToken,
) -> Result<()> {
    options.check()?;
    let site = Site::new(options.public_url.as_deref(), options.host == "localhost")?;
    let _lock = lock(&options.data)?;
    let files: Arc<dyn FileStore> = Arc::new(Folder::open(&options.data.join("uploads"))?);
    let store: Arc<dyn SessionStore> = Arc::new(Sqlite::open(&options.data.join("studio.sqlite"))?);
    let listeners = Listeners::bind(&options.host, options.port).await?;
    let url = options
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://localhost:{}/", listeners.port()));
    let app = Arc::new(App::new(options, site, store, files, backend, stop.clone()));
    housekeeping::remove_strays(&app).await?;
    app.line.recover().await?;

    let (router, io) = router(&app);
    let line = tokio::spawn(app.line.clone().run(stop.clone()));
    let house = tokio::spawn(housekeeping::keep_house(app.clone(), stop.clone()));
    let machine = tokio::spawn(socket::tell_machine(app.clone(), io.clone()));
    ready(&url);
    let serving = async {
        let served = serve(listeners, router, stop.clone()).await;
        stop.cancel();
        served
    };
    let ending = async {
        stop.cancelled().await;
        io.close().await;
        let _ = tokio::join!(line, house, app.backend.shut_down());
    };
    let served = tokio::select! {
        (served, ()) = async { tokio::join!(serving, ending) } => served,
        () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!("something did not end in time");
            Ok(())
        }
    };
    machine.abort();
    served
}

/// How much of the body of a request that is refused is read nevertheless, in uploads of the largest kind.
const DRAINED: usize = 4;

/// All that is answered, and who may ask. What comes first is outermost.
fn router(app: &Arc<App>) -> (Router, socketioxide::SocketIo) {
    let (socket, io) = socket::layer(app);
    let drained = app.options.max_upload_bytes.max(RIG_MAX_BYTES).saturating_mul(DRAINED);
    let inner = routes::router(app.clone())
        .layer(socket)
        .layer(from_fn_with_state(app.clone(), guard::limit_requests))
        .layer(from_fn_with_state(app.clone(), guard::refuse_foreign))
        .layer(from_fn_with_state(app.clone(), guard::note_visitor))
        .layer(from_fn(guard::secure))
        .layer(from_fn_with_state(drained, hear_out));
    let for_all = app.clone();
    let stripped = MapRequestLayer::new(move |mut request: Request| {
        if let Some(uri) = for_all.site.strip_base(request.uri()) {
            *request.uri_mut() = uri;
        }
        request
    })
    .layer(inner);
    (Router::new().fallback_service(stripped), io)
}

/// Keeps a second studio off the same folder: it would take the first one's job for interrupted.
fn lock(data: &Path) -> Result<File> {
    let path = data.join("studio.lock");
    let refused = |message: String| Error::new(ErrorKind::Output, message).with_path(&path);
    let file = std::fs::create_dir_all(data).and_then(|()| File::create(&path));
    let file = file.map_err(|e| refused(format!("the folder of data cannot be used: {e}")))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(refused("another studio uses this folder: choose another one".to_owned()))
        }
        Err(TryLockError::Error(e)) => {
            Err(refused(format!("the folder of data cannot be locked: {e}")))
        }
    }
}
