//! The engine's face to the crate: models in, frames out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use gaze_face::faces::{Face, FaceModels, HeadKind, choose_face, warnings};
use gaze_face::{
    Engine, EngineDescription, FaceChoice, Portrait, PrepareRequest, PreparedPortrait,
};
use gaze_rig::{Error, ErrorKind, Finding, Hint, Observer, Result};
use sha2::{Digest, Sha256};

use crate::lids::Lids;
use crate::math::affine::Rgb;
use crate::math::crop::Crop;
use crate::math::paste::Paste;
use crate::onnx::signature::Precision;
use crate::options::{Landmarks, LivePortraitOptions};
use crate::run::decoder::{Decode, DecoderSession, OrtDecoder};
use crate::run::decoder_precision::open_settled_decoder;
use crate::run::framing::{Framing, SOURCE_SIDE};
use crate::run::insightface::InsightFace;
use crate::run::loading::Loading;
use crate::run::misplaced_models::misplaced_models;
use crate::run::model_folder::ModelFolder;
use crate::run::networks::Networks;
use crate::run::prepared::LivePortraitPrepared;
use crate::run::reference_picture::ReferencePicture;
use crate::run::transparency::OwnTransparency;
use crate::runtime::device::Device;
use crate::runtime::gpu_memory;
use crate::runtime::library::{Runtime, RuntimeLibrary, not_found};
use crate::runtime::provider::ProviderOptions;
use crate::runtime::sessions::SessionOptions;
use crate::tuning::{Combination, Place, Settled, TuningFile, settle};

/// Rises when frames change, so that those of an interrupted run of an older version are not used.
const FRAMES_VERSION: u32 = 2;

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
    /// What runs less well than it could and why, and terms of use; a sentence each.
    notes: Vec<String>,
    device: Device,
    library: RuntimeLibrary,
    models_digest: [u8; 32],
    /// What the decoder computes with.
    precision: Precision,
    decoded: Arc<AtomicU64>,
    /// What the decoder's provider was told.
    provider: ProviderOptions,
    lids: Lids,
    reference_preprocessing: bool,
}

impl LivePortraitEngine {
    /// Loads ONNX Runtime and the models; takes some seconds, and longer the first time, when the decoder's graph is
    /// adapted.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for options out of range, [`ErrorKind::Engine`] where the library, the device
    /// or a model file cannot be used.
    pub fn open(options: &LivePortraitOptions) -> Result<Self> {
        Self::open_observed(options, &())
    }

    /// The same; the observer hears what goes on as [`Stage::Loading`](gaze_rig::Stage::Loading), with an activity,
    /// and may cancel.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and [`ErrorKind::Cancelled`].
    pub fn open_observed(options: &LivePortraitOptions, observer: &dyn Observer) -> Result<Self> {
        Self::open_settled(options, observer, |device, runtime, folder| {
            settle_by_file(options, device, runtime, folder)
        })
    }

    /// The same with the decoder run in a given way, whatever was kept and whatever `options` say of it.
    ///
    /// # Errors
    /// Those of [`open_observed`](Self::open_observed).
    pub fn open_with(
        options: &LivePortraitOptions,
        combination: &Combination,
        observer: &dyn Observer,
    ) -> Result<Self> {
        Self::open_settled(options, observer, |_, _, _| Settled::as_given(combination))
    }

