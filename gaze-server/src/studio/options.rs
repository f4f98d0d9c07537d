//! What a studio is told when it is started.

use std::path::PathBuf;
use std::time::Duration;

use gaze_core::{Error, ErrorKind, GenerateOptions, Grid, Result, Size};
use ipnet::IpNet;

/// Uploads are held in memory.
const MOST_UPLOAD: usize = 100 << 20;

/// How a studio runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StudioOptions {
    /// `localhost`, `all`, or an address. Default: `localhost`.
    pub host: String,
    /// Port to listen on, 0 for a free one. Default: 3000.
    pub port: u16,
    /// Folder in which `uploads/` and `studio.sqlite` lie. Default: the working directory.
    pub data: PathBuf,
    /// Where people reach the studio, `https://gaze.example/faces` for instance. Default: by what a request says.
    pub public_url: Option<String>,
    /// Proxies whose word on a visitor's address is taken. Default: none.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the page offers a finer version. Default: where a neural network draws it.
    pub offer: Offer,
    /// Longer side of an uploaded picture and of its frames at most, in pixels. Default: 512.
    pub max_size: u32,
    /// Looks of a finer version. Default: 30 x 30.
    pub grid: Grid,
    /// How many uploads may wait. Default: 20, as the contract says.
    pub queue_limit: u32,
    /// How long a job may take. Default: 30 minutes.
    pub time_limit: Duration,
    /// How long a session is kept that nobody looks at. Default: 30 days.
    pub keep: Duration,
    /// Largest photo, in bytes, by whatever way it comes. Default: 20 MiB.
    pub max_upload_bytes: usize,
    /// Uploads a minute from one address, or one /64 of IPv6; 0 for any number. Default: 20.
    pub uploads_per_minute: u32,
    /// Requests a minute from one; 0 for any number. Default: 3000.
    pub requests_per_minute: u32,
}

/// Whether the page offers a finer version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Offer {
    /// Where a neural network draws it: the embedded engine's looks are no finer than the visitor's own.
    #[default]
    Neural,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl StudioOptions {
    /// Checks every range.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] naming the option.
    pub fn check(&self) -> Result<()> {
        let options = GenerateOptions::default().with_grid(self.grid).with_max_size(self.max_size);
        options.check()?;
        let frame = Size { width: self.max_size, height: self.max_size };
        // Sheets of the largest portrait there may be.
        options.layout.sheets(self.grid, frame)?;
        let invalid = |message: &str| Err(Error::new(ErrorKind::InvalidOption, message));
        if self.queue_limit == 0 {
            return invalid("the queue takes nobody: use 1 or more");
        }
        if !(1 << 16..=MOST_UPLOAD).contains(&self.max_upload_bytes) {
            return invalid("the largest upload is out of range: use 1 to 100 MB");
        }
        Ok(())
    }
}

impl Default for StudioOptions {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 3000,
            data: PathBuf::from("."),
            public_url: None,
            trusted_proxies: Vec::new(),
            offer: Offer::default(),
            max_size: 512,
            grid: Grid::default(),
            queue_limit: 20,
            time_limit: Duration::from_secs(30 * 60),
            keep: Duration::from_secs(30 * 24 * 60 * 60),
            max_upload_bytes: 20 << 20,
            uploads_per_minute: 20,
            requests_per_minute: 3000,
        }
    }
}
