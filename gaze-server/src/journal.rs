//! What happened to something, in order: those who listen hear every entry once, also those who come back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::Stream;
use tokio::sync::watch;

/// Entries that are kept for those who come back.
const KEPT: usize = 1024;

/// A list of entries that grows at its end, and whoever listens to it.
#[derive(Debug)]
pub(crate) struct Journal<T> {
    entries: Mutex<Entries<T>>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Entries<T> {
    kept: VecDeque<(u64, T)>,
    next: u64,
    is_over: bool,
}

impl<T: Clone> Journal<T> {
    /// A journal with one entry: there is always a latest.
    pub(crate) fn new(first: T) -> Self {
        let kept = VecDeque::from([(1, first)]);
        Self {
            entries: Mutex::new(Entries { kept, next: 2, is_over: false }),
            changed: watch::Sender::new(()),
        }
    }

    /// Adds an entry made of the latest one, if any is made of it. Nothing is added after the end.
    pub(crate) fn update(&self, change: impl FnOnce(&T) -> Option<T>) {
        let mut entries = self.lock();
        let Some(entry) = entries.kept.back().and_then(|(_, latest)| change(latest)) else {
            return;
        };
        if entries.is_over {
            return;
        }
        let number = entries.next;
        entries.next += 1;
        entries.kept.push_back((number, entry));
        if entries.kept.len() > KEPT {
            entries.kept.pop_front();
        }
        drop(entries);
        self.changed.send_replace(());
    }

    /// Nothing more will happen: those who listen hear what there is and no more.
    pub(crate) fn end(&self) {
        self.lock().is_over = true;
        self.changed.send_replace(());
    }

    /// The last entry.
    pub(crate) fn latest(&self) -> T {
        let entries = self.lock();
        let (_, latest) = entries.kept.back().expect("a journal begins with an entry");
        latest.clone()
    }

    /// All entries after the one of this number, those that are yet to come included, each with its number. Where that one is
    /// no longer kept, or none is named, it begins with the latest, which says how things are now.
    pub(crate) fn follow(
        self: Arc<Self>,
        after: Option<u64>,
    ) -> impl Stream<Item = (u64, T)> + Send + use<T>
    where
        T: Send + Sync + 'static,
    {
        let changed = self.changed.subscribe();
        let state = (self, changed, after, VecDeque::new());
        futures_util::stream::unfold(
            state,
            |(journal, mut changed, mut after, mut ready)| async move {
                loop {
                    if let Some((number, entry)) = ready.pop_front() {
                        return Some(((number, entry), (journal, changed, Some(number), ready)));
                    }
                    changed.mark_unchanged();
                    let is_over;
                    (ready, is_over) = journal.after(after);
                    if !ready.is_empty() {
                        continue;
                    }
                    if is_over || changed.changed().await.is_err() {
                        return None;
                    }
                    after = after.or(Some(0));
                }
            },
        )
    }

    /// What is kept after that number, and whether that is all.
    fn after(&self, number: Option<u64>) -> (VecDeque<(u64, T)>, bool) {
        let entries = self.lock();
        let first = entries.kept.front().map_or(0, |(first, _)| *first);
        let known = number.filter(|number| number + 1 >= first && *number < entries.next);
        let kept = match known {
            Some(number) => entries.kept.iter().filter(|(n, _)| *n > number).cloned().collect(),
            None => entries.kept.back().cloned().into_iter().collect(),
        };
        (kept, entries.is_over)
    }

    fn lock(&self) -> MutexGuard<'_, Entries<T>> {
        // Whole after every statement.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[test]
    fn all_who_listen_hear_all_in_order() {
        runtime().block_on(async {
            let journal = Arc::new(Journal::new(0));
            let listeners: Vec<_> = (0..50)
                .map(|_| {
                    tokio::spawn(journal.clone().follow(None).map(|(_, n)| n).collect::<Vec<i32>>())
                })
                .collect();
            tokio::task::yield_now().await;
            for n in 1..=500 {
                journal.update(|_| Some(n));
                if n % 7 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            journal.end();
            for listener in listeners {
                assert_eq!(listener.await.unwrap(), (0..=500).collect::<Vec<i32>>());
            }
        });
    }

    #[test]
    fn whoever_comes_back_hears_what_was_missed() {
        runtime().block_on(async {
            let journal = Arc::new(Journal::new("a"));
            journal.update(|_| Some("b"));
            journal.update(|_| Some("c"));
            journal.end();
            let after =
                |number| journal.clone().follow(number).map(|(_, entry)| entry).collect::<Vec<_>>();
            assert_eq!(after(Some(1)).await, ["b", "c"]);
            assert_eq!(after(Some(3)).await, [] as [&str; 0]);
            assert_eq!(after(None).await, ["c"]);
            // Of a journal before this one.
            assert_eq!(after(Some(77)).await, ["c"]);
        });
    }

    #[test]
    fn what_is_no_longer_kept_begins_with_the_latest() {
        runtime().block_on(async {
            let journal = Arc::new(Journal::new(0));
            (1..3000).for_each(|n| journal.update(|_| Some(n)));
            journal.end();
            assert_eq!(journal.clone().follow(Some(1)).collect::<Vec<_>>().await, [(3000, 2999)]);
            journal.update(|_| Some(-1));
            assert_eq!(journal.latest(), 2999);
        });
    }
}
