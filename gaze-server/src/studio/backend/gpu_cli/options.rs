//! How a rented machine is used.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::super::HttpLimits;

/// Options of [`GpuCli`](super::GpuCli).
#[derive(Clone)]
#[non_exhaustive]
pub struct GpuCliOptions {
    /// gpu-cli's program. Default: the one that `GPU_CLI` names, or else `gpu`.
    pub program: PathBuf,
    /// The folder with `gpu.jsonc` or `gpu.toml`. Default: the working directory.
    pub folder: PathBuf,
    /// What runs on the machine. Default: the words of `GAZE_POD_COMMAND`, or else `gaze pod --host all`.
    pub command: Vec<String>,
    /// The port here that leads to the pod's; gpu-cli may choose another. Default: 8080.
    pub local_port: u16,
    /// The token that the pod asks for. Default: none.
    pub token: Option<String>,
    /// The machine is stopped after that long without work. Default: 10 minutes.
    pub idle: Duration,
    /// How long starting may take. Default: 20 minutes.
    pub start_limit: Duration,
    /// Starts that fail one after the other before the jobs that wait do. Default: 3.
    pub starts: u32,
    /// Between two starts; doubled each time, up to a minute. Default: 2 s.
    pub pause: Duration,
    /// How much the pod is trusted with.
    pub limits: HttpLimits,
}

impl Default for GpuCliOptions {
    fn default() -> Self {
        Self {
            program: super::tool::program(),
            folder: PathBuf::from("."),
            command: super::tool::pod_command(),
            local_port: 8080,
            token: None,
            idle: Duration::from_secs(10 * 60),
            start_limit: Duration::from_secs(20 * 60),
            starts: 3,
            pause: Duration::from_secs(2),
            limits: HttpLimits::default(),
        }
    }
}

impl fmt::Debug for GpuCliOptions {
    /// Without the token, which stands in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpuCliOptions")
            .field("program", &self.program)
            .field("folder", &self.folder)
            .field("command", &self.command)
            .field("has_token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}
