//! What a caller chooses.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use gaze_face::threads::check_threads;
use gaze_rig::{Error, ErrorKind, Hint, Result};

use crate::lids::Lids;
use crate::runtime::device::Device;
use crate::runtime::precision::PrecisionChoice;

/// Whose landmarks say where the face lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Landmarks {
    /// Those of the face models inside this crate, which are free to use. The default.
    #[default]
    Embedded,
    /// Those of InsightFace, as LivePortrait's own program has them: two more model files, not for commercial use.
    InsightFace,
}

impl Landmarks {
    /// Name on the command line: `embedded` or `insightface`.
    pub fn name(self) -> &'static str {
        match self {
            Landmarks::Embedded => "embedded",
            Landmarks::InsightFace => "insightface",
        }
    }
}

impl FromStr for Landmarks {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = [Landmarks::Embedded, Landmarks::InsightFace];
        known.into_iter().find(|landmarks| landmarks.name() == text).ok_or_else(|| {
            let message = format!("there are no landmarks {text:?}: use embedded or insightface");
            Error::new(ErrorKind::InvalidOption, message)
        })
    }
}

/// How the LivePortrait engine is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LivePortraitOptions {
    /// Folder with the model files. Default: none, which is an error; the command line has a default of its own.
    pub models: Option<PathBuf>,
    /// The library of ONNX Runtime, or its folder. Default: looked for, see
    /// [`RuntimeLibrary::find`](crate::RuntimeLibrary::find).
    pub library: Option<PathBuf>,
    /// Folders in which a library is looked for last, where nothing names one. Default: none.
    pub library_folders: Vec<PathBuf>,
    /// Where the networks run. Default: CUDA where it starts, else the CPU.
    pub device: Device,
    /// Whose landmarks the crop is made of. Default: [`Landmarks::Embedded`].
    pub landmarks: Landmarks,
    /// What the lids do while the eyes look up and down. Default: [`Lids::Still`].
    pub lids: Lids,
    /// Whether a portrait becomes smaller exactly as in LivePortrait's own program, for comparisons with it: its longer
    /// side at most 1280 pixels, the other rounded down, by OpenCV's bilinear filter, then cut on the right and at the
    /// bottom to even sides. Frames show that picture. The program ignores colour profiles: read the portrait with
    /// [`stored_colors`](gaze_face::portrait::ReadOptions::stored_colors). Default: false.
    pub reference_preprocessing: bool,
    /// Frames decoded at a time, at most 64. Default: as many as the device's free memory is thought to hold, up to
    /// 8; on the CPU 1.
    pub batch: Option<usize>,
    /// Threads that compute networks on the CPU, at most 256; 0 for one a core. Default: 0.
    pub threads: usize,
    /// Which floats the decoder computes with. Default: [`PrecisionChoice::Auto`].
    pub precision: PrecisionChoice,
    /// Multiply 32-bit floats with ten bits of mantissa on GPUs that can, which is faster. Default: false.
    pub tf32: bool,
    /// Let CUDA or TensorRT record the decoder's launches once and replay them. Default: false.
    pub cuda_graph: bool,
    /// Take no notice of what [`measure`](crate::measure()) kept beside the models. What these options ask for is done either
    /// way. Default: false.
    pub ignore_tuning: bool,
}

/// Most frames decoded at a time.
pub(crate) const MAX_BATCH: usize = 64;

impl LivePortraitOptions {
    /// Names the folder with the model files.
    #[must_use]
    pub fn with_models(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models = Some(folder.into());
        self
    }

    /// Names the library of ONNX Runtime, or its folder.
    #[must_use]
    pub fn with_library(mut self, path: impl Into<PathBuf>) -> Self {
        self.library = Some(path.into());
        self
    }

    /// Sets the folders in which a library is looked for last.
    #[must_use]
    pub fn with_library_folders(mut self, folders: Vec<PathBuf>) -> Self {
        self.library_folders = folders;
        self
    }

    /// Sets where the networks run.
    #[must_use]
    pub fn with_device(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// Sets whose landmarks the crop is made of.
    #[must_use]
    pub fn with_landmarks(mut self, landmarks: Landmarks) -> Self {
        self.landmarks = landmarks;
        self
    }

    /// Sets what the lids do while the eyes look up and down.
    #[must_use]
    pub fn with_lids(mut self, lids: Lids) -> Self {
        self.lids = lids;
        self
    }

    /// Sets whether a portrait becomes smaller exactly as in LivePortrait's own program.
    #[must_use]
    pub fn with_reference_preprocessing(mut self, reference_preprocessing: bool) -> Self {
        self.reference_preprocessing = reference_preprocessing;
        self
    }

    /// Sets how many frames are decoded at a time, 1 to 64.
    #[must_use]
    pub fn with_batch(mut self, frames: usize) -> Self {
        self.batch = Some(frames);
        self
    }

    /// Sets the threads that compute networks on the CPU; 0 for one a core.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Sets which floats the decoder computes with.
    #[must_use]
    pub fn with_precision(mut self, precision: PrecisionChoice) -> Self {
        self.precision = precision;
        self
    }

    /// Sets whether GPUs that can multiply with ten bits of mantissa.
    #[must_use]
    pub fn with_tf32(mut self, tf32: bool) -> Self {
        self.tf32 = tf32;
        self
    }

    /// Sets whether CUDA or TensorRT record the decoder's launches once and replay them.
    #[must_use]
    pub fn with_cuda_graph(mut self, cuda_graph: bool) -> Self {
        self.cuda_graph = cuda_graph;
        self
    }

    /// Sets whether no notice is taken of what was measured.
    #[must_use]
    pub fn with_tuning_ignored(mut self, ignore_tuning: bool) -> Self {
        self.ignore_tuning = ignore_tuning;
        self
    }

    /// The folder with the model files.
    pub(crate) fn models_folder(&self) -> Result<&Path> {
        self.models.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::Engine, "no folder of LivePortrait models is given")
                .with_hint(Hint::FetchModels)
                .with_hint(Hint::NameModels)
        })
    }

    /// Checks every range that does not depend on the machine.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] naming the option.
    pub fn check(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidOption, message));
        if let Some(batch) = self.batch.filter(|batch| !(1..=MAX_BATCH).contains(batch)) {
            return refuse(format!(
                "a batch of {batch} frames is not possible: use 1 to {MAX_BATCH}"
            ));
        }
        if let Device::Cuda(index) | Device::TensorRt(index) = self.device
            && i32::try_from(index).is_err()
        {
            return refuse(format!("there is no GPU of number {index}: they count from 0"));
        }
        check_threads(self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precisions_are_read_as_they_are_written() {
        for choice in [PrecisionChoice::Auto, PrecisionChoice::Float32, PrecisionChoice::Float16] {
            assert_eq!(choice.name().parse::<PrecisionChoice>().unwrap(), choice);
        }
        let error = "half".parse::<PrecisionChoice>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
    }

    #[test]
    fn options_out_of_range_are_named() {
        let options = LivePortraitOptions::default;
        let refusal =
            |options: LivePortraitOptions| options.check().unwrap_err().message().to_owned();
        options().check().unwrap();
        options().with_batch(64).with_threads(256).check().unwrap();
        for batch in [0, 65] {
            assert!(refusal(options().with_batch(batch)).contains("batch"));
        }
        assert!(refusal(options().with_threads(257)).contains("threads"));
        assert!(refusal(options().with_device(Device::Cuda(u32::MAX))).contains("GPU"));
    }
}
