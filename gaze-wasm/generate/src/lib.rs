//! From the pixels of a photograph to a rig and its file, compiled to WebAssembly.
//!
//! What JavaScript sees, in the order in which it is used: [`Generator`] has the face models; [`Picture`] is a photograph
//! and the faces in it; [`CloseUp`] is where one of them is seen better; [`Made`] is the rig of one of them, which becomes the bytes of `portrait.gaze`. Whatever fails is
//! thrown as a [`Failure`]. Files, decoding and compressing are the browser's.

#![expect(clippy::missing_errors_doc, reason = "these docs become TypeScript's, which says throws")]

mod close_up;
mod digest;
mod failure;
mod generator;
mod made;
mod picture;

pub use close_up::CloseUp;
pub use digest::sha256;
pub use failure::Failure;
pub use generator::Generator;
pub use made::Made;
pub use picture::Picture;
