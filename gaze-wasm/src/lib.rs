//! The player's logic: from the visitor's input to the frames that are drawn, compiled to WebAssembly.
//!
//! Nothing here draws, loads or knows a browser; the web component around it does. [`Player`] combines all
//! modules: tell it what arrived and where to look, ask it what to decode, what to drop and what to draw. In
//! the order in which a picture is made:
//!
//! - [`aim`]: pointer or tilt to a target in -1..1.
//! - [`gaze`]: the target is followed ([`follow`]) and, once input rests, becomes one cell.
//! - [`idle_motion`]: where to look when nobody steers.
//! - [`blinking`]: when the eyes blink, and how far they are closed.
//! - [`grid_coordinates`]: from -1..1 to cells.
//! - [`decode_queue`] and [`cache`]: which frames to decode next and which to drop, within a fixed number.
//! - [`blend`]: which decoded frames make the picture, with which weights.
//! - [`sheets`]: which sheet files hold the frames where there is no pack.
//!
//! Coordinates: x to the viewer's right, y down, both -1..1 over the grid. Times are milliseconds of one
//! clock that never runs backwards. A cell is numbered `row * side + col`.

pub mod aim;
mod angle;
pub mod bindings;
pub mod blend;
pub mod blinking;
pub mod cache;
pub mod decode_queue;
pub mod follow;
pub mod gaze;
pub mod grid_coordinates;
pub mod idle_motion;
pub mod player;
mod random;
pub mod sheets;

pub use player::Player;
