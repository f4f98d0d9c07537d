//! What a caller chooses.

use std::path::PathBuf;
use std::str::FromStr;

use gaze_face::threads::check_threads;
use gaze_rig::{Error, ErrorKind, Result};

use crate::runtime::device::Device;

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
    /// The library of ONNX Runtime, or its folder. Default: looked for, see [`RuntimeLibrary`](super::RuntimeLibrary).
    pub library: Option<PathBuf>,
    /// Where the networks run. Default: CUDA where it starts, else the CPU.
    pub device: Device,
    /// Whose landmarks the crop is made of. Default: [`Landmarks::Embedded`].
    pub landmarks: Landmarks,
    /// Frames decoded at a time, at most 64. Default: as many as the device's free memory is thought to hold, up to
    /// 8; on the CPU 1.
    pub batch: Option<usize>,
    /// Threads that compute networks on the CPU, at most 256; 0 for one a core. Default: 0.
    pub threads: usize,
    /// Multiply with ten bits of mantissa on GPUs that can, which is faster. Default: false.
    pub tf32: bool,
    /// Let CUDA or TensorRT record the decoder's launches once and replay them. Default: false.
    pub cuda_graph: bool,
}

/// Most frames decoded at a time.
const MAX_BATCH: usize = 64;

impl LivePortraitOptions {
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
    fn options_out_of_range_are_named() {
        let check = |change: fn(&mut LivePortraitOptions)| {
            let mut options = LivePortraitOptions::default();
            change(&mut options);
            options.check().map_err(|error| error.to_string())
        };
        assert_eq!(check(|_| {}), Ok(()));
        assert_eq!(check(|o| (o.batch, o.threads) = (Some(64), 256)), Ok(()));
        for batch in [0, 65] {
            let options = LivePortraitOptions { batch: Some(batch), ..Default::default() };
            assert!(options.check().unwrap_err().to_string().contains("batch"));
        }
        assert!(check(|o| o.threads = 257).unwrap_err().contains("threads"));
        assert!(check(|o| o.device = Device::Cuda(u32::MAX)).unwrap_err().contains("GPU"));
    }
}
