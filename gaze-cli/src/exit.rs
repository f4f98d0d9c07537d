//! Exit codes: errors are mapped to them here and nowhere else.

use gaze_core::ErrorKind;

/// The codes, for `--help`.
pub(crate) const HELP: &str = "Exit codes: 0 done, 2 usage, 3 bad input, 4 no usable face, \
    5 engine or model problem, 6 output problem, 130 cancelled.";

/// Everything was done.
pub(crate) const DONE: u8 = 0;
/// Ended by the user; what was done until then is kept.
pub(crate) const CANCELLED: u8 = 130;

/// The exit code for an error of this kind.
pub(crate) fn code_of(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidOption => 2,
        ErrorKind::InvalidInput => 3,
        ErrorKind::NoFace => 4,
        ErrorKind::Engine => 5,
        ErrorKind::Output | ErrorKind::InvalidFormat => 6,
        ErrorKind::Cancelled => CANCELLED,
        _ => 1,
    }
}

/// Name of a kind in machine-readable output.
pub(crate) fn name_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidOption => "invalid-option",
        ErrorKind::InvalidInput => "invalid-input",
        ErrorKind::NoFace => "no-face",
        ErrorKind::Engine => "engine",
        ErrorKind::Output => "output",
        ErrorKind::InvalidFormat => "invalid-format",
        ErrorKind::Cancelled => "cancelled",
        _ => "other",
    }
}
