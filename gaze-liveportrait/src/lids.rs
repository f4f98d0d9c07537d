//! What the lids do while the eyes look up and down.

use std::str::FromStr;

use gaze_rig::{Error, ErrorKind, Result};

/// What the lids do while the eyes look up and down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lids {
    /// They stay where they are in the portrait. The default.
    #[default]
    Still,
    /// They follow, as in LivePortrait's own editor: a little wider open up, a little closed down.
    Follow,
}

impl Lids {
    /// Name on the command line: `still` or `follow`.
    pub fn name(self) -> &'static str {
        match self {
            Lids::Still => "still",
            Lids::Follow => "follow",
        }
    }
}

impl FromStr for Lids {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        [Lids::Still, Lids::Follow].into_iter().find(|lids| lids.name() == text).ok_or_else(|| {
            let message = format!("there are no lids {text:?}: use still or follow");
            Error::new(ErrorKind::InvalidOption, message)
        })
    }
}
