//! `gaze studio`: the web app: upload, queue, live progress, view, share.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use gaze_core::{EngineChoice, Grid, Result};
use gaze_server::Renderer;
use gaze_server::studio::backend::{
    Backend, GpuCli, GpuCliOptions, Http, Local, is_gpu_cli_available,
};
use gaze_server::studio::{self, Offer, StudioOptions};
use ipnet::IpNet;
use tracing_subscriber::filter::LevelFilter;

use crate::console::{print_error, print_line};
use crate::engine::{EngineArguments, parse_engine};
use crate::exit;
use crate::servers::{self, LoadingLog};
use crate::token::{TokenArguments, parse_duration};
use crate::wording::engine_in_words;

/// Serve the web app: drop a portrait, watch it come alive, share it
#[derive(Args)]
pub(crate) struct Arguments {
    /// Who can reach it: localhost, all, or one address of this machine
    #[arg(long, default_value = "localhost")]
    host: String,
    /// Port to serve on; 0 for a free one
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// Where uploads and the database lie
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// Where people reach it, through a proxy for instance: https://gaze.example/faces
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A proxy, or a network of them, whose word on visitors' addresses is taken
    #[arg(long, value_name = "CIDR", value_parser = network)]
    trusted_proxy: Vec<IpNet>,
    /// Where finer versions are made: auto (gpu-cli where it and gpu.jsonc or gpu.toml are, else local), local (here), http (a pod
    /// that runs), gpu-cli (a machine that is rented while it is needed)
    #[arg(long, value_enum, default_value = "auto", hide_possible_values = true)]
    backend: BackendName,
    /// The pod, with --backend http: http://gpu.lan:8000
    #[arg(long, value_name = "URL", required_if_eq("backend", "http"))]
    pod: Option<String>,
    #[command(flatten)]
    token: TokenArguments,
    /// A rented machine is stopped after that long without work, for instance 10m
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_duration)]
    pod_idle: Duration,
    /// The engine, where they are made here: auto, embedded or liveportrait
    #[arg(long, default_value = "auto", value_parser = parse_engine)]
    engine: EngineChoice,
    /// When the page offers a finer version: neural (where a neural network draws it), always or never
    #[arg(long, value_enum, default_value = "neural")]
    finer: FinerName,
    /// Longer side of portraits and frames at most, in pixels
    #[arg(long, value_name = "PX", default_value_t = 512)]
    max_size: u32,
    /// Looks of a finer version a side
    #[arg(long, value_name = "N", default_value_t = 30)]
    grid: u32,
    /// How many uploads may wait
    #[arg(long, value_name = "N", default_value_t = 20)]
    queue: u32,
    /// How long a portrait is kept that nobody looks at
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = parse_duration)]
    keep: Duration,
    /// Largest upload, in MB
    #[arg(long, value_name = "MB", default_value_t = 20)]
    max_upload: usize,
    /// How long a job may take
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = parse_duration)]
    time_limit: Duration,
    /// Uploads a minute from one address; 0 for any number
    #[arg(long, value_name = "N", default_value_t = 20)]
    uploads_per_minute: u32,
    /// Requests a minute from one address; 0 for any number
    #[arg(long, value_name = "N", default_value_t = 3000)]
    requests_per_minute: u32,
    /// What is logged: off, error, warn, info, debug or trace
    #[arg(long, default_value = "info")]
    log: LevelFilter,
    #[command(flatten)]
    engine_arguments: EngineArguments,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BackendName {
    Auto,
    Local,
    Http,
    GpuCli,
}

#[derive(Clone, Copy, ValueEnum)]
enum FinerName {
    Neural,
    Always,
    Never,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    match serve(arguments) {
        Ok(()) => exit::DONE,
        Err(error) => {
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

fn serve(arguments: &Arguments) -> Result<()> {
    let options = options_of(arguments)?;
    let ready = |url: &str| print_line(&format!("{url} is open until Ctrl-C"));
    // Backends look after their machines from their first moment on, which takes a runtime.
    servers::run(arguments.log, async {
        let backend = backend_of(arguments)?;
        studio::run(options, backend, ready).await
    })
}

fn options_of(arguments: &Arguments) -> Result<StudioOptions> {
    let mut options = StudioOptions::default();
    options.host.clone_from(&arguments.host);
    options.port = arguments.port;
    options.data.clone_from(&arguments.data);
    options.public_url.clone_from(&arguments.public_url);
    options.trusted_proxies.clone_from(&arguments.trusted_proxy);
    options.offer = match arguments.finer {
        FinerName::Neural => Offer::Neural,
        FinerName::Always => Offer::Always,
        FinerName::Never => Offer::Never,
    };
    options.max_size = arguments.max_size;
    options.grid = Grid::from_side(arguments.grid)?;
    options.queue_limit = arguments.queue;
    options.keep = arguments.keep;
    options.max_upload_bytes = arguments.max_upload.saturating_mul(1 << 20);
    options.time_limit = arguments.time_limit;
    options.uploads_per_minute = arguments.uploads_per_minute;
    options.requests_per_minute = arguments.requests_per_minute;
    Ok(options)
}

fn backend_of(arguments: &Arguments) -> Result<Arc<dyn Backend>> {
    // The folder that gpu-cli takes along, with its configuration in it.
    let folder = Path::new(".");
    match arguments.backend {
        BackendName::Http => {
            let pod = arguments.pod.as_deref().unwrap_or_default();
            Ok(Arc::new(Http::new(pod, arguments.token.token()?)?))
        }
        BackendName::GpuCli => rented(arguments),
        BackendName::Auto if is_gpu_cli_available(folder) => rented(arguments),
        BackendName::Auto | BackendName::Local => {
            let opened =
                arguments.engine_arguments.open(arguments.engine, &LoadingLog::default())?;
            let note = engine_in_words(&opened);
            tracing::info!("finer versions are made here: {note}");
            let renderer = Renderer::new(opened.engine, note);
            Ok(Arc::new(Local::new(renderer, arguments.max_size)))
        }
    }
}

fn rented(arguments: &Arguments) -> Result<Arc<dyn Backend>> {
    let mut options = GpuCliOptions::default();
    options.token = arguments.token.token()?;
    options.idle = arguments.pod_idle;
    tracing::info!("finer versions are made by a machine that gpu-cli rents while it is needed");
    Ok(Arc::new(GpuCli::new(options)))
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let address = || {
        text.parse::<IpAddr>()
            .map(IpNet::from)
            .map_err(|_| "use an address or a network like 10.0.0.0/8".to_owned())
    };
    text.parse::<IpNet>().or_else(|_| address())
}
