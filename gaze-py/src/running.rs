//! Work on a thread of its own while the caller's thread listens: to progress, and to Ctrl-C, which Python only notices there.
//!
//! Callbacks are called on the caller's thread and nowhere else, as notebooks and progress bars expect.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use gaze_core::{Error, ErrorKind, Observer, Result};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::errors::{panicked, raise};

/// How often Ctrl-C is looked for while there is no news.
const LISTEN: Duration = Duration::from_millis(50);

/// One piece of news about a run.
#[pyclass(frozen, get_all, module = "gaze_generator")]
#[derive(Clone, PartialEq)]
pub(crate) struct Progress {
    /// str: what is being done: ``"initializing"``, ``"loading"``, ``"preparing"``, ``"generating"``, ``"removing_bg"``,
    /// ``"stitching"`` or ``"complete"``, in this order.
    stage: &'static str,
    /// int: units of this stage done: frames while generating, files while stitching.
    current: u32,
    /// int: units of this stage in all, 0 where it has none.
    total: u32,
    /// str or None: what is done at the moment within the stage, while loading.
    activity: Option<String>,
    /// str or None: the file whose encoding just began.
    started: Option<String>,
    /// str or None: the file just finished.
    finished: Option<String>,
}

#[pymethods]
impl Progress {
    fn __repr__(&self) -> String {
        let Self { stage, current, total, .. } = self;
        format!("Progress(stage='{stage}', current={current}, total={total})")
    }
}

impl From<&gaze_core::Progress> for Progress {
    fn from(progress: &gaze_core::Progress) -> Self {
        Self {
            stage: progress.stage.name(),
            current: progress.current,
            total: progress.total,
            activity: progress.activity.clone(),
            started: progress.started.clone(),
            finished: progress.finished.clone(),
        }
    }
}

/// What the two threads share.
struct News {
    state: Mutex<State>,
    changed: Condvar,
    cancelled: AtomicBool,
    is_listened_to: bool,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Progress>,
    /// The stage reported last.
    stage: Option<&'static str>,
    ended: bool,
}

impl News {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let (state, _) =
            self.changed.wait_timeout(state, LISTEN).unwrap_or_else(PoisonError::into_inner);
        state
    }

    /// Waits for news, for a moment at most. What has come, and whether that is all.
    fn next(&self) -> (Option<Progress>, bool) {
        let mut state = self.lock();
        if state.waiting.is_empty() && !state.ended {
            state = self.wait(state);
        }
        let news = state.waiting.pop_front();
        let is_last = state.ended && state.waiting.is_empty();
        self.changed.notify_all();
        (news, is_last)
    }

    fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }
}

impl Observer for News {
    fn on_progress(&self, progress: &gaze_core::Progress) {
        if !self.is_listened_to || self.is_cancelled() {
            return;
        }
        let progress = Progress::from(progress);
        let mut state = self.lock();
        let is_new_stage = state.stage.replace(progress.stage) != Some(progress.stage);
        // A slow listener hears of the latest only, but of every stage and file.
        if let Some(last) = state.waiting.back_mut()
            && last.stage == progress.stage
            && (last.started.is_none() && last.finished.is_none())
        {
            *last = progress;
        } else {
            state.waiting.push_back(progress);
        }
        self.changed.notify_all();
        // Whoever raises at the beginning of a stage stops it.
        while is_new_stage && !state.waiting.is_empty() && !self.is_cancelled() {
            state = self.wait(state);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Does `work` without the interpreter's lock. `callback` hears of its progress; what that raises, and Ctrl-C, cancel it.
pub(crate) fn observe<T: Send>(
    py: Python<'_>,
    callback: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&dyn Observer) -> Result<T> + Send,
) -> PyResult<T> {
    let callback = callback.map(listener).transpose()?.flatten();
    let news = News {
        state: Mutex::default(),
        changed: Condvar::new(),
        cancelled: AtomicBool::new(false),
        is_listened_to: callback.is_some(),
    };
    let (outcome, failure) = thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&news)));
            news.end();
            outcome
        });
        let mut failure = None;
        loop {
            let (progress, is_last) = py.detach(|| news.next());
            let heard = match (progress, &callback) {
                (Some(progress), Some(callback)) if failure.is_none() => {
                    callback.call1((progress,)).map(drop)
                }
                _ => Ok(()),
            };
            if let Err(error) = heard.and_then(|()| py.check_signals()) {
                failure.get_or_insert(error);
                news.cancel();
            }
            if is_last {
                break;
            }
        }
        (py.detach(|| worker.join()).and_then(|outcome| outcome), failure)
    });
    match (failure, outcome) {
        (Some(failure), _) => Err(failure),
        (None, Ok(outcome)) => outcome.map_err(|error| raise(py, &error)),
        (None, Err(payload)) => Err(panicked(py, payload.as_ref())),
    }
}

/// Does `work`, which takes less than a second, without the interpreter's lock.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T> + Send,
) -> PyResult<T> {
    match py.detach(|| catch_unwind(AssertUnwindSafe(work))) {
        Ok(outcome) => outcome.map_err(|error| raise(py, &error)),
        Err(payload) => Err(panicked(py, payload.as_ref())),
    }
}

/// What `progress=` means: a callable, `True` for a bar, `False` or `None` for nothing.
fn listener<'py>(progress: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = progress.py();
    if let Ok(wanted) = progress.cast::<PyBool>() {
        let bar = || py.import("gaze_generator._progress")?.getattr("ProgressBar")?.call0();
        return wanted.is_true().then(bar).transpose();
    }
    if progress.is_callable() {
        return Ok(Some(progress.clone()));
    }
    let kind = progress.get_type().name()?;
    let message = format!("progress must be a callable, True, False or None, not {kind}");
    Err(pyo3::exceptions::PyTypeError::new_err(message))
}

/// Refuses to go on with networks in a process that was forked from the one that opened them.
pub(crate) fn check_process(py: Python<'_>, opened_in: Option<u32>) -> PyResult<()> {
    match opened_in {
        Some(process) if process != std::process::id() => {
            let message = "networks do not survive a fork: open the generator in this process, or \
                           start processes by multiprocessing.get_context(\"spawn\")";
            Err(raise(py, &Error::new(ErrorKind::Engine, message)))
        }
        _ => Ok(()),
    }
}
