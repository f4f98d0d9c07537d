//! The engine's face to the crate: models in, frames out.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ort::memory::AllocationDevice;
use sha2::{Digest, Sha256};

use super::adapt::BatchForm;
use super::affine::Rgb;
use super::crop::Crop;
use super::cutout::Cutout;
use super::decoder::{Decode, DecoderSession, OrtDecoder};
use super::device::{Device, ProviderOptions};
use super::fixed_memory::FixedMemory;
use super::insightface::InsightFace;
use super::keypoints::{KeyPoints, SourceMotion, stitched};
use super::models::{AdaptedDecoder, ModelFolder};
use super::networks::{Networks, VOLUME};
use super::options::{Landmarks, LivePortraitOptions};
use super::paste::Paste;
use super::placement::check_placement;
use super::runtime::{Runtime, RuntimeLibrary};
use super::sequence::{CropSequence, SharedDecoder};
use super::sessions::{SessionOptions, engine_error, open_session, open_session_of};
use gaze_face::faces::{FaceModels, choose_face, warnings};
use gaze_face::{
    Engine, EngineDescription, PoseSequence, PrepareRequest, PreparedPortrait, Warning,
};
use gaze_rig::{Error, ErrorKind, Frame, Observer, Pose, PoseAxes, Rect, Result, Size};

/// Longer side of the picture that the crop is taken from, in pixels: the reference's limit.
const SOURCE_SIDE: u32 = 1280;
/// Rises when frames change, so that those of an interrupted run of an older version are not used.
const FRAMES_VERSION: u32 = 1;
/// What poses may ask for, either way: beyond it faces fall apart.
const POSE_LIMIT: f32 = 15.0;

/// Renders with LivePortrait's networks through ONNX Runtime.
///
/// On CUDA where there is a GPU, else on the CPU. A frame takes 1.2 TFLOP with the public models.
pub struct LivePortraitEngine {
    faces: Arc<FaceModels>,
    /// Where its landmarks are asked for.
    insightface: Option<InsightFace>,
    networks: Arc<Networks>,
    decoder: Arc<Mutex<DecoderSession>>,
    batch: usize,
    /// What is not as it might be, and why.
    notes: Vec<String>,
    device: Device,
    library: RuntimeLibrary,
    models_digest: [u8; 32],
    decoded: Arc<AtomicU64>,
    options: LivePortraitOptions,
}

impl LivePortraitEngine {
    /// Loads ONNX Runtime and the models; takes some seconds, and longer the first time, when the decoder's graph is
    /// adapted.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for options out of range, [`ErrorKind::Engine`] where the library, the device
    /// or a model file cannot be used.
    pub fn open(options: &LivePortraitOptions) -> Result<Self> {
        options.check()?;
        let folder = options.models.as_deref().ok_or_else(|| {
            let message = "no folder of LivePortrait models is given: run `gaze models pull`, or name one in \
                           LIVEPORTRAIT_PATH";
            Error::new(ErrorKind::Engine, message)
        })?;
        if let Some(name) = ModelFolder::missing(folder) {
            let remedy = ModelFolder::remedy(folder, name);
            let message = format!("there is no {name} here: {remedy}");
            return Err(Error::new(ErrorKind::Engine, message).with_path(folder));
        }
        if options.landmarks == Landmarks::InsightFace {
            InsightFace::look_for(folder)?;
        }
        let runtime = Runtime::load(options.library.as_deref())?;
        let folder = ModelFolder::open(folder)?;
        let (device, networks, fallback) = start(&runtime, &folder, options)?;
        let session_options = session_options(&runtime, device, options);
        let insightface = match options.landmarks {
            Landmarks::Embedded => None,
            Landmarks::InsightFace => Some(InsightFace::open(folder.path(), &session_options)?),
        };
        let licence = insightface
            .as_ref()
            .map(|_| "landmarks by InsightFace, not for commercial use".to_owned());
        let wanted = options.batch.unwrap_or_else(|| device.default_batch());
        let decoder = open_decoder(&folder, &session_options, wanted)?;
        Ok(Self {
            faces: Arc::new(FaceModels::embedded()?),
            insightface,
            networks: Arc::new(networks),
            decoder: decoder.session,
            batch: decoder.batch,
            notes: [fallback, decoder.note, licence].into_iter().flatten().collect(),
            device,
            library: runtime.library,
            models_digest: folder.digest(),
            decoded: Arc::default(),
            options: options.clone(),
        })
    }

