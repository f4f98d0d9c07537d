//! `gaze preview`: serves a folder or a live rig on this machine, with a page around the element.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use clap::Args;
use gaze_core::pack::{PACK_FILE, PackFile};
use gaze_core::rig_file::RIG_FILE;
use gaze_core::{Error, ErrorKind, Manifest, Result, Size};
use gaze_player::{PLAYER, page};
use tokio::net::TcpListener;
use tower_http::services::{ServeDir, ServeFile};

use crate::console::{print_error, print_line, print_stderr};
use crate::exit;

/// Where the page finds what is served.
const FILES: &str = "/frames";

/// Serve a folder or a live rig on this machine and show it in the browser
#[derive(Args)]
pub(crate) struct Arguments {
    /// portrait.gaze, or a folder with one, with frames.gaze or with sheets
    path: PathBuf,
    /// Port to serve on [default: a free one]
    #[arg(long, value_name = "PORT", default_value = "0", hide_default_value = true)]
    port: u16,
    /// Open no browser
    #[arg(long)]
    no_open: bool,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    match preview(arguments) {
        Ok(()) => exit::DONE,
        Err(error) => {
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

fn preview(arguments: &Arguments) -> Result<()> {
    check(&arguments.path)?;
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
    print_line(&format!("{url} shows {} until Ctrl-C", arguments.path.display()));
    if !arguments.no_open
        && let Err(e) = open::that_detached(&url)
    {
        print_stderr(&format!(
            "warning: no browser could be opened, open the address yourself: {e}"
        ));
    }
    axum::serve(listener, router(&arguments.path))
        .await
        .map_err(|e| not_served("the server stopped", e))
}

/// The page, the player and the folder's files, or the one file.
fn router(path: &Path) -> Router {
    let path = path.to_owned();
    let player =
        || async { ([(CONTENT_TYPE, HeaderValue::from_static("text/javascript"))], PLAYER) };
    let router = if path.is_file() {
        Router::new().route_service(&address_of(&path), ServeFile::new(&path))
    } else {
        let files = ServeDir::new(&path).append_index_html_on_directories(false);
        Router::new().nest_service(FILES, files)
    };
    router
        .route("/", get(move || async move { Html(page_of(&path)) }))
        .route("/gaze-tracker.js", get(player))
        .layer(middleware::from_fn(guard))
}

/// What the element shows: the folder, in which it finds the best, or the one file.
fn address_of(path: &Path) -> String {
    format!("{FILES}/{}", if path.is_file() { RIG_FILE } else { "" })
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

fn page_of(path: &Path) -> String {
    let source = format!(" src=\"{}\"", address_of(path));
    let mut html = page::before_content(&page::title_of(path), frame_size(path), &source);
    html.push_str(&page::content(path));
    html.push_str("<script type=\"module\" src=\"/gaze-tracker.js\"></script>\n</html>\n");
    html
}

/// Size of the frames, where it is easily known.
fn frame_size(path: &Path) -> Option<Size> {
    if let Some(Ok(pack)) = page::pack_at(path).map(PackFile::open) {
        return Some(pack.header().frame_size);
    }
    let json = std::fs::read(path.join("metadata.json")).ok()?;
    Manifest::from_json(&json).ok().map(|manifest| manifest.frame_size)
}

fn check(path: &Path) -> Result<()> {
    if path.is_file() {
        return PackFile::open(path).map(|_| ());
    }
    let has = |name: &str| path.join(name).is_file();
    if [RIG_FILE, PACK_FILE, "q0.webp", "sheet.webp"].into_iter().any(has) {
        return Ok(());
    }
    let message = if path.is_dir() {
        "the folder holds neither portrait.gaze, frames.gaze nor sheets: name one that gaze generate made"
    } else {
        "there is no such folder or file: name one that gaze generate made"
    };
    Err(Error::new(ErrorKind::InvalidInput, message).with_path(path))
}

fn not_served(message: &str, e: std::io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("{message}: {e}")).with_source(e)
}
