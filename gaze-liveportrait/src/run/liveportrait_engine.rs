//! The engine's face to the crate: models in, frames out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use gaze_face::faces::{Face, FaceModels, HeadKind, choose_face, warnings};
use gaze_face::{
    Engine, EngineDescription, FaceChoice, Portrait, PrepareRequest, PreparedPortrait,
};
use gaze_rig::{Error, ErrorKind, Finding, Hint, Observer, Result};
use sha2::{Digest, Sha256};

use crate::math::affine::Rgb;
use crate::math::crop::Crop;
use crate::math::paste::Paste;
use crate::onnx::signature::Precision;
use crate::options::{Landmarks, LivePortraitOptions};
use crate::run::decoder::{Decode, DecoderSession, OrtDecoder};
use crate::run::decoder_precision::open_decoder_in_precision;
use crate::run::framing::{Framing, SOURCE_SIDE};
use crate::run::insightface::InsightFace;
use crate::run::model_folder::ModelFolder;
use crate::run::networks::Networks;
use crate::run::prepared::LivePortraitPrepared;
use crate::run::transparency::OwnTransparency;
use crate::runtime::device::{Device, ProviderOptions};
use crate::runtime::library::{Runtime, RuntimeLibrary, not_found};
use crate::runtime::sessions::SessionOptions;

/// Rises when frames change, so that those of an interrupted run of an older version are not used.
const FRAMES_VERSION: u32 = 1;

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
            Error::new(ErrorKind::Engine, "no folder of LivePortrait models is given")
                .with_hint(Hint::FetchModels)
                .with_hint(Hint::NameModels)
        })?;
        if let Some(name) = ModelFolder::missing(folder) {
            return Err(ModelFolder::without(folder, name));
        }
        if options.landmarks == Landmarks::InsightFace {
            InsightFace::look_for(folder)?;
        }
        let runtime = Runtime::load(options.library.as_deref(), &options.library_folders)?;
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
        let opened =
            open_decoder_in_precision(&folder, &session_options, wanted, options.precision)?;
        let decoder = opened.decoder;
        Ok(Self {
            faces: Arc::new(FaceModels::embedded()?),
            insightface,
            networks: Arc::new(networks),
            decoder: decoder.session,
            batch: decoder.batch,
            notes: [fallback, opened.note, decoder.note, licence].into_iter().flatten().collect(),
            device,
            library: runtime.library,
            models_digest: folder.digest(),
            precision: opened.precision,
            decoded: Arc::default(),
            options: options.clone(),
        })
    }

    /// What this machine has not got, as the end of a sentence: models or a library. None where both are there,
    /// sound or not.
    pub fn lacks(options: &LivePortraitOptions) -> Option<Finding> {
        let Some(folder) = options.models.as_deref() else {
            return Some(Finding::new("has no folder of models"));
        };
        if let Some(name) = ModelFolder::missing(folder) {
            return Some(Finding::new(format!("lacks {name} in {}", folder.display())));
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

fn session_options<'a>(
    runtime: &'a Runtime,
    device: Device,
    options: &LivePortraitOptions,
) -> SessionOptions<'a> {
    let provider = ProviderOptions { cuda_graph: options.cuda_graph, tf32: options.tf32 };
    SessionOptions { runtime, device, provider, threads: options.threads }
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
        let options = request.options();
        observer.check_cancelled()?;
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
            "{} {} {} {} {:?} {:?}",
            self.library.version, self.device, self.batch, self.precision, self.options.tf32, crop
        ));
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
        Ok(Box::new(LivePortraitPrepared {
            paste,
            transparency,
            size: portrait.size(),
            crop: framing.crop,
            warnings: request.advise_crop(warnings, &framing.face_in_frame),
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
