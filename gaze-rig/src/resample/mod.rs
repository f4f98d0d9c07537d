//! Making pictures smaller: [`resize`] for portraits, [`shrink`] for previews.
//!
//! Both are separable, weigh colours by alpha and share `taps`, the weighted sum along one axis. They stay two, and
//! here instead of in a crate, because frames and previews are to keep their bytes: `resize` narrows each row before
//! rows are summed, by weights that sum to 1; `shrink` sums rows first, and divides once by the area. One order for
//! both, or the fixed-point sums of a crate such as `fast_image_resize`, would change last digits. LivePortrait's
//! engine has its own, in fixed point: one true to OpenCV's bits, and one that shrinks what it pastes by the weights of
//! [`lanczos_taps`].

mod area;
mod lanczos;
mod size;
mod taps;

pub use area::{shrink, shrink_to_side};
pub use lanczos::{lanczos_taps, resize, resize_view};
pub use size::fitted;
pub use taps::Taps;
