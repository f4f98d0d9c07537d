//! Figures for Prometheus.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::http::StatusCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::job::Outcome;

/// Limits of the classes of seconds that a job takes.
const SECONDS: [f64; 12] =
    [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0];

type Labels<const N: usize> = [(&'static str, String); N];

/// What is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    jobs: Family<Labels<1>, Counter>,
    seconds: Histogram,
    requests: Family<Labels<2>, Counter>,
    waiting: Gauge<u64, AtomicU64>,
    running: Gauge<u64, AtomicU64>,
    models_loaded: Gauge<u64, AtomicU64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("gaze_pod"),
            jobs: Family::default(),
            seconds: Histogram::new(SECONDS),
            requests: Family::default(),
            waiting: Gauge::default(),
            running: Gauge::default(),
            models_loaded: Gauge::default(),
        };
        metrics.with_names()
    }

    fn with_names(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("jobs", "Portraits that came to an end, by outcome", self.jobs.clone());
        registry.register("job_seconds", "Seconds that a portrait took", self.seconds.clone());
        registry.register(
            "requests",
            "Requests that were answered, by route and status",
            self.requests.clone(),
        );
        registry.register("waiting", "Portraits that wait", self.waiting.clone());
        registry.register("running", "Portraits that are being rendered", self.running.clone());
        registry.register(
            "models_loaded",
            "Whether the engine is ready: 1 or 0",
            self.models_loaded.clone(),
        );
        self
    }

    pub(crate) fn count_job(&self, outcome: &Outcome, took: Duration) {
        let name = match outcome {
            Outcome::Complete => "complete",
            Outcome::Failed(_) => "failed",
            Outcome::Cancelled => "cancelled",
            Outcome::Interrupted => "interrupted",
        };
        self.jobs.get_or_create(&[("outcome", name.to_owned())]).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// `route` is one of the router's, not what a stranger asked for.
    pub(crate) fn count_request(&self, route: &str, status: StatusCode) {
        let labels = [("route", route.to_owned()), ("status", status.as_str().to_owned())];
        self.requests.get_or_create(&labels).inc();
    }

    /// All of it as text.
    pub(crate) fn text(&self, (waiting, running): (usize, usize), is_ready: bool) -> String {
        self.waiting.set(waiting as u64);
        self.running.set(running as u64);
        self.models_loaded.set(is_ready.into());
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
