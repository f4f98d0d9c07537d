//! The folder of model files: what lies in it, and the decoder's graph in the form that runs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use gaze_output::OutputFile;
use gaze_output::not_written;
use gaze_rig::{Error, ErrorKind, Hint, Result};
use onnx_protobuf::GraphProto;
use sha2::{Digest, Sha256};

use crate::onnx::adapt::{BatchForm, DecoderForm, GridSampleForm, adapt_decoder};
use crate::onnx::catalog::{DECODER, MODEL_FILES, ModelFile};
use crate::onnx::checksum_trailer::{has_valid_checksum, sha256_of};
use crate::onnx::model_file::{parse_model, read_model};
use crate::onnx::signature::{Precision, verify_model};

/// Rises when adapted graphs change, so that older ones are made again.
const ADAPTED_VERSION: u32 = 1;
/// The decoder for a TensorRT plug-in, which lies beside it in the public set.
const PLUGIN_DECODER_FILE: &str = "warping_spade-fix.onnx";

/// A folder with model files.
#[derive(Debug, Clone)]
pub(crate) struct ModelFolder {
    path: PathBuf,
    /// SHA-256 of the required files, one after the other.
    digest: [u8; 32],
    decoder_digest: [u8; 32],
    decoder_precision: Precision,
}

impl ModelFolder {
    /// Checks every file that the sweep needs against its declared signature.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] naming the first that is missing or differs, and how.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut all = Sha256::new();
        let (mut decoder_digest, mut decoder_precision) = ([0; 32], Precision::Float32);
        for file in required_files() {
            let of_file = path.join(file.name);
            let report = verify_model(&of_file, file)?;
            if let Some(difference) = report.differences.first() {
                return Err(Error::new(
                    ErrorKind::Engine,
                    format!("this is not the model it should be: {difference}"),
                )
                .with_path(of_file));
            }
            let digest = digest_of(&of_file)?;
            all.update(digest);
            if file.name == DECODER {
                (decoder_digest, decoder_precision) = (digest, report.precision);
            }
        }
        let digest = all.finalize().into();
        Ok(Self { path: path.to_owned(), digest, decoder_digest, decoder_precision })
    }

    /// The absence of a file in a folder, as an error.
    pub(crate) fn without(path: &Path, missing: &str) -> Error {
        let message = match missing == DECODER && path.join(PLUGIN_DECODER_FILE).is_file() {
            true => format!(
                "there is no {missing} here, and {PLUGIN_DECODER_FILE} is made for a TensorRT plug-in and cannot take \
                 its place"
            ),
            false => format!("there is no {missing} here"),
        };
        Error::new(ErrorKind::Engine, message).with_hint(Hint::FetchModels).with_path(path)
    }

    /// Whether a folder has every file that the sweep needs, whatever is in them; else the first that it lacks.
    pub(crate) fn missing(path: &Path) -> Option<&'static str> {
        required_files().map(|file| file.name).find(|name| !path.join(name).is_file())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The numbers that the decoder computes with.
    pub(crate) fn decoder_precision(&self) -> Precision {
        self.decoder_precision
    }

    /// The adapted decoder: its file beside the original, made now where it is not there yet; its bytes where the
    /// folder cannot be written.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where the graph cannot be adapted.
    pub(crate) fn adapted_decoder(&self, form: DecoderForm) -> Result<AdaptedDecoder> {
        adapted_in(&self.path, &self.decoder_digest, form)
    }
}

/// Makes the adapted decoder in a folder of model files, where the engine looks for it, and returns its path. The
/// engine does the same when it first needs it.
///
/// # Errors
/// [`ErrorKind::Engine`] where the decoder is missing or cannot be adapted, [`ErrorKind::Output`] where the folder
/// cannot be written.
pub fn cache_adapted_decoder(folder: impl AsRef<Path>, form: DecoderForm) -> Result<PathBuf> {
    let folder = folder.as_ref();
    let original = folder.join(DECODER);
    if !original.is_file() {
        return Err(Error::new(ErrorKind::Engine, "the model is missing")
            .with_hint(Hint::FetchModels)
            .with_path(original));
    }
    match adapted_in(folder, &digest_of(&original)?, form)? {
        AdaptedDecoder::File(path) => Ok(path),
        AdaptedDecoder::Bytes(_) => {
            let message = "the adapted decoder cannot be written to this folder: make it writable, or write elsewhere";
            Err(Error::new(ErrorKind::Output, message).with_path(folder))
        }
    }
}

fn adapted_in(
    folder: &Path,
    decoder_digest: &[u8; 32],
    form: DecoderForm,
) -> Result<AdaptedDecoder> {
    let adapted = folder.join(adapted_name(decoder_digest, form));
    // One that is damaged is made anew.
    if has_valid_checksum(&adapted) {
        return Ok(AdaptedDecoder::File(adapted));
    }
    let model = adapt_decoder(folder.join(DECODER), form)?;
    let write = || {
        let file = OutputFile::create(&adapted, true)?;
        file.start()?.write_all(&model).map_err(|e| not_written(&adapted, e))?;
        file.commit()
    };
    // The run needs no file, and the next one may have better luck.
    Ok(match write() {
        Ok(()) => AdaptedDecoder::File(adapted),
        Err(_) => AdaptedDecoder::Bytes(model),
    })
}

/// An adapted graph, wherever there was room for it.
pub(crate) enum AdaptedDecoder {
    File(PathBuf),
    Bytes(Vec<u8>),
}

impl AdaptedDecoder {
    /// The graph itself.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where the file cannot be read any more.
    pub(crate) fn graph(&self) -> Result<GraphProto> {
        let mut model = match self {
            Self::File(path) => parse_model(&read_model(path)?)?,
            Self::Bytes(model) => parse_model(model)?,
        };
        Ok(model.graph.take().unwrap_or_default())
    }
}

fn required_files() -> impl Iterator<Item = &'static ModelFile> {
    MODEL_FILES.iter().filter(|file| file.is_required)
}

/// `warping_spade.opset20.batch.1f0c22aa.gaze1.onnx`, in 16-bit floats `warping_spade.opset20.batch.fp16.1f0c22aa.gaze1.onnx`:
/// the digest is the original's.
fn adapted_name(original: &[u8; 32], form: DecoderForm) -> String {
    let sampling = match form.grid_sample {
        GridSampleForm::Opset20 => "opset20",
        GridSampleForm::TwoSlices => "two-slices",
    };
    let batch = match form.batch {
        BatchForm::Dynamic => "batch",
        BatchForm::One => "one",
    };
    let precision = match form.precision {
        Precision::Float32 => "",
        Precision::Float16 => ".fp16",
    };
    let digest = hex::encode(&original[..4]);
    format!("warping_spade.{sampling}.{batch}{precision}.{digest}.gaze{ADAPTED_VERSION}.onnx")
}

fn digest_of(path: &Path) -> Result<[u8; 32]> {
    let file = fs::File::open(path).map_err(|e| unreadable(path, e))?;
    sha256_of(file).map_err(|e| unreadable(path, e))
}

fn unreadable(path: &Path, e: std::io::Error) -> Error {
    Error::new(ErrorKind::Engine, format!("a model file cannot be read: {e}"))
        .with_path(path)
        .with_source(e)
}
