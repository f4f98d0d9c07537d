//! How many threads to start, and locks between them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gaze_rig::{Error, ErrorKind, Result};

/// Most threads that are started.
pub const MAX_THREADS: usize = 256;

/// Checks a number of threads, where 0 stands for one a core.
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for more than [`MAX_THREADS`].
pub fn check_threads(threads: usize) -> Result<()> {
    if threads > MAX_THREADS {
        return Err(Error::new(
            ErrorKind::InvalidOption,
            format!("{threads} threads are too many: use at most {MAX_THREADS}"),
        ));
    }
    Ok(())
}

/// The threads to start for an option that was checked: 0 stands for one a core.
pub fn thread_count(threads: usize) -> usize {
    match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS),
        threads => threads,
    }
}

/// A lock that a panic elsewhere does not spoil: whatever panicked is stopped and reported anyway.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_ends_where_it_says() {
        assert!(check_threads(0).is_ok() && check_threads(MAX_THREADS).is_ok());
        for too_many in [MAX_THREADS + 1, usize::MAX] {
            let error = check_threads(too_many).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption);
            assert!(error.to_string().contains("at most 256"), "{error}");
        }
        assert!((1..=MAX_THREADS).contains(&thread_count(0)));
        assert_eq!(thread_count(7), 7);
    }
}
