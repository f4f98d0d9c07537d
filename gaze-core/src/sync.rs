//! Locks and threads that bear panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, MutexGuard, PoisonError};

use gaze_rig::{Error, ErrorKind, Result};

/// Waits for a change, as [`lock`](gaze_face::threads::lock).
pub(crate) fn wait<'a, T>(changed: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Runs others' code on a thread of ours: a panic becomes an error.
///
/// # Errors
/// Those of `work`, and [`ErrorKind::Engine`] for a panic, with what it said.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Error::new(
            ErrorKind::Engine,
            format!(
                "a worker thread panicked, please report it: {}",
                said.as_deref().unwrap_or("no message")
            ),
        ))
    })
}
