//! The time of a call: some to warm up, the median of some more.

use std::time::{Duration, Instant};

/// On a device that prepares itself in its first calls: searches for algorithms, records launches.
const WARM_UP_CALLS: usize = 3;
/// Calls that are timed, at the least and at most, and the time after which there are enough.
const CALLS: (usize, usize) = (3, 12);
const ENOUGH: Duration = Duration::from_millis(1500);
/// A call that takes longer, where the first is like every other, is not repeated: it would differ by a few per cent.
const SLOW: Duration = Duration::from_secs(4);

/// Times of one combination's calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CallTimes {
    /// The first one, with whatever the device prepares in it.
    pub(super) first: Duration,
    /// The median of those that count.
    pub(super) median: Duration,
    /// How many count.
    pub(super) calls: usize,
}

/// Calls until the median is known. Where the device does not prepare itself, a slow first call counts.
///
/// # Errors
/// Those of `call`.
pub(super) fn time_calls<E>(
    prepares_itself: bool,
    mut call: impl FnMut() -> Result<(), E>,
) -> Result<CallTimes, E> {
    let mut timed = || {
        let start = Instant::now();
        call().map(|()| start.elapsed())
    };
    let first = timed()?;
    if !prepares_itself && first > SLOW {
        return Ok(CallTimes { first, median: first, calls: 1 });
    }
    if prepares_itself {
        for _ in 1..WARM_UP_CALLS {
            timed()?;
        }
    }
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.len() < CALLS.0 || (times.len() < CALLS.1 && start.elapsed() < ENOUGH) {
        times.push(timed()?);
    }
    times.sort();
    Ok(CallTimes { first, median: times[times.len() / 2], calls: times.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_call_counts_apart() {
        for (prepares_itself, warm_up) in [(true, WARM_UP_CALLS), (false, 1)] {
            let mut count = 0;
            let times = time_calls(prepares_itself, || {
                count += 1;
                std::thread::sleep(Duration::from_millis(if count == 1 { 60 } else { 1 }));
                Ok::<_, ()>(())
            })
            .unwrap();
            assert_eq!(count, warm_up + times.calls);
            assert!((CALLS.0..=CALLS.1).contains(&times.calls));
            assert!(times.first >= Duration::from_millis(60));
            assert!(times.median < times.first);
        }
    }

    #[test]
    fn a_failure_ends_it() {
        let mut count = 0;
        let failed = time_calls(true, || {
            count += 1;
            if count == 2 { Err("second") } else { Ok(()) }
        });
        assert_eq!(failed, Err("second"));
    }
}
