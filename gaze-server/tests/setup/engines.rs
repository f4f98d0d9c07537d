//! Engines that wait, fail or break down.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::{
    Engine, EngineDescription, Error, ErrorKind, Observer, PrepareRequest, PreparedPortrait, Result,
};
use gaze_server::Renderer;

use super::LOOK;

fn shared() -> Arc<EmbeddedEngine> {
    static ENGINE: OnceLock<Arc<EmbeddedEngine>> = OnceLock::new();
    ENGINE.get_or_init(|| Arc::new(EmbeddedEngine::new().unwrap())).clone()
}

/// The embedded engine.
pub(crate) fn embedded() -> Renderer {
    Renderer::new(Box::new(shared()), "embedded, for tests".to_owned()).with_threads(2)
}

/// Lets portraits through one by one.
#[derive(Default)]
pub(crate) struct Gate {
    begun: AtomicUsize,
    let_through: AtomicUsize,
}

impl Gate {
    /// How many portraits were begun.
    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    /// Lets one more through.
    pub(crate) fn let_one_through(&self) {
        self.let_through.fetch_add(1, Ordering::SeqCst);
    }
}

struct Gated(Arc<Gate>);

impl Engine for Gated {
    fn describe(&self) -> EngineDescription {
        shared().describe()
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let number = self.0.begun.fetch_add(1, Ordering::SeqCst);
        while number >= self.0.let_through.load(Ordering::SeqCst) {
            if observer.is_cancelled() {
                return Err(Error::cancelled());
            }
            std::thread::sleep(LOOK);
        }
        shared().prepare(request, observer)
    }
}

/// The embedded engine behind a gate.
pub(crate) fn gated() -> (Arc<Gate>, Renderer) {
    let gate = Arc::new(Gate::default());
    let renderer = Renderer::new(Box::new(Gated(gate.clone())), "gated".to_owned());
    (gate, renderer.with_threads(2))
}

struct WaitingFor(PathBuf);

impl Engine for WaitingFor {
    fn describe(&self) -> EngineDescription {
        shared().describe()
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        std::fs::write(self.0.with_extension("begun"), "").unwrap();
        while !self.0.exists() {
            if observer.is_cancelled() {
                return Err(Error::cancelled());
            }
            std::thread::sleep(LOOK);
        }
        shared().prepare(request, observer)
    }
}

/// The embedded engine, which waits with each portrait until a file is there, and says by another, `.begun`, that it does.
pub(crate) fn waiting_for(file: &Path) -> Renderer {
    Renderer::new(Box::new(WaitingFor(file.to_owned())), "waiting".to_owned()).with_threads(2)
}

/// One that does what it is told when a portrait comes.
struct Broken(fn() -> Error);

impl Engine for Broken {
    fn describe(&self) -> EngineDescription {
        shared().describe()
    }

    fn prepare(
        &self,
        _request: &PrepareRequest<'_>,
        _observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        Err(self.0())
    }
}

/// One that fails over every portrait.
pub(crate) fn failing() -> Renderer {
    let error = || Error::new(ErrorKind::Engine, "the network broke off").with_path("/secret/path");
    Renderer::new(Box::new(Broken(error)), "failing".to_owned())
}

/// One that takes the process with it.
pub(crate) fn aborting() -> Renderer {
    Renderer::new(Box::new(Broken(|| std::process::abort())), "aborting".to_owned())
}
