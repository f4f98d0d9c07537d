//! How a pod is set up.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Options of the pod.
#[derive(Clone)]
#[non_exhaustive]
pub struct PodOptions {
    /// Where it listens: `localhost`, `all` or an address. Default: `all`.
    pub host: String,
    /// The port, 0 for a free one. Default: 8000.
    pub port: u16,
    /// Portraits that are rendered at a time. Default: 1.
    pub jobs: usize,
    /// Sessions that may wait; the next is refused. Default: 100.
    pub waiting: usize,
    /// Where sessions are kept. Default: `jobs` in the working directory.
    pub folder: PathBuf,
    /// What requests must carry as `Authorization: Bearer`, those for `/ping` and `/health` aside. Default: none.
    pub token: Option<String>,
    /// Bytes of a request's body at most. Default: 32 MiB.
    pub body_limit: usize,
    /// How long a body may take before its rate counts, which must be 16 KiB a second. Default: 30 s.
    pub body_patience: Duration,
    /// Ends the process after that long without a job and without a request, those of monitors aside. Default: never.
    pub idle_exit: Option<Duration>,
    /// How long results are kept. Default: a day.
    pub keep: Duration,
    /// How long a portrait may take. Default: 30 minutes.
    pub time_limit: Duration,
    /// Longer side of the frames at most, in pixels. Default: 512.
    pub max_size: u32,
}

impl Default for PodOptions {
    fn default() -> Self {
        Self {
            host: "all".to_owned(),
            port: 8000,
            jobs: 1,
            waiting: 100,
            folder: PathBuf::from("jobs"),
            token: None,
            body_limit: 32 << 20,
            body_patience: Duration::from_secs(30),
            idle_exit: None,
            keep: Duration::from_secs(24 * 60 * 60),
            time_limit: Duration::from_secs(30 * 60),
            max_size: 512,
        }
    }
}

impl fmt::Debug for PodOptions {
    /// Without the token, which stands in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PodOptions")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("jobs", &self.jobs)
            .field("folder", &self.folder)
            .field("has_token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}
