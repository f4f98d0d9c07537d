//! The folder of model files: whether all that the sweep needs lies in it, and as it should be.

use std::fs;
use std::path::{Path, PathBuf};

use gaze_rig::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

use crate::onnx::adapt::DecoderForm;
use crate::onnx::catalog::{DECODER, MODEL_FILES, ModelFile};
use crate::onnx::model_file::read_model_counting;
use crate::onnx::signature::{Precision, verify_model_bytes};
use crate::run::adapted_files::{AdaptedDecoder, adapted_in};
use crate::run::loading::Loading;
use crate::run::misplaced_models::absence;

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
    /// [`ErrorKind::Engine`] naming the first that is missing or differs, and how; [`ErrorKind::Cancelled`].
    pub(crate) fn open(path: &Path, loading: Loading<'_>) -> Result<Self> {
        let len = |file: &ModelFile| fs::metadata(path.join(file.name)).map_or(0, |m| m.len());
        let total = required_files().map(len).sum();
        let mut count = loading.begin_bytes("reading the model files", total);
        let mut all = Sha256::new();
        let (mut decoder_digest, mut decoder_precision) = ([0; 32], Precision::Float32);
        for file in required_files() {
            let of_file = path.join(file.name);
            let mut hash = Sha256::new();
            let bytes = read_model_counting(&of_file, &mut |block| {
                hash.update(block);
                count.add(block.len())
            })?;
            let report = verify_model_bytes(&bytes, file).map_err(|e| e.with_path(&of_file))?;
            if let Some(difference) = report.differences.first() {
                return Err(Error::new(
                    ErrorKind::Engine,
                    format!("this is not the model it should be: {difference}"),
                )
                .with_path(of_file));
            }
            let digest = hash.finalize().into();
            all.update(digest);
            if file.name == DECODER {
                (decoder_digest, decoder_precision) = (digest, report.precision);
            }
        }
        let digest = all.finalize().into();
        Ok(Self { path: path.to_owned(), digest, decoder_digest, decoder_precision })
    }

    /// The absence of a file in a folder, as an error that says what lies there instead.
    pub(crate) fn without(path: &Path, missing: &str) -> Error {
        absence(path, missing)
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

    /// SHA-256 of the decoder's file.
    pub(crate) fn decoder_digest(&self) -> [u8; 32] {
        self.decoder_digest
    }

    /// The numbers that the decoder computes with.
    pub(crate) fn decoder_precision(&self) -> Precision {
        self.decoder_precision
    }

    /// The adapted decoder: its file beside the original, made now where it is not there yet; its bytes where the
    /// folder cannot be written.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where the graph cannot be adapted, [`ErrorKind::Cancelled`].
    pub(crate) fn adapted_decoder(
        &self,
        form: DecoderForm,
        loading: Loading<'_>,
    ) -> Result<AdaptedDecoder> {
        adapted_in(&self.path, &self.decoder_digest, form, loading)
    }
}

fn required_files() -> impl Iterator<Item = &'static ModelFile> {
    MODEL_FILES.iter().filter(|file| file.is_required)
}
