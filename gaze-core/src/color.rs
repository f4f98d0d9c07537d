//! Colours as people write them.

use gaze_rig::{Error, ErrorKind, Result};

/// Red, green and blue of a colour as CSS writes it: `#fa0`, `#ffaa00`, `orange`, `rgb(255 170 0)`.
///
/// ```
/// assert_eq!(gaze_core::color_from_css("#fa0")?, [255, 170, 0]);
/// assert_eq!(gaze_core::color_from_css("RebeccaPurple")?, [102, 51, 153]);
/// assert!(gaze_core::color_from_css("#ffaa0080").is_err());
/// # Ok::<(), gaze_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidOption`] where it is no colour, or not an opaque one.
pub fn color_from_css(text: &str) -> Result<[u8; 3]> {
    let refused = |what: &str| {
        let message = format!("{text} is {what}: use an opaque one, as #fa0, #ffaa00 or orange");
        Error::new(ErrorKind::InvalidOption, message)
    };
    let color = color::parse_color(text.trim()).map_err(|_| refused("no colour"))?;
    match color.to_alpha_color::<color::Srgb>().to_rgba8() {
        color::Rgba8 { r, g, b, a: 255 } => Ok([r, g, b]),
        _ => Err(refused("no opaque colour")),
    }
}