    fn open_settled(
        options: &LivePortraitOptions,
        observer: &dyn Observer,
        settle: impl FnOnce(Device, &Runtime, &ModelFolder) -> Settled,
    ) -> Result<Self> {
        options.check()?;
        let folder = options.models_folder()?;
        if let Some(name) = ModelFolder::missing(folder) {
            return Err(ModelFolder::without(folder, name));
        }
        if options.landmarks == Landmarks::InsightFace {
            InsightFace::look_for(folder)?;
        }
        let loading = Loading::new(observer);
        loading.begin("loading ONNX Runtime")?;
        let runtime = Runtime::load(options.library.as_deref(), &options.library_folders)?;
        let folder = ModelFolder::open(folder, loading)?;
        loading.begin("loading the networks")?;
        let (device, networks, fallback) = start(&runtime, &folder, options)?;
        let settled = settle(device, &runtime, &folder);
        let session_options = SessionOptions {
            runtime: &runtime,
            device,
            provider: settled.provider,
            threads: settled.threads,
        };
        let insightface = match options.landmarks {
            Landmarks::Embedded => None,
            Landmarks::InsightFace => Some(InsightFace::open(folder.path(), &session_options)?),
        };
        let licence = insightface
            .as_ref()
            .map(|_| "landmarks by InsightFace, not for commercial use".to_owned());
        let opened = open_settled_decoder(&folder, &session_options, &settled, loading)?;
        let decoder = opened.decoder;
        Ok(Self {
            faces: Arc::new(FaceModels::embedded()?),
            insightface,
            networks: Arc::new(networks),
            decoder: decoder.session,
            batch: decoder.batch,
            notes: [fallback, settled.note, opened.note, decoder.note, licence]
                .into_iter()
                .flatten()
                .collect(),
            device,
            library: runtime.library,
            models_digest: folder.digest(),
            precision: opened.precision,
            decoded: Arc::default(),
            provider: settled.provider,
            lids: options.lids,
            reference_preprocessing: options.reference_preprocessing,
        })
    }

