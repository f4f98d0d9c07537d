//! Frames handed out one by one while all threads render.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use gaze_core::{Cell, Error, ErrorKind, Frame, Frames, Size};
use pyo3::prelude::*;

use crate::arrays::to_array;
use crate::errors::raise;
use crate::running::detached;

/// Sweeps whose threads may still run, so that an interpreter that exits does not leave them behind.
static RUNNING: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

struct Shared {
    /// Until the last was taken or the sweep was closed.
    frames: Mutex<Option<Frames>>,
    /// The process that has the threads that render.
    process: u32,
}

impl Shared {
    /// Whether the threads are of this process. A forked one has none of them, and maybe a lock that nobody opens.
    fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }
}

/// The frames of a sweep, row by row: an iterator of ``(row, col, frame)``, made by :meth:`GazeGenerator.sweep`.
///
/// It may be used from several threads, each of which gets frames of its own. Rendering ends when it is closed or dropped;
/// ``with`` closes it.
#[pyclass(frozen, module = "gaze_generator")]
pub(crate) struct Sweep {
    shared: Arc<Shared>,
    size: Size,
    has_alpha: bool,
}

#[pymethods]
impl Sweep {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<(u32, u32, Bound<'py, PyAny>)>> {
        self.check_process(py)?;
        py.check_signals()?;
        let next = detached(py, || {
            let mut frames = lock(&self.shared.frames);
            let next = frames.as_mut().and_then(Iterator::next);
            // Nothing follows the end, or an error: its threads and its portrait are given back.
            if !matches!(next, Some(Ok(_))) {
                *frames = None;
            }
            next.transpose()
        })?;
        let handed = |(cell, frame): (Cell, Frame)| {
            Ok((cell.row, cell.col, to_array(py, frame, self.has_alpha)?))
        };
        next.map(handed).transpose()
    }

    /// How many frames are left.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.check_process(py)?;
        let most = |frames: &Frames| frames.size_hint().1.unwrap_or(0);
        Ok(py.detach(|| lock(&self.shared.frames).as_ref().map_or(0, most)))
    }

    /// Ends the rendering. There are no more frames.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process(py)?;
        py.detach(|| drop(lock(&self.shared.frames).take()));
        Ok(())
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyAny>) -> PyResult<()> {
        self.close(py)
    }

    /// tuple[int, int]: width and height of every frame, in pixels.
    #[getter]
    fn frame_size(&self) -> (u32, u32) {
        (self.size.width, self.size.height)
    }

    /// bool: whether frames have transparent pixels, and so four channels.
    #[getter]
    fn has_alpha(&self) -> bool {
        self.has_alpha
    }
}

impl Sweep {
    pub(crate) fn new(frames: Frames) -> Self {
        let (size, has_alpha) = (frames.frame_size(), frames.has_alpha());
        let shared = Shared { frames: Mutex::new(Some(frames)), process: std::process::id() };
        let shared = Arc::new(shared);
        let mut running = lock(&RUNNING);
        running.retain(|shared| shared.strong_count() > 0);
        running.push(Arc::downgrade(&shared));
        Self { shared, size, has_alpha }
    }

    fn check_process(&self, py: Python<'_>) -> PyResult<()> {
        if self.shared.is_of_this_process() {
            return Ok(());
        }
        let message = "a sweep does not survive a fork: begin another in this process";
        Err(raise(py, &Error::new(ErrorKind::Engine, message)))
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        if !self.shared.is_of_this_process() {
            // Waiting for threads that are not there would never end.
            std::mem::forget(self.shared.clone());
            return;
        }
        // Waits for frames that are being rendered, without the interpreter's lock where there is one.
        let mut frames = lock(&self.shared.frames).take();
        let _ = Python::try_attach(|py| py.detach(|| drop(frames.take())));
    }
}

/// Ends every sweep that still renders. Called when the interpreter exits.
#[pyfunction]
pub(crate) fn end_sweeps(py: Python<'_>) {
    let running = std::mem::take(&mut *lock(&RUNNING));
    py.detach(|| {
        for shared in running.iter().filter_map(Weak::upgrade) {
            if !shared.is_of_this_process() {
                // Waiting for its threads would never end.
                std::mem::forget(shared);
                continue;
            }
            // One that another thread waits for is left to that.
            if let Ok(mut frames) = shared.frames.try_lock() {
                drop(frames.take());
            }
        }
    });
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
