//! A prepared portrait: poses in, frames out.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gaze_face::{PoseSequence, PreparedPortrait, Warning};
use gaze_rig::{Error, ErrorKind, Frame, Pose, PoseAxes, Rect, Result, Size};
use sha2::{Digest, Sha256};

use crate::lids::Lids;
use crate::math::keypoints::{KeyPoints, SourceMotion, stitched};
use crate::math::paste::Paste;
use crate::run::decode_ahead::{DecodeAhead, SharedDecoder};
use crate::run::networks::Networks;
use crate::run::transparency::Transparency;
use gaze_face::threads::lock;

/// What poses may ask for, either way: beyond it faces fall apart.
const POSE_LIMIT: f32 = 15.0;

/// A portrait that LivePortrait's networks have seen.
pub(crate) struct LivePortraitPrepared {
    pub(crate) paste: Paste,
    pub(crate) transparency: Transparency,
    pub(crate) size: Size,
    /// The part of the source that frames show.
    pub(crate) crop: Option<Rect>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) networks: Arc<Networks>,
    pub(crate) motion: SourceMotion,
    pub(crate) lids: Lids,
    pub(crate) source_points: KeyPoints,
    pub(crate) decoder: SharedDecoder,
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) batch: usize,
    /// Digest of what its frames depend on besides the poses.
    pub(crate) key: Sha256,
}

impl LivePortraitPrepared {
    /// Key points of poses, stitched in one call.
    fn driving(&self, poses: &[Pose]) -> Result<Vec<KeyPoints>> {
        let points = |pose| self.motion.driving_points(&clamped(pose), self.lids);
        let plain: Vec<KeyPoints> = poses.iter().map(points).collect();
        let deltas = self.networks.stitch(&self.source_points, &plain)?;
        plain.iter().zip(&deltas).map(|(points, deltas)| stitched(points, deltas)).collect()
    }

    /// A frame from a decoded crop.
    fn finish(&self, crop: &[u8], frame: &mut Frame) -> Result<()> {
        self.paste.paste(crop, frame);
        self.transparency.apply(&self.paste, frame)
    }

    fn check_size(&self, frame: &Frame) -> Result<()> {
        if frame.size() == self.size {
            return Ok(());
        }
        let message =
            format!("a frame of {:?} is to be rendered into one of {:?}", self.size, frame.size());
        Err(Error::new(ErrorKind::Engine, message))
    }
}

impl PreparedPortrait for LivePortraitPrepared {
    fn frame_size(&self) -> Size {
        self.size
    }

    fn has_alpha(&self) -> bool {
        self.transparency.is_seen()
    }

    fn crop(&self) -> Option<Rect> {
        self.crop
    }

    fn moving_rect(&self) -> Rect {
        self.paste.rect()
    }

    fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        self.check_size(frame)?;
        let driving = self.driving(std::slice::from_ref(pose))?;
        let mut decoder = lock(&self.decoder);
        let crops = decoder.decode(&driving).map_err(Error::from)?;
        self.finish(&crops[0], frame)
    }

    fn begin<'a>(
        &'a self,
        poses: Vec<Pose>,
        work: Option<&Path>,
    ) -> Result<Box<dyn PoseSequence + 'a>> {
        let crops =
            DecodeAhead::start(self.decoder.clone(), self.driving(&poses)?, self.batch, work)?;
        Ok(Box::new(LivePortraitSequence { prepared: self, crops }))
    }

    fn network_time(&self) -> Option<Duration> {
        Some(Duration::from_nanos(self.clock.load(Ordering::Relaxed)))
    }

    fn work_key(&self, poses: &[Pose]) -> Option<String> {
        let mut key = self.key.clone();
        for pose in poses {
            let PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink } =
                pose.axes();
            for value in [pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow] {
                key.update(value.to_le_bytes());
            }
            // What was kept before there were blinks has the same key.
            if blink != [0.0; 2] {
                blink.iter().for_each(|value| key.update(value.to_le_bytes()));
            }
        }
        Some(hex::encode(&key.finalize()[..8]))
    }
}

/// A sweep of such a portrait.
struct LivePortraitSequence<'a> {
    prepared: &'a LivePortraitPrepared,
    crops: DecodeAhead,
}

impl PoseSequence for LivePortraitSequence<'_> {
    fn render(&self, index: usize, frame: &mut Frame) -> Result<()> {
        self.prepared.check_size(frame)?;
        self.prepared.finish(&self.crops.take(index)?, frame)
    }

    fn resumed(&self) -> u32 {
        self.crops.resumed() as u32
    }
}

fn clamped(pose: &Pose) -> PoseAxes {
    let within = |value: f32| value.clamp(-POSE_LIMIT, POSE_LIMIT);
    let PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink } = pose.axes();
    PoseAxes {
        pupil_x: within(pupil_x),
        pupil_y: within(pupil_y),
        head_pitch_deg: within(head_pitch_deg),
        head_yaw_deg: within(head_yaw_deg),
        eyebrow: eyebrow.clamp(0.0, POSE_LIMIT),
        blink: blink.map(|closed| closed.clamp(0.0, 1.0)),
    }
}
