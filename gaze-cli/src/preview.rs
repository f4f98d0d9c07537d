//! `gaze preview`: serves a folder on this machine, with a page around the element.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use clap::Args;
use gaze_core::pack::{PACK_FILE, PackFile};
use gaze_core::{Error, ErrorKind, Manifest, Result, Size};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

use crate::console::{print_error, print_line, print_stderr};
use crate::exit;
use crate::page;
use crate::player::PLAYER;

/// Serve a folder on this machine and show it in the browser
#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder with frames.gaze or sheets
    dir: PathBuf,
    /// Port to serve on [default: a free one]
    #[arg(long, value_name = "PORT", default_value = "0", hide_default_value = true)]
    port: u16,
    /// Open no browser
    #[arg(long)]
    no_open: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match preview(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

fn preview(arguments: &Arguments) -> Result<()> {
    check_folder(&arguments.dir)?;
    // The usual way to end this: no error.
    if let Err(e) = ctrlc::set_handler(|| std::process::exit(0)) {
        print_stderr(&format!("warning: Ctrl-C will be reported as an error: {e}"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| not_served("the server cannot be started", e))?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: &Arguments) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let listener = TcpListener::bind(address).await.map_err(|e| {
        not_served(&format!("port {} cannot be used, choose another", arguments.port), e)
    })?;
    let address = listener.local_addr().map_err(|e| not_served("the port is gone", e))?;
    let url = format!("http://{address}/");
    print_line(&format!("{url} shows {} until Ctrl-C", arguments.dir.display()));
    if !arguments.no_open
        && let Err(e) = open::that_detached(&url)
    {
        print_stderr(&format!(
            "warning: no browser could be opened, open the address yourself: {e}"
        ));
    }
    axum::serve(listener, router(&arguments.dir))
        .await
        .map_err(|e| not_served("the server stopped", e))
}

/// The page, the player and the folder's files.
fn router(dir: &Path) -> Router {
    let dir = dir.to_owned();
    let files = ServeDir::new(&dir).append_index_html_on_directories(false);
    let player =
        || async { ([(CONTENT_TYPE, HeaderValue::from_static("text/javascript"))], PLAYER) };
    Router::new()
        .route("/", get(move || async move { Html(page_of(&dir)) }))
        .route("/gaze-tracker.js", get(player))
        .nest_service("/frames", files)
        .layer(middleware::from_fn(guard))
}

/// Answers only to names of this machine, so that no other page can have its own name lead here, and lets
/// nothing be cached, since the folder may be made anew.
async fn guard(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let name = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if !matches!(name, Some("127.0.0.1" | "localhost")) {
        return (StatusCode::FORBIDDEN, "use the address that gaze preview prints\n")
            .into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn page_of(dir: &Path) -> String {
    let mut html = page::before_content(&page::title_of(dir), frame_size(dir), " src=\"/frames/\"");
    html.push_str(&page::content(dir));
    html.push_str("<script type=\"module\" src=\"/gaze-tracker.js\"></script>\n</html>\n");
    html
}

/// Size of the folder's frames, where it is easily known.
fn frame_size(dir: &Path) -> Option<Size> {
    if let Ok(pack) = PackFile::open(dir.join(PACK_FILE)) {
        return Some(pack.header().frame_size);
    }
    let json = std::fs::read(dir.join("metadata.json")).ok()?;
    Manifest::from_json(&json).ok().map(|manifest| manifest.frame_size)
}

fn check_folder(dir: &Path) -> Result<()> {
    let has = |name: &str| dir.join(name).is_file();
    if [PACK_FILE, "q0.webp", "sheet.webp"].into_iter().any(has) {
        return Ok(());
    }
    let message = if dir.is_dir() {
        "the folder holds neither frames.gaze nor sheets: name one that gaze generate made"
    } else {
        "is no folder: name one that gaze generate made"
    };
    Err(Error::new(ErrorKind::InvalidInput, message).with_path(dir))
}

fn not_served(message: &str, e: std::io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("{message}: {e}")).with_source(e)
}
