//! The qualities of what is encoded: the one place that knows their defaults.

use gaze_rig::{Error, ErrorKind, Result};

/// Quality of sheets by default, 0 to 100: the contract's.
pub const SHEET_QUALITY: u8 = 70;
/// Quality by default of a pack that is made of sheets.
pub const PACK_QUALITY: u8 = pack_quality(SHEET_QUALITY);
/// Quality of a live rig's picture by default. It is stored once, and every frame is drawn from it.
pub const RIG_QUALITY: u8 = 85;
/// Quality of a pack's still image at least. It is stored once, shown first and lies around every frame.
pub(crate) const STILL_QUALITY: u8 = 85;

const MAX_QUALITY: u8 = 100;
/// How much better the pack's frames are than the sheets: makes them as good in the face by itself, for a tenth more
/// bytes. See `benches/encoder-settings.md`.
const PACK_QUALITY_STEP: u8 = 5;

/// Quality of a pack's frames beside sheets of this quality.
pub(crate) const fn pack_quality(sheet_quality: u8) -> u8 {
    let quality = sheet_quality.saturating_add(PACK_QUALITY_STEP);
    if quality < MAX_QUALITY { quality } else { MAX_QUALITY }
}

/// Checks a quality.
///
/// # Errors
/// [`ErrorKind::InvalidOption`].
pub(crate) fn check_quality(quality: u8) -> Result<()> {
    if quality > MAX_QUALITY {
        return Err(Error::new(
            ErrorKind::InvalidOption,
            format!("quality is {quality}: use 0 to {MAX_QUALITY}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_end_at_100() {
        assert_eq!((PACK_QUALITY, pack_quality(98), pack_quality(255)), (75, 100, 100));
        assert!(check_quality(0).is_ok() && check_quality(100).is_ok());
        assert_eq!(check_quality(101).unwrap_err().kind(), ErrorKind::InvalidOption);
    }
}