    /// What this machine has not got, as the end of a sentence: models or a library. None where both are there,
    /// sound or not.
    pub fn lacks(options: &LivePortraitOptions) -> Option<String> {
        let Some(folder) = options.models.as_deref() else {
            return Some("has no folder of models".to_owned());
        };
        if let Some(name) = ModelFolder::missing(folder) {
            return Some(format!("lacks {name} in {}", folder.display()));
        }
        RuntimeLibrary::locate(options.library.as_deref())
            .err()
            .map(|e| format!("lacks its library: {e}"))
    }

    /// Where the networks run; never [`Device::Auto`].
    pub fn device(&self) -> Device {
        self.device
    }

    /// The library that runs them.
    pub fn library(&self) -> &RuntimeLibrary {
        &self.library
    }

    /// Frames decoded so far, of all portraits.
    pub fn decoded_frames(&self) -> u64 {
        self.decoded.load(Ordering::Relaxed)
    }

    /// Frames decoded at a time.
    pub fn batch(&self) -> usize {
        self.batch
    }
}

impl std::fmt::Display for LivePortraitEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.describe().fmt(f)
    }
}

/// Loads the small networks on the device asked for, which shows whether it starts.
fn start(
    runtime: &Runtime,
    folder: &ModelFolder,
    options: &LivePortraitOptions,
) -> Result<(Device, Networks, Option<String>)> {
    let on = |device: Device| {
        device.check(runtime)?;
        // They run once a portrait; what is no CUDA may lack some of their operators.
        let theirs = match device {
            Device::TensorRt(index) => Device::Cuda(index),
            Device::CoreMl | Device::DirectMl => Device::Cpu,
            same => same,
        };
        let mut theirs = session_options(runtime, theirs, options);
        // Recorded launches are for one shape, and pay for what runs often.
        theirs.provider.cuda_graph = false;
        let networks = Networks::open(folder.path(), &theirs)?;
        Ok::<_, Error>((device, networks))
    };
    let (device, networks, fallback) = match options.device {
        Device::Auto => match on(Device::Cuda(0)) {
            Ok((device, networks)) => (device, networks, None),
            Err(e) => {
                let (device, networks) = on(Device::Cpu)?;
                // A library without CUDA was never meant to use it.
                let fallback = Device::has_cuda().then(|| format!("CUDA does not serve: {e}"));
                (device, networks, fallback)
            }
        },
        device => {
            let (device, networks) = on(device)?;
            (device, networks, None)
        }
    };
    Ok((device, networks, fallback))
}

fn session_options<'a>(
    runtime: &'a Runtime,
    device: Device,
    options: &LivePortraitOptions,
) -> SessionOptions<'a> {
    let provider = ProviderOptions { cuda_graph: options.cuda_graph, tf32: options.tf32 };
    SessionOptions { runtime, device, provider, threads: options.threads }
}

/// The decoder, ready to run.
pub(super) struct OpenedDecoder {
    pub(super) session: Arc<Mutex<DecoderSession>>,
    /// Frames at a time.
    pub(super) batch: usize,
    /// Why these are fewer than were wanted.
    note: Option<String>,
}

