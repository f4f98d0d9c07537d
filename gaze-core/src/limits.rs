//! Ranges that the options of several steps share.

use crate::{Error, ErrorKind, Result};

/// Most threads that are started.
const MAX_THREADS: usize = 256;
/// Highest WebP quality.
const MAX_QUALITY: u8 = 100;

/// Checks a number of threads, where 0 stands for one a core.
///
/// # Errors
/// [`ErrorKind::InvalidOption`].
pub(crate) fn check_threads(threads: usize) -> Result<()> {
    if threads > MAX_THREADS {
        return refuse(format!("{threads} threads are too many: use at most {MAX_THREADS}"));
    }
    Ok(())
}

/// Checks a WebP quality.
///
/// # Errors
/// [`ErrorKind::InvalidOption`].
pub(crate) fn check_quality(quality: u8) -> Result<()> {
    if quality > MAX_QUALITY {
        return refuse(format!("quality is {quality}: use 0 to {MAX_QUALITY}"));
    }
    Ok(())
}

/// The threads to start for an option that was checked: 0 stands for one a core.
pub(crate) fn thread_count(threads: usize) -> usize {
    match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS),
        threads => threads,
    }
}

fn refuse(message: String) -> Result<()> {
    Err(Error::new(ErrorKind::InvalidOption, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_end_where_they_say() {
        assert!(check_threads(0).is_ok() && check_threads(MAX_THREADS).is_ok());
        for too_many in [MAX_THREADS + 1, usize::MAX] {
            let error = check_threads(too_many).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption);
            assert!(error.to_string().contains("at most 256"), "{error}");
        }
        assert!(check_quality(0).is_ok() && check_quality(100).is_ok());
        assert_eq!(check_quality(101).unwrap_err().kind(), ErrorKind::InvalidOption);
        assert!((1..=MAX_THREADS).contains(&thread_count(0)));
        assert_eq!(thread_count(7), 7);
    }
}
