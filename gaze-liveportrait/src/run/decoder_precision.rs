//! Opening the decoder in the precision that suits file, device and caller.

use gaze_rig::{ErrorKind, Result};

use crate::onnx::signature::Precision;
use crate::run::adapted_files::graph_precision;
use crate::run::loading::Loading;
use crate::run::model_folder::ModelFolder;
use crate::run::open_decoder::{OpenedDecoder, open_as_is, open_decoder};
use crate::runtime::device::Device;
use crate::runtime::precision::PrecisionChoice;
use crate::runtime::sessions::SessionOptions;
use crate::tuning::Settled;

/// The decoder, what it computes with, and why that is not the best; a sentence.
pub(crate) struct DecoderInPrecision {
    pub(crate) decoder: OpenedDecoder,
    pub(crate) precision: Precision,
    pub(crate) note: Option<String>,
}

/// Opens the decoder as it was settled. What was measured is opened as it was then: trying it again would have a device
/// search for algorithms for shapes that no run uses.
///
/// # Errors
/// As [`open_decoder_in_precision`].
pub(crate) fn open_settled_decoder(
    folder: &ModelFolder,
    options: &SessionOptions<'_>,
    settled: &Settled,
    loading: Loading<'_>,
) -> Result<DecoderInPrecision> {
    let batch = settled.batch.unwrap_or_else(|| options.device.default_batch());
    if !settled.is_measured {
        return open_decoder_in_precision(folder, options, batch, settled.precision, loading);
    }
    let precision = settled.precision.on(options.device, folder.decoder_precision())?;
    let session = open_as_is(folder, options, batch, settled.precision, loading)?;
    let decoder = OpenedDecoder { session, batch, note: None };
    Ok(DecoderInPrecision { decoder, precision, note: None })
}

/// Opens the decoder for `wanted` frames at a time. Where nobody asks for 16-bit floats and the device turns out not to
/// take them, it is opened in 32.
///
/// # Errors
/// As [`open_decoder`], and where 32-bit floats are asked of a file in 16.
fn open_decoder_in_precision(
    folder: &ModelFolder,
    options: &SessionOptions<'_>,
    wanted: usize,
    choice: PrecisionChoice,
    loading: Loading<'_>,
) -> Result<DecoderInPrecision> {
    let of_file = folder.decoder_precision();
    let precision = choice.on(options.device, of_file)?;
    let is_gazes_own_idea = choice == PrecisionChoice::Auto && precision != of_file;
    match open_decoder(folder, options, wanted, graph_precision(precision, of_file), loading) {
        Err(e) if is_gazes_own_idea && e.kind() != ErrorKind::Cancelled => {
            let decoder = open_decoder(folder, options, wanted, Precision::Float32, loading)?;
            let note = format!("16-bit floats do not serve: {}", e.without_hints());
            Ok(DecoderInPrecision { decoder, precision: of_file, note: Some(note) })
        }
        decoder => {
            let is_slow = options.device == Device::Cpu && precision == Precision::Float16;
            let note = is_slow.then(|| "16-bit floats are no faster than 32 on the CPU".to_owned());
            Ok(DecoderInPrecision { decoder: decoder?, precision, note })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::onnxruntime;
    use crate::runtime::library::Runtime;
    use crate::runtime::provider::ProviderOptions;

    /// A folder with the stand-ins, the decoder in 16-bit floats where that is asked for.
    fn models(is_half: bool) -> tempfile::TempDir {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(&fixtures).unwrap().map(|entry| entry.unwrap()) {
            if entry.path().is_file() {
                std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        if is_half {
            let decoder = "warping_spade.onnx";
            std::fs::copy(fixtures.join("fp16").join(decoder), folder.path().join(decoder))
                .unwrap();
        }
        folder
    }

    /// Adapted files that say that they are in 16-bit floats.
    fn half_files(folder: &Path) -> usize {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains(".fp16.")).count()
    }

    #[test]
    fn the_decoder_opens_in_the_precision_asked_for() {
        if onnxruntime::is_missing() {
            return;
        }
        let runtime = Runtime::load(None, &[]).unwrap();
        let provider = ProviderOptions::default();
        let options =
            SessionOptions { runtime: &runtime, device: Device::Cpu, provider, threads: 1 };
        let (full, half) = (models(false), models(true));
        let open = |folder: &Path, choice| {
            let loading = Loading::new(&());
            let folder = ModelFolder::open(folder, loading).unwrap();
            open_decoder_in_precision(&folder, &options, 1, choice, loading)
        };
        for (folder, choice, expected, is_slow, files) in [
            (full.path(), PrecisionChoice::Auto, Precision::Float32, false, 0),
            (full.path(), PrecisionChoice::Float32, Precision::Float32, false, 0),
            (full.path(), PrecisionChoice::Float16, Precision::Float16, true, 1),
            (half.path(), PrecisionChoice::Auto, Precision::Float16, true, 0),
            (half.path(), PrecisionChoice::Float16, Precision::Float16, true, 0),
        ] {
            let opened = open(folder, choice).unwrap();
            assert_eq!(opened.precision, expected, "{choice:?}");
            assert_eq!(opened.note.is_some(), is_slow, "{choice:?}: {:?}", opened.note);
            assert_eq!(half_files(folder), files, "{choice:?}");
        }
        let error = open(half.path(), PrecisionChoice::Float32).err().unwrap();
        assert!(error.to_string().contains("16-bit"), "{error}");
    }
}
