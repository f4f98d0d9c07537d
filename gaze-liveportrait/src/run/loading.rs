//! Telling an observer what goes on while an engine opens, and ending it on request.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use gaze_rig::{Error, Observer, Progress, Result, Stage};

/// How often cancellation is looked for while a network runs.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Units of progress while loading, in bytes.
const MEGABYTE: u64 = 1_000_000;

/// Whoever waits for an engine to open.
#[derive(Clone, Copy)]
pub(crate) struct Loading<'a> {
    observer: &'a dyn Observer,
}

impl<'a> Loading<'a> {
    pub(crate) fn new(observer: &'a dyn Observer) -> Self {
        Self { observer }
    }

    /// Begins something of unknown length.
    ///
    /// # Errors
    /// [`Cancelled`](gaze_rig::ErrorKind::Cancelled) where the observer says so.
    pub(crate) fn begin(self, activity: &str) -> Result<()> {
        self.observer.check_cancelled()?;
        self.observer.on_progress(&Progress::start(Stage::Loading, 0).with_activity(activity));
        Ok(())
    }

    /// Begins something that reads or writes so many bytes.
    pub(crate) fn begin_bytes(self, activity: &str, total: u64) -> ByteCount<'a> {
        let count =
            ByteCount { loading: self, activity: activity.to_owned(), done: 0, reported: 0, total };
        count.report();
        count
    }

    /// Does `work`, a run of a network, and calls `stop` where the observer cancels meanwhile.
    ///
    /// # Errors
    /// [`Cancelled`](gaze_rig::ErrorKind::Cancelled), or what `work` fails with.
    pub(crate) fn interruptible<T, E: Into<Error>>(
        self,
        stop: &(dyn Fn() + Send + Sync),
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T> {
        self.observer.check_cancelled()?;
        let (ended, wait) = channel::<()>();
        let result = thread::scope(|scope| {
            scope.spawn(move || {
                while wait.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    if self.observer.is_cancelled() {
                        // Again and again: a run that has not begun yet does not hear of it.
                        stop();
                    }
                }
            });
            let result = work();
            drop(ended);
            result
        });
        self.observer.check_cancelled()?;
        result.map_err(Into::into)
    }
}

/// Counts the bytes of one activity.
pub(crate) struct ByteCount<'a> {
    loading: Loading<'a>,
    activity: String,
    done: u64,
    reported: u64,
    total: u64,
}

impl ByteCount<'_> {
    /// Counts more of them.
    ///
    /// # Errors
    /// [`Cancelled`](gaze_rig::ErrorKind::Cancelled) where the observer says so.
    pub(crate) fn add(&mut self, bytes: usize) -> Result<()> {
        self.loading.observer.check_cancelled()?;
        self.done = self.total.min(self.done + bytes as u64);
        // A hundred steps are enough.
        if self.done - self.reported >= self.total.div_ceil(100) {
            self.reported = self.done;
            self.report();
        }
        Ok(())
    }

    fn report(&self) {
        // Nothing at all for what takes no time.
        let units = |bytes: u64| u32::try_from(bytes / MEGABYTE).unwrap_or(u32::MAX);
        let progress = Progress::start(Stage::Loading, units(self.total))
            .with_current(units(self.done))
            .with_activity(&*self.activity);
        self.loading.observer.on_progress(&progress);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use gaze_rig::ErrorKind;

    use super::*;

    #[derive(Default)]
    struct Heard {
        progress: Mutex<Vec<Progress>>,
        is_cancelled: AtomicBool,
    }

    impl Observer for Heard {
        fn on_progress(&self, progress: &Progress) {
            self.progress.lock().unwrap().push(progress.clone());
        }

        fn is_cancelled(&self) -> bool {
            self.is_cancelled.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn bytes_are_told_in_megabytes_and_rarely() {
        let heard = Heard::default();
        let loading = Loading::new(&heard);
        let mut count = loading.begin_bytes("reading", 526_000_000);
        for _ in 0..526_000 {
            count.add(1000).unwrap();
        }
        let told = heard.progress.lock().unwrap().clone();
        assert_eq!(told.len(), 101);
        assert!(told.iter().all(|p| p.total == 526 && p.activity.as_deref() == Some("reading")));
        assert_eq!([&told[0], &told[100]].map(|p| p.current), [0, 526]);
        heard.is_cancelled.store(true, Ordering::Relaxed);
        assert_eq!(count.add(1).unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(loading.begin("more").unwrap_err().kind(), ErrorKind::Cancelled);
    }

    #[test]
    fn work_is_stopped_when_it_is_cancelled() {
        let heard = Heard::default();
        let loading = Loading::new(&heard);
        assert_eq!(loading.interruptible(&|| (), || Ok::<_, Error>(7)).unwrap(), 7);
        let (send, receive) = channel();
        let send = Mutex::new(send);
        let stop = || {
            let _ = send.lock().unwrap().send(());
        };
        let work = || {
            heard.is_cancelled.store(true, Ordering::Relaxed);
            receive.recv_timeout(Duration::from_secs(30)).expect("is told to stop");
            Ok::<_, Error>(())
        };
        let error = loading.interruptible(&stop, work).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
