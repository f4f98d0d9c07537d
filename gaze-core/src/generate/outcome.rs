//! What a run tells when it is done.

use std::path::PathBuf;
use std::time::Duration;

use gaze_face::Warning;
use gaze_rig::{Manifest, Provenance, Rect, Size};

/// What a finished run says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// What `metadata.json` holds, beside what made it.
    pub manifest: Manifest,
    /// The part of the portrait that frames show, in its pixels; none where they show all of it.
    pub crop: Option<Rect>,
    /// What made it: [`Manifest::to_json_made_by`] writes both.
    pub provenance: Provenance,
    /// What may look wrong in the result, and why.
    pub warnings: Vec<Warning>,
    /// Name and bytes of every file: sheets first, in the layout's order, then the pack, the live rig and the rest.
    pub files: Vec<(String, u64)>,
    /// Time the engine took to prepare the portrait.
    pub prepare_time: Duration,
    /// Time from the first frame's beginning to the last sheet's end.
    pub sweep_time: Duration,
    /// Time within that in which the engine's networks ran, for engines that have such.
    pub network_time: Option<Duration>,
    /// Frames that an interrupted run had left, so that they were not rendered again.
    pub resumed_frames: u32,
    /// Time for everything.
    pub total_time: Duration,
}

/// What a finished run says that wrote a live rig and nothing else.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RigOutcome {
    /// The file.
    pub file: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Size of the rig's picture, and of its frames where no other is asked for.
    pub frame_size: Size,
    /// Whether frames have transparent pixels.
    pub has_alpha: bool,
    /// The part of the portrait that frames show, in its pixels; none where they show all of it.
    pub crop: Option<Rect>,
    /// What may look wrong in the result, and why.
    pub warnings: Vec<Warning>,
    /// Time the engine took to prepare the portrait.
    pub prepare_time: Duration,
    /// Time for everything.
    pub total_time: Duration,
}

/// A live rig that was made and not written.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RigInMemory {
    /// The file `portrait.gaze`.
    pub bytes: Vec<u8>,
    /// Size of the rig's picture, and of its frames where no other is asked for.
    pub frame_size: Size,
    /// Whether frames have transparent pixels.
    pub has_alpha: bool,
    /// The part of the portrait that frames show, in its pixels; none where they show all of it.
    pub crop: Option<Rect>,
    /// What may look wrong in the result, and why.
    pub warnings: Vec<Warning>,
    /// Time the engine took to prepare the portrait.
    pub prepare_time: Duration,
}
