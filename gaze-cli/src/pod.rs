//! `gaze pod`: the service that runs where the GPU is.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use gaze_core::{EngineChoice, Result};
use gaze_server::Renderer;
use gaze_server::pod::PodOptions;
use tracing_subscriber::filter::LevelFilter;

use crate::console::print_error;
use crate::engine::{EngineArguments, parse_engine};
use crate::exit;
use crate::generate::parse_threads;
use crate::servers::{self, LoadingLog};
use crate::token::{TokenArguments, parse_duration};
use crate::wording::engine_in_words;

/// Serve portraits over HTTP: pictures come in, folders of sheets go out
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to listen: localhost, all, or an address
    #[arg(long, value_name = "HOST", default_value = "all")]
    host: String,
    /// The port, 0 for a free one
    #[arg(long, env = "PORT", value_name = "PORT", default_value_t = 8000)]
    port: u16,
    /// Portraits that are rendered at a time
    #[arg(long, value_name = "N", default_value = "1", value_parser = parse_threads)]
    jobs: usize,
    /// Portraits that may wait; the next is refused
    #[arg(long, value_name = "N", default_value_t = 100)]
    waiting: usize,
    /// Where sessions are kept
    #[arg(long, value_name = "DIR", default_value = "jobs")]
    folder: PathBuf,
    /// auto, embedded or liveportrait
    #[arg(long, default_value = "auto", value_parser = parse_engine)]
    engine: EngineChoice,
    /// Longer side of a frame at most, in pixels
    #[arg(long, value_name = "PX", default_value_t = 512)]
    max_size: u32,
    /// Threads that render and encode [default: one a core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// A request's size at most, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    body_limit: u16,
    /// End after that long without work, for instance 15m [default: never]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    idle_exit: Option<Duration>,
    /// How long results are kept
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = parse_duration)]
    keep: Duration,
    /// How long a portrait may take
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = parse_duration)]
    time_limit: Duration,
    #[command(flatten)]
    token: TokenArguments,
    /// What is logged: off, error, warn, info, debug or trace
    #[arg(long, default_value = "info")]
    log: LevelFilter,
    #[command(flatten)]
    liveportrait: EngineArguments,
}

pub(crate) fn run(arguments: Arguments) -> u8 {
    match serve(arguments) {
        Ok(()) => exit::DONE,
        Err(error) => {
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

fn serve(arguments: Arguments) -> Result<()> {
    // Said now, not once the first portrait is there.
    arguments.liveportrait.options()?.check()?;
    let options = arguments.options()?;
    servers::run(arguments.log, gaze_server::pod::run(options, move || arguments.open()))
}

impl Arguments {
    fn options(&self) -> Result<PodOptions> {
        let mut options = PodOptions::default();
        options.host.clone_from(&self.host);
        options.port = self.port;
        options.jobs = self.jobs;
        options.waiting = self.waiting;
        options.folder.clone_from(&self.folder);
        options.token = self.token.token()?;
        options.body_limit = usize::from(self.body_limit) << 20;
        options.idle_exit = self.idle_exit;
        options.keep = self.keep;
        options.time_limit = self.time_limit;
        options.max_size = self.max_size;
        Ok(options)
    }

    fn open(&self) -> Result<Renderer> {
        let opened = self.liveportrait.open(self.engine, &LoadingLog::default())?;
        let note = engine_in_words(&opened);
        Ok(Renderer::new(opened.engine, note).with_threads(self.threads.unwrap_or(0)))
    }
}
