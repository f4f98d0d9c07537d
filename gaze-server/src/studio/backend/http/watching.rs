//! Whether a pod is there.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::watch;

use super::super::{Machine, MachineStatus, Readiness};
use super::client::{Client, shorten};

/// How often a pod is looked at, and one that is not ready yet.
const LOOKS: Duration = Duration::from_secs(5);
const LOOKS_WHILE_STARTING: Duration = Duration::from_secs(1);

#[derive(Debug, Deserialize)]
struct Health {
    status: String,
    models_loaded: bool,
    error: Option<String>,
    /// The product before gaze does not say, and has one engine.
    #[serde(default = "former_engine")]
    engine: Value,
}

fn former_engine() -> Value {
    Value::String("liveportrait".to_owned())
}

/// What is said of a pod whose engine cannot be had.
const NO_ENGINE: &str = "The machine cannot load its models";

/// Whether a pod is there and will never render.
pub(super) fn has_no_engine(machine: &Machine) -> bool {
    machine.status.message == NO_ENGINE
}

/// Before the first look.
pub(super) fn not_seen_yet() -> Machine {
    machine(Readiness::Starting, "connecting", "Looking for the machine", 20, None)
}

/// Looks at the pod for ever.
pub(super) async fn watch(client: Client, told: watch::Sender<Machine>) {
    loop {
        let seen = look(&client).await;
        let pause = if seen.readiness == Readiness::Ready { LOOKS } else { LOOKS_WHILE_STARTING };
        told.send_if_modified(|known| {
            let is_news = *known != seen;
            *known = seen;
            is_news
        });
        tokio::time::sleep(pause).await;
    }
}

/// How the pod is now.
pub(super) async fn look(client: &Client) -> Machine {
    let Ok(Some(health)) = client.json::<Health>("health").await else {
        return machine(Readiness::Offline, "error", "The machine cannot be reached", 0, None);
    };
    let engine = health.engine.as_str().filter(|name| ["embedded", "liveportrait"].contains(name));
    let engine = engine.map(str::to_owned);
    if health.status != "ok" {
        machine(Readiness::Offline, "error", "The machine is not well", 0, engine)
    } else if health.models_loaded {
        machine(Readiness::Ready, "ready", "Ready", 100, engine)
    } else if let Some(error) = health.error {
        tracing::debug!("the pod's engine cannot be had: {}", shorten(&error));
        machine(Readiness::Offline, "error", NO_ENGINE, 0, engine)
    } else {
        machine(Readiness::Starting, "loading", "Loading the models", 90, engine)
    }
}

fn machine(
    readiness: Readiness,
    stage: &str,
    message: &str,
    progress: u8,
    engine: Option<String>,
) -> Machine {
    let status = MachineStatus { stage: stage.to_owned(), message: message.to_owned(), progress };
    Machine { readiness, status, engine }
}
