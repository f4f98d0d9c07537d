//! Frames handed out one by one while all threads render.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use gaze_core::{Error, ErrorKind, Frames, Size};
use pyo3::prelude::*;

use crate::arrays::to_array;
use crate::errors::{panicked, raise};

/// Sweeps whose threads may still run, so that an interpreter that exits does not leave them behind.
static RUNNING: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// The frames, until the last was taken or the sweep was closed.
type Shared = Mutex<Option<Frames>>;

/// The frames of a sweep, row by row: an iterator of ``(row, col, frame)``, made by :meth:`GazeGenerator.sweep`.
///
/// It may be used from several threads, each of which gets frames of its own. Rendering ends when it is closed or dropped;
/// ``with`` closes it.
#[pyclass(frozen, module = "gaze_generator")]
pub(crate) struct Sweep {
    frames: Arc<Shared>,
    size: Size,
    has_alpha: bool,
    process: u32,
}

#[pymethods]
impl Sweep {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<(u32, u32, Bound<'py, PyAny>)>> {
        self.check_process(py)?;
        py.check_signals()?;
        let next = py.detach(|| {
            let take = || {
                let mut frames = lock(&self.frames);
                let next = frames.as_mut().and_then(Iterator::next);
                // Nothing follows the end, or an error: its threads and its portrait are given back.
                if !matches!(next, Some(Ok(_))) {
                    *frames = None;
                }
                next
            };
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(take))
        });
        match next.map_err(|payload| panicked(py, payload.as_ref()))? {
            None => Ok(None),
            Some(Err(error)) => Err(raise(py, &error)),
            Some(Ok((cell, frame))) => {
                Ok(Some((cell.row, cell.col, to_array(py, frame, self.has_alpha)?)))
            }
        }
    }

    /// How many frames are left.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.check_process(py)?;
        let most = |frames: &Frames| frames.size_hint().1.unwrap_or(0);
        Ok(py.detach(|| lock(&self.frames).as_ref().map_or(0, most)))
    }

    /// Ends the rendering. There are no more frames.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process(py)?;
        py.detach(|| drop(lock(&self.frames).take()));
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
        let frames = Arc::new(Mutex::new(Some(frames)));
        let mut running = lock(&RUNNING);
        running.retain(|frames| frames.strong_count() > 0);
        running.push(Arc::downgrade(&frames));
        Self { frames, size, has_alpha, process: std::process::id() }
    }

    /// A forked process has none of the threads that render, and maybe a lock that nobody opens.
    fn check_process(&self, py: Python<'_>) -> PyResult<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        let message = "a sweep does not survive a fork: begin another in this process";
        Err(raise(py, &Error::new(ErrorKind::Engine, message)))
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // Waiting for threads that are not there would never end.
            std::mem::forget(self.frames.clone());
            return;
        }
        let frames = lock(&self.frames).take();
        // Waits for frames that are being rendered, without the interpreter's lock where there is one.
        let mut frames = Some(frames);
        let _ = Python::try_attach(|py| py.detach(|| drop(frames.take())));
    }
}

/// Ends every sweep that still renders. Called when the interpreter exits.
#[pyfunction]
pub(crate) fn end_sweeps(py: Python<'_>) {
    let running = std::mem::take(&mut *lock(&RUNNING));
    py.detach(|| {
        for frames in running.iter().filter_map(Weak::upgrade) {
            // One that another thread waits for is left to that.
            if let Ok(mut frames) = frames.try_lock() {
                drop(frames.take());
            }
        }
    });
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