/// Opens the decoder for `wanted` frames at a time, or for one where its graph cannot take more.
pub(super) fn open_decoder(
    folder: &ModelFolder,
    options: &SessionOptions<'_>,
    wanted: usize,
) -> Result<OpenedDecoder> {
    let form = options.device.grid_sample_form();
    let open = |batch: BatchForm, options: &SessionOptions<'_>| {
        let adapted = folder.adapted_decoder(form, batch)?;
        let session = match &adapted {
            AdaptedDecoder::File(path) => open_session(path, options)?,
            AdaptedDecoder::Bytes(model) => open_session_of(model, options)?,
        };
        check_placement(&session, options.device, || adapted.graph())?;
        Ok::<_, Error>(Arc::new(Mutex::new(DecoderSession { session, fixed: None })))
    };
    // Several shapes are tried, which launches that are recorded do not bear.
    let mut plain = *options;
    plain.provider.cuda_graph = false;
    let (session, batch, note) = if wanted == 1 {
        (open(BatchForm::One, options)?, 1, None)
    } else {
        match open(BatchForm::Dynamic, &plain).and_then(|session| {
            batches_are_sound(&session)?;
            Ok(session)
        }) {
            Ok(session) if plain.provider == options.provider => (session, wanted, None),
            Ok(session) => {
                drop(session);
                (open(BatchForm::Dynamic, options)?, wanted, None)
            }
            Err(e) => {
                (open(BatchForm::One, options)?, 1, Some(format!("its graph takes no more: {e}")))
            }
        }
    };
    if let (true, Some(index)) = (options.provider.cuda_graph, options.device.cuda_index()) {
        let mut decoder = session.lock().unwrap_or_else(PoisonError::into_inner);
        let fixed = FixedMemory::new(&decoder.session, AllocationDevice::CUDA, index, batch);
        decoder.fixed =
            Some(fixed.map_err(|e| engine_error("the device takes no recorded launches", e))?);
    }
    Ok(OpenedDecoder { session, batch, note })
}

/// Checks that two frames decoded together equal the same two decoded one by one: a graph that was exported for one
/// frame may still hold that one somewhere inside.
fn batches_are_sound(session: &Arc<Mutex<DecoderSession>>) -> Result<()> {
    /// Grey levels: kernels differ by the shape they are given.
    const TOLERANCE: u8 = 2;
    let wave = |i: usize| ((i * 7919 % 1009) as f32 / 504.5 - 1.0) * 0.5;
    let volume: Vec<f32> = (0..VOLUME.iter().product()).map(wave).collect();
    let points = |seed: usize| -> KeyPoints {
        std::array::from_fn(|i| std::array::from_fn(|axis| wave(seed + i * 3 + axis)))
    };
    let (source, driving) = (points(0), [points(1), points(100)]);
    let decoder =
        |batch, volume| OrtDecoder::new(session.clone(), batch, volume, &source, Arc::default());
    let (mut pair, mut single) = (decoder(2, Vec::clone(&volume))?, decoder(1, volume)?);
    let together = pair.decode(&driving)?;
    for (one, both) in driving.iter().zip(&together) {
        let alone = single.decode(std::slice::from_ref(one))?;
        if alone[0].iter().zip(both).any(|(a, b)| a.abs_diff(*b) > TOLERANCE) {
            return Err(Error::new(
                ErrorKind::Engine,
                "two frames together are not what they are one by one",
            ));
        }
    }
    Ok(())
}

