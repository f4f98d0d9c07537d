//! How much a pod is trusted with.

use std::time::Duration;

/// Limits of what a pod may send, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpLimits {
    /// Until a connection stands. Default: 5 s.
    pub connect: Duration,
    /// Without a byte. Default: 60 s.
    pub silence: Duration,
    /// Without an answer of any kind, before the pod counts as lost. Default: 60 s.
    pub outage: Duration,
    /// Between two tries. Default: 500 ms, growing to 5 s.
    pub pause: Duration,
    /// Without progress, before the pod counts as lost. Default: 35 minutes, longer than pods give a portrait.
    pub patience: Duration,
    /// For all results. Default: 15 minutes.
    pub fetching: Duration,
    /// Bytes of a result. Default: 256 MB.
    pub file_bytes: u64,
    /// Bytes of all results. Default: 600 MB.
    pub total_bytes: u64,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(60),
            outage: Duration::from_secs(60),
            pause: Duration::from_millis(500),
            patience: Duration::from_secs(35 * 60),
            fetching: Duration::from_secs(15 * 60),
            file_bytes: 256_000_000,
            total_bytes: 600_000_000,
        }
    }
}
