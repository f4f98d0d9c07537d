//! Running work that Ctrl-C must end even while it waits for a network.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use gaze_core::{Error, ErrorKind, Result};

/// How often cancellation is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Time that the work has to end by itself.
const GRACE_PERIOD: Duration = Duration::from_secs(1);

/// Runs `work` on a thread of its own and waits for it until `is_cancelled`. Work that does not end soon after that
/// keeps its thread and is ended with the process, so it must leave a sound state at any point.
///
/// # Errors
/// Those of `work`, or [`ErrorKind::Cancelled`].
pub(super) fn run_until_cancelled<T: Send + 'static>(
    is_cancelled: impl Fn() -> bool,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (send, receive) = sync_channel(1);
    let worker = thread::spawn(move || {
        // The receiver is gone when the work was abandoned.
        let _ = send.send(work());
    });
    let mut end = None;
    loop {
        match receive.recv_timeout(POLL_INTERVAL) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("work that ended has sent its result"),
            },
            Err(RecvTimeoutError::Timeout) => {}
        }
        if is_cancelled()
            && Instant::now() >= *end.get_or_insert_with(|| Instant::now() + GRACE_PERIOD)
        {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_hangs_is_abandoned() {
        let start = Instant::now();
        let hang = || {
            thread::sleep(Duration::from_secs(60));
            Ok(())
        };
        assert_eq!(run_until_cancelled(|| true, hang).unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(start.elapsed() < Duration::from_secs(30));
        assert_eq!(run_until_cancelled(|| false, || Ok(7)).unwrap(), 7);
    }
}