impl Engine for LivePortraitEngine {
    fn describe(&self) -> EngineDescription {
        let RuntimeLibrary { version, path, origin } = &self.library;
        let description = EngineDescription::new("liveportrait")
            .with_device(self.device.to_string())
            .with_batch(self.batch)
            .with_library(format!("ONNX Runtime {version} ({origin}: {})", path.display()));
        self.notes.iter().fold(description, EngineDescription::with_note)
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let (portrait, source, options) = (request.portrait(), request.source(), request.options());
        observer.check_cancelled()?;
        let seen = source.resized(SOURCE_SIDE);
        let faces = self.faces.find_faces(&seen)?;
        let face = choose_face(&faces, options.face, &seen)?;
        let picture = Rgb::of_frame(&seen.flattened());
        let crop = match &self.insightface {
            None => Crop::of_face(face)?,
            Some(models) => Crop::of_landmarks(&models.face_landmarks(&picture, face.bounds())?)?,
        };
        let input = crop.cut(&picture).halved();
        observer.check_cancelled()?;
        let motion = self.networks.motion(&input)?;
        observer.check_cancelled()?;
        let volume = self.networks.features(&input)?;
        let source_points = motion.source_points();
        let decoder = OrtDecoder::new(
            self.decoder.clone(),
            self.batch,
            volume,
            &source_points,
            self.decoded.clone(),
        )?;

        let mut key = Sha256::new();
        key.update(FRAMES_VERSION.to_le_bytes());
        key.update(self.models_digest);
        key.update(format!(
            "{} {} {} {:?} {:?}",
            self.library.version, self.device, self.batch, self.options.tf32, crop
        ));
        for picture in [&picture.pixels[..], portrait.frame().pixels()] {
            key.update(Sha256::digest(picture));
        }
        let paste = Paste::new(portrait.flattened().into_owned(), seen.size(), &crop);
        let cutout = match options.remove_background {
            true => {
                let face = face.resized(seen.size(), portrait.size());
                Some(Cutout::new(self.faces.clone(), portrait, face, &paste)?)
            }
            false => None,
        };
        Ok(Box::new(Prepared {
            paste,
            cutout,
            size: portrait.size(),
            warnings: warnings(face, &faces),
            networks: self.networks.clone(),
            motion,
            source_points,
            clock: decoder.clock(),
            decoder: Arc::new(Mutex::new(Box::new(decoder))),
            batch: self.batch,
            key,
        }))
    }
}

struct Prepared {
    paste: Paste,
    /// Where the background is removed.
    cutout: Option<Cutout>,
    size: Size,
    warnings: Vec<Warning>,
    networks: Arc<Networks>,
    motion: SourceMotion,
    source_points: KeyPoints,
    decoder: SharedDecoder,
    clock: Arc<AtomicU64>,
    batch: usize,
    key: Sha256,
}

impl Prepared {
    /// Key points of poses, stitched in one call.
    fn driving(&self, poses: &[Pose]) -> Result<Vec<KeyPoints>> {
        let plain: Vec<KeyPoints> =
            poses.iter().map(|pose| self.motion.driving_points(&clamped(pose))).collect();
        let deltas = self.networks.stitch(&self.source_points, &plain)?;
        plain.iter().zip(&deltas).map(|(points, deltas)| stitched(points, deltas)).collect()
    }

    /// A frame from a decoded crop.
    fn finish(&self, crop: &[u8], frame: &mut Frame) -> Result<()> {
        self.paste.paste(crop, frame);
        self.cutout.as_ref().map_or(Ok(()), |cutout| cutout.cut(&self.paste, frame))
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

impl PreparedPortrait for Prepared {
    fn frame_size(&self) -> Size {
        self.size
    }

    fn has_alpha(&self) -> bool {
        self.cutout.is_some()
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
        let mut decoder = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        let crops = decoder.decode(&driving).map_err(Error::from)?;
        self.finish(&crops[0], frame)
    }

    fn begin<'a>(
        &'a self,
        poses: Vec<Pose>,
        work: Option<&Path>,
    ) -> Result<Box<dyn PoseSequence + 'a>> {
        let crops =
            CropSequence::start(self.decoder.clone(), self.driving(&poses)?, self.batch, work)?;
        Ok(Box::new(Sequence { prepared: self, crops }))
    }

    fn network_time(&self) -> Option<Duration> {
        Some(Duration::from_nanos(self.clock.load(Ordering::Relaxed)))
    }

    fn work_key(&self, poses: &[Pose]) -> Option<String> {
        let mut key = self.key.clone();
        for pose in poses {
            let PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow } = pose.axes();
            for value in [pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow] {
                key.update(value.to_le_bytes());
            }
        }
        let digest = key.finalize();
        Some(digest[..8].iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

struct Sequence<'a> {
    prepared: &'a Prepared,
    crops: CropSequence,
}

impl PoseSequence for Sequence<'_> {
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
    let PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow } = pose.axes();
    PoseAxes {
        pupil_x: within(pupil_x),
        pupil_y: within(pupil_y),
        head_pitch_deg: within(head_pitch_deg),
        head_yaw_deg: within(head_yaw_deg),
        eyebrow: eyebrow.clamp(0.0, POSE_LIMIT),
    }
}
