//! The engine with a decoder that takes a while without using the processor, as a graphics card does.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gaze_face::faces::FaceModels;
use gaze_face::{
    Engine, EngineDescription, Portrait, PoseSequence, PrepareRequest, PreparedPortrait, Warning,
};
use gaze_rig::{Frame, Observer, Pose, Rect, Result, Size};

use crate::math::affine::Rgb;
use crate::math::crop::Crop;
use crate::math::keypoints::KeyPoints;
use crate::math::paste::Paste;
use crate::run::crop_store::CropStore;
use crate::run::decode_ahead::{DecodeAhead, SharedDecoder};
use crate::run::decoder::{Decode, DecodeError, DecodedCrop};
use crate::run::framing::{Framing, SOURCE_SIDE};

/// Everything of the engine but its networks.
pub struct SleepingEngine {
    models: FaceModels,
    frames: Vec<Frame>,
    a_frame: Duration,
    batch: usize,
}

impl SleepingEngine {
    /// Decodes one of `frames` in `a_frame`, `batch` at a time. They are of the portrait that will be prepared, of any
    /// size, and as different as poses make them.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where the face models cannot be loaded.
    pub fn new(frames: Vec<Frame>, a_frame: Duration, batch: usize) -> Result<Self> {
        Ok(Self { models: FaceModels::embedded()?, frames, a_frame, batch })
    }

    /// What the decoder answers with, in turn.
    ///
    /// # Errors
    /// Those of the face models.
    pub fn crops(&self, portrait: &Portrait) -> Result<Vec<Vec<u8>>> {
        let faces = self.models.find_faces(portrait)?;
        let cut = |frame: &Frame| {
            let face = faces[0].resized(portrait.size(), frame.size());
            Ok(Crop::from_face(&face)?.cut(&Rgb::from_frame(frame)).pixels)
        };
        self.frames.iter().map(cut).collect()
    }

    /// The same with another speed.
    #[must_use]
    pub fn with_call(mut self, a_frame: Duration) -> Self {
        self.a_frame = a_frame;
        self
    }
}

impl Engine for SleepingEngine {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("liveportrait").with_batch(self.batch)
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        _observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let whole = request.source().resized(SOURCE_SIDE);
        let face = self.models.find_faces(&whole)?.swap_remove(0);
        let framing = Framing::of(request, &self.models, &whole, &face)?;
        let crop = Crop::from_face(&framing.face)?;
        let crops = self.crops(request.source())?;
        let clock = Arc::<AtomicU64>::default();
        let decoder =
            SleepingDecoder { crops: crops.clone(), a_frame: self.a_frame, clock: clock.clone() };
        Ok(Box::new(SleepingPortrait {
            paste: Paste::new(framing.frame.frame().clone(), &framing.to_frame, &crop),
            size: framing.frame.size(),
            crops,
            decoder: Arc::new(Mutex::new(Box::new(decoder))),
            clock,
            batch: self.batch,
        }))
    }
}

struct SleepingDecoder {
    crops: Vec<DecodedCrop>,
    a_frame: Duration,
    clock: Arc<AtomicU64>,
}

impl Decode for SleepingDecoder {
    fn decode(&mut self, driving: &[KeyPoints]) -> Result<Vec<DecodedCrop>, DecodeError> {
        let start = Instant::now();
        thread::sleep(self.a_frame * driving.len() as u32);
        // The first number says which crop.
        let crop = |points: &KeyPoints| self.crops[points[0][0] as usize].clone();
        let crops = driving.iter().map(crop).collect();
        self.clock.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        Ok(crops)
    }

    fn stopper(&self) -> Box<dyn Fn() + Send + Sync> {
        Box::new(|| ())
    }

    fn allow(&mut self) {}

    fn clock(&self) -> Arc<AtomicU64> {
        self.clock.clone()
    }
}

struct SleepingPortrait {
    paste: Paste,
    size: Size,
    crops: Vec<DecodedCrop>,
    decoder: SharedDecoder,
    clock: Arc<AtomicU64>,
    batch: usize,
}

impl PreparedPortrait for SleepingPortrait {
    fn frame_size(&self) -> Size {
        self.size
    }

    fn has_alpha(&self) -> bool {
        false
    }

    fn moving_rect(&self) -> Rect {
        self.paste.rect()
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    /// Pastes some crop at once.
    fn render(&self, _pose: &Pose, frame: &mut Frame) -> Result<()> {
        self.paste.paste(&self.crops[0], frame);
        Ok(())
    }

    fn begin<'a>(
        &'a self,
        poses: Vec<Pose>,
        work: Option<&Path>,
    ) -> Result<Box<dyn PoseSequence + 'a>> {
        // Neighbours differ, and far ones may be the same.
        let driving = (0..poses.len()).map(|at| [[(at % self.crops.len()) as f32; 3]; 21]);
        let crops = DecodeAhead::start(self.decoder.clone(), driving.collect(), self.batch, work)?;
        Ok(Box::new(SleepingSequence { portrait: self, crops }))
    }

    fn network_time(&self) -> Option<Duration> {
        Some(Duration::from_nanos(self.clock.load(Ordering::Relaxed)))
    }

    fn work_key(&self, _poses: &[Pose]) -> Option<String> {
        Some("bench".to_owned())
    }
}

struct SleepingSequence<'a> {
    portrait: &'a SleepingPortrait,
    crops: DecodeAhead,
}

impl PoseSequence for SleepingSequence<'_> {
    fn render(&self, index: usize, frame: &mut Frame) -> Result<()> {
        self.portrait.paste.paste(&self.crops.take(index)?, frame);
        Ok(())
    }

    fn resumed(&self) -> u32 {
        self.crops.resumed() as u32
    }
}

/// A folder in which crops are kept.
pub struct CropKernel(CropStore);

impl CropKernel {
    /// Opens a folder.
    ///
    /// # Errors
    /// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) where it cannot be written.
    pub fn open(folder: &Path) -> Result<Self> {
        CropStore::open(folder).map(Self)
    }

    /// Keeps a crop of 512 x 512 pixels, red, green and blue.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn save(&self, index: usize, crop: &[u8]) -> Result<()> {
        self.0.save(index, crop)
    }

    /// A crop that was kept.
    pub fn load(&self, index: usize) -> Option<Vec<u8>> {
        self.0.load(index)
    }
}

/// Frames decoded ahead of those that take them, at so many a call.
pub fn ahead(batch: usize) -> usize {
    crate::run::decode_ahead::ahead(batch)
}