    /// What this machine has not got, as the end of a sentence: models or a library. None where both are there,
    /// sound or not.
    pub fn lacks(options: &LivePortraitOptions) -> Option<Finding> {
        let Some(folder) = options.models.as_deref() else {
            return Some(Finding::new("has no folder of models"));
        };
        if let Some(name) = ModelFolder::missing(folder) {
            let lack = || Finding::new(format!("lacks {name} in {}", folder.display()));
            return Some(misplaced_models(folder).unwrap_or_else(lack));
        }
        let error =
            match RuntimeLibrary::locate(options.library.as_deref(), &options.library_folders) {
                Ok(Some(_)) => return None,
                Ok(None) => not_found(),
                Err(error) => error,
            };
        Some(Finding::new("lacks its library").with_error(error))
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

/// What the caller asks for; where that leaves a thing open, what was measured on this device with this library and decoder.
fn settle_by_file(
    options: &LivePortraitOptions,
    device: Device,
    runtime: &Runtime,
    folder: &ModelFolder,
) -> Settled {
    if options.ignore_tuning {
        return settle(options, None, None);
    }
    let (file, unread) = match TuningFile::read(folder.path()) {
        Ok(file) => (file, None),
        Err(error) => (TuningFile::default(), Some(error.to_string())),
    };
    let place = Place::of(device, &runtime.library, &folder.decoder_digest());
    let free = device.gpu_index().and_then(gpu_memory::query).map(|memory| memory.free);
    let settled = settle(options, place.and_then(|place| file.at(&place)), free);
    Settled { note: settled.note.or(unread), ..settled }
}

/// Loads the small networks on the device asked for, which shows whether it starts.
///
/// # Errors
/// [`ErrorKind::Engine`] where the device or a model cannot be used.
pub(crate) fn start(
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
        let provider = ProviderOptions::for_single_calls(options.tf32);
        let theirs = SessionOptions { runtime, device: theirs, provider, threads: options.threads };
        let networks = Networks::open(folder.path(), &theirs)?;
        Ok::<_, Error>((device, networks))
    };
    let (device, networks, fallback) = match options.device {
        Device::Auto => match on(Device::Cuda(0)) {
            Ok((device, networks)) => (device, networks, None),
            Err(e) => {
                let (device, networks) = on(Device::Cpu)?;
                // A library without CUDA was never meant to use it.
                let fallback = Device::has_cuda()
                    .then(|| format!("CUDA does not serve: {}", e.without_hints()));
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

impl LivePortraitEngine {
    /// The face to animate in a picture that shows all of `source`, and those that are not meant.
    fn face_of(
        &self,
        seen: &Portrait,
        source: &Portrait,
        choice: FaceChoice,
    ) -> Result<(Face, Vec<Face>)> {
        let FaceChoice::Eyes(eyes) = choice else {
            let faces = self.faces.find_faces_of(seen, source)?;
            let face = choose_face(&faces, choice, seen)?;
            let others = faces.iter().filter(|other| !std::ptr::eq(*other, face));
            return Ok((face.clone(), others.cloned().collect()));
        };
        let named = self.faces.named_face(seen, eyes)?;
        if named.head == HeadKind::Generic {
            // The networks have learned people: what they make of a cat is no cat.
            let message = "LivePortrait moves human faces only, and these eyes are in none";
            return Err(Error::new(ErrorKind::NoFace, message).with_hint(Hint::UseEmbedded));
        }
        Ok((named.face, Vec::new()))
    }
}

impl Engine for LivePortraitEngine {
    fn describe(&self) -> EngineDescription {
        let RuntimeLibrary { version, path, origin } = &self.library;
        let description = EngineDescription::new("liveportrait")
            .with_device(self.device.to_string())
            .with_batch(self.batch)
            .with_precision(self.precision.to_string())
            .with_library(format!("ONNX Runtime {version} ({origin}: {})", path.display()));
        self.notes.iter().fold(description, EngineDescription::with_note)
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        observer.check_cancelled()?;
        if !self.reference_preprocessing {
            return Ok(Box::new(self.prepare_as_it_is(request, observer)?));
        }
        let reference = ReferencePicture::of(request)?;
        let mut prepared = self.prepare_as_it_is(&reference.request(request), observer)?;
        prepared.crop = prepared.crop.map(|part| reference.in_source(part));
        prepared.warnings.extend_from_slice(request.source().warnings());
        Ok(Box::new(prepared))
    }
}

impl LivePortraitEngine {
    fn prepare_as_it_is(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<LivePortraitPrepared> {
        let options = request.options();
        let whole = request.source().resized(SOURCE_SIDE);
        let (chosen, others) = self.face_of(&whole, request.source(), options.face)?;
        let framing = Framing::of(request, &self.faces, &whole, &chosen)?;
        let (face, portrait) = (&framing.face, &*framing.frame);
        let others: Vec<Face> =
            others.iter().map(|other| framing.in_frame(other, &whole, request.source())).collect();
        let in_frame = framing.face_in_frame.clone();
        let own = OwnTransparency::of(&self.faces, portrait, in_frame, &others, options)?;
        let picture = Rgb::from_frame(&own.seen(&framing.seen));
        let crop = match &self.insightface {
            None => Crop::from_face(face)?,
            Some(models) => Crop::from_landmarks(&models.face_landmarks(&picture, face.bounds())?)?,
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
            "{} {} {} {} {} {:?}",
            self.library.version,
            self.device,
            self.batch,
            self.precision,
            self.provider.arithmetic_key(),
            crop
        ));
        // What was kept before there was a choice has the same key.
        if self.lids != Lids::default() {
            key.update(self.lids.name());
        }
        for picture in [&picture.pixels[..], portrait.frame().pixels()] {
            key.update(Sha256::digest(picture));
        }
        let paste = Paste::new(own.seen(portrait).into_owned(), &framing.to_frame, &crop);
        let transparency = own.finishing(self.faces.clone(), &paste, options)?;
        // Who names the eyes has decided.
        let is_named = matches!(options.face, FaceChoice::Eyes(_));
        let mut warnings =
            if is_named { Vec::new() } else { warnings(face, &others, options.face) };
        warnings.extend_from_slice(request.source().warnings());
        Ok(LivePortraitPrepared {
            paste,
            transparency,
            size: portrait.size(),
            crop: framing.crop,
            warnings: request.advise_crop(warnings, &framing.face_in_frame),
            networks: self.networks.clone(),
            motion,
            lids: self.lids,
            source_points,
            clock: decoder.clock(),
            decoder: Arc::new(Mutex::new(Box::new(decoder))),
            batch: self.batch,
            key,
        })
    }
}
