//! The decoder's graph in the forms that run, as files beside the original.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use gaze_output::{OutputFile, not_written};
use gaze_rig::{Error, ErrorKind, Observer, Result};
use onnx_protobuf::GraphProto;

use crate::onnx::adapt::{BatchForm, DecoderForm, GridSampleForm, adapt_decoder_counting};
use crate::onnx::catalog::{DECODER, ModelFile};
use crate::onnx::checksum_trailer::{digest_of_file, has_valid_checksum};
use crate::onnx::model_file::{parse_model, read_model};
use crate::onnx::signature::{Precision, verify_model};
use crate::options::LivePortraitOptions;
use crate::run::loading::Loading;
use crate::run::model_folder::ModelFolder;
use crate::runtime::device::Device;

/// Rises when adapted graphs change, so that older ones are made again.
const ADAPTED_VERSION: u32 = 2;
/// What every name of an adapted file begins with.
const NAME_START: &str = "warping_spade.";
/// Bytes written at once.
const BLOCK_BYTES: usize = 8 << 20;

/// Forms of the decoder's graph for a run on `device` with so many frames at a time in this precision, the best first; the next where
/// a graph cannot have it.
///
/// On the CPU and CUDA one file serves every batch: single frames take 3 % longer in the form for any number with a stand-in
/// of an eighth of the width, whose shapes count for more than those of the real decoder.
/// The other providers plan for shapes that they know.
pub(crate) fn wanted_forms(device: Device, batch: usize, precision: Precision) -> Vec<DecoderForm> {
    let sampling = device.grid_sample_form();
    let is_planned = matches!(device, Device::TensorRt(_) | Device::CoreMl | Device::DirectMl);
    let batches = match is_planned && batch == 1 {
        true => &[BatchForm::One][..],
        false => &[BatchForm::Dynamic, BatchForm::One],
    };
    let form = |&batch: &BatchForm| DecoderForm::new(sampling, batch).with_precision(precision);
    batches.iter().map(form).collect()
}

/// What is written of a file in floats `of_file` for a decoder that computes in `precision`: a file in 16-bit floats
/// already stays as it is.
pub(crate) fn graph_precision(precision: Precision, of_file: Precision) -> Precision {
    if precision == of_file { Precision::Float32 } else { precision }
}

/// The [`precision`](DecoderForm::precision) of the adapted decoder that a run with these options loads. Where the
/// original is missing, it is taken for one in 32-bit floats.
///
/// # Errors
/// [`ErrorKind::Engine`] where the decoder is no model, or 32 bits are wanted of a file that has 16.
pub fn adapted_precision(options: &LivePortraitOptions) -> Result<Precision> {
    let original = options.models_folder()?.join(DECODER);
    let of_file = match ModelFile::from_name(DECODER) {
        Some(file) if original.is_file() => verify_model(&original, file)?.precision,
        _ => Precision::Float32,
    };
    Ok(graph_precision(options.precision.on(options.device, of_file)?, of_file))
}

/// An adapted decoder that a run will load.
#[derive(Debug)]
#[non_exhaustive]
pub struct AdaptedForRun {
    /// Its file.
    pub path: PathBuf,
    /// Why it takes one frame at a time only; none where it takes any number, or one is what is wanted.
    pub limit: Option<Error>,
}

/// Makes the adapted decoder that a run with these options loads, where the engine looks for it. The engine does the
/// same when it first needs it; models, device, batch and precision are all that is used of the options. No library is loaded:
/// where frames decoded together turn out not to be what they are alone, the run makes the form for one frame.
///
/// Adapted files of the folder that no run needs any more, of another original or another version of gaze, are removed
/// when a new one is written.
///
/// # Errors
/// [`ErrorKind::Engine`] where the decoder is missing or cannot be adapted, [`ErrorKind::Output`] where the folder
/// cannot be written, [`ErrorKind::Cancelled`] where the observer says so.
pub fn adapt_for_run(
    options: &LivePortraitOptions,
    observer: &dyn Observer,
) -> Result<AdaptedForRun> {
    options.check()?;
    let folder = options.models_folder()?;
    let batch = options.batch.unwrap_or_else(|| options.device.default_batch());
    let mut limit = None;
    let forms = wanted_forms(options.device, batch, adapted_precision(options)?);
    for (index, &form) in forms.iter().enumerate() {
        match cache_adapted_decoder(folder, form, observer) {
            Ok(path) => return Ok(AdaptedForRun { path, limit }),
            Err(e) if e.kind() == ErrorKind::Engine && index + 1 < forms.len() => limit = Some(e),
            Err(e) => return Err(e),
        }
    }
    unreachable!("a run wants some form")
}

/// Makes the adapted decoder of one form in a folder of model files, where the engine looks for it, and returns its
/// path.
///
/// # Errors
/// As [`adapt_for_run`].
pub fn cache_adapted_decoder(
    folder: impl AsRef<Path>,
    form: DecoderForm,
    observer: &dyn Observer,
) -> Result<PathBuf> {
    let (folder, loading) = (folder.as_ref(), Loading::new(observer));
    let original = folder.join(DECODER);
    if !original.is_file() {
        return Err(ModelFolder::without(folder, DECODER));
    }
    let mut count = loading.begin_bytes("reading the decoder", len_of(&original));
    let digest = digest_of_file(&original, &mut |block| count.add(block.len()))?;
    match adapted_in(folder, &digest, form, loading)? {
        AdaptedDecoder::File(path) => Ok(path),
        AdaptedDecoder::Bytes { not_written, .. } => Err(not_written),
    }
}

/// The adapted decoder of a folder whose original has that digest: its file, made now where it is not there yet; its
/// bytes where the folder cannot be written.
///
/// # Errors
/// [`ErrorKind::Engine`] where the graph cannot be adapted, [`ErrorKind::Cancelled`].
pub(crate) fn adapted_in(
    folder: &Path,
    original: &[u8; 32],
    form: DecoderForm,
    loading: Loading<'_>,
) -> Result<AdaptedDecoder> {
    let adapted = folder.join(adapted_name(original, form));
    if adapted.is_file() {
        let mut count = loading.begin_bytes("reading the adapted decoder", len_of(&adapted));
        // One that is damaged is made anew.
        if has_valid_checksum(&adapted, &mut |block| count.add(block.len()))? {
            return Ok(AdaptedDecoder::File(adapted));
        }
    }
    let path = folder.join(DECODER);
    // It is read, and about as much is written.
    let mut count = loading.begin_bytes(&format!("adapting {DECODER}"), 2 * len_of(&path));
    let model = adapt_decoder_counting(&path, form, &mut |block| count.add(block.len()))?;
    let mut write = || {
        let file = OutputFile::create(&adapted, true)?;
        let mut part = file.start()?;
        for block in model.chunks(BLOCK_BYTES) {
            part.write_all(block).map_err(|e| not_written(&adapted, e))?;
            count.add(block.len())?;
        }
        drop(part);
        file.commit()
    };
    match write() {
        Ok(()) => {
            remove_unused(folder, original);
            Ok(AdaptedDecoder::File(adapted))
        }
        Err(e) if e.kind() == ErrorKind::Cancelled => Err(e),
        // The run needs no file, and the next one may have better luck.
        Err(not_written) => Ok(AdaptedDecoder::Bytes { model, not_written }),
    }
}

/// An adapted graph, wherever there was room for it.
pub(crate) enum AdaptedDecoder {
    File(PathBuf),
    Bytes {
        model: Vec<u8>,
        /// Why there is no file.
        not_written: Error,
    },
}

impl AdaptedDecoder {
    /// The graph itself.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where the file cannot be read any more.
    pub(crate) fn graph(&self) -> Result<GraphProto> {
        let mut model = match self {
            Self::File(path) => parse_model(&read_model(path)?)?,
            Self::Bytes { model, .. } => parse_model(model)?,
        };
        Ok(model.graph.take().unwrap_or_default())
    }
}

/// An adapted decoder that lies in a folder of model files.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AdaptedFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Whether a run may load it.
    pub state: AdaptedState,
}

impl fmt::Display for AdaptedFile {
    /// Name, size and state, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let megabytes = self.bytes as f64 / 1e6;
        let state = match self.state {
            AdaptedState::Current => "adapted, current",
            AdaptedState::OtherOriginal => {
                "adapted from another original: the next that is written replaces it"
            }
            AdaptedState::OtherVersion => {
                "adapted by another version of gaze: the next that is written replaces it"
            }
        };
        write!(f, "{name}: {state} ({megabytes:.1} MB)")
    }
}

/// Whether a run may load an adapted decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdaptedState {
    /// It was made of the original that lies beside it, by this version of gaze.
    Current,
    /// It was made of another original.
    OtherOriginal,
    /// It was made by a version of gaze that wrote other graphs.
    OtherVersion,
}

/// The adapted decoders in a folder of model files, by name. Reads the original, which takes a second or two at the
/// published size, where there are any.
///
/// # Errors
/// [`ErrorKind::Cancelled`] where the observer says so.
pub fn adapted_files(
    folder: impl AsRef<Path>,
    observer: &dyn Observer,
) -> Result<Vec<AdaptedFile>> {
    let folder = folder.as_ref();
    if adapted_paths(folder).is_empty() {
        return Ok(Vec::new());
    }
    let original = folder.join(DECODER);
    let mut count = Loading::new(observer).begin_bytes("reading the decoder", len_of(&original));
    let digest = match digest_of_file(&original, &mut |block| count.add(block.len())) {
        Ok(digest) => Some(digest),
        Err(e) if e.kind() == ErrorKind::Cancelled => return Err(e),
        Err(_) => None,
    };
    Ok(files_beside(folder, digest.as_ref()))
}

/// The same beside an original of that digest.
pub(crate) fn files_beside(folder: &Path, original: Option<&[u8; 32]>) -> Vec<AdaptedFile> {
    let listed = |(path, origin): (PathBuf, Origin)| AdaptedFile {
        bytes: len_of(&path),
        state: match original.map(short_digest) {
            _ if origin.version != ADAPTED_VERSION => AdaptedState::OtherVersion,
            Some(digest) if digest == origin.digest => AdaptedState::Current,
            _ => AdaptedState::OtherOriginal,
        },
        path,
    };
    adapted_paths(folder).into_iter().map(listed).collect()
}

/// Removes adapted files that no run needs any more. Other forms of the same original stay: another device may need
/// them, or be loading them now. So does what only looks like one of ours, without our checksum at its end.
fn remove_unused(folder: &Path, original: &[u8; 32]) {
    for file in files_beside(folder, Some(original)) {
        let is_ours = || has_valid_checksum(&file.path, &mut |_| Ok(())).unwrap_or(false);
        if file.state != AdaptedState::Current && is_ours() {
            // One that cannot be removed is tried again next time.
            let _ = fs::remove_file(&file.path);
        }
    }
}

/// What an adapted file was made of and by, as its name says.
struct Origin {
    digest: String,
    version: u32,
}

/// Files of a folder that are called like adapted ones, by name.
fn adapted_paths(folder: &Path) -> Vec<(PathBuf, Origin)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| Some((entry.path(), origin_of(entry.file_name().to_str()?)?)))
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// Reads what [`adapted_name`] writes, of other versions too.
fn origin_of(name: &str) -> Option<Origin> {
    let parts: Vec<&str> =
        name.strip_prefix(NAME_START)?.strip_suffix(".onnx")?.split('.').collect();
    let [form @ .., digest, version] = &parts[..] else { return None };
    let is_word = |word: &&str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let is_digest = digest.len() == 8
        && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let version = version.strip_prefix("gaze")?.parse().ok()?;
    (form.len() >= 2 && form.iter().all(is_word) && is_digest)
        .then(|| Origin { digest: (*digest).to_owned(), version })
}

/// `warping_spade.opset20.batch.1f0c22aa.gaze2.onnx`, in 16-bit floats `warping_spade.opset20.batch.fp16.1f0c22aa.gaze2.onnx`:
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
    let digest = short_digest(original);
    format!("{NAME_START}{sampling}.{batch}{precision}.{digest}.gaze{ADAPTED_VERSION}.onnx")
}

fn short_digest(digest: &[u8; 32]) -> String {
    hex::encode(&digest[..4])
}

fn len_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::checksum_trailer::add_checksum;

    fn forms() -> [DecoderForm; 4] {
        use BatchForm::{Dynamic, One};
        use GridSampleForm::{Opset20, TwoSlices};
        [(Opset20, Dynamic), (Opset20, One), (TwoSlices, Dynamic), (TwoSlices, One)]
            .map(|(sampling, batch)| DecoderForm::new(sampling, batch))
    }

    fn stand_in() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(DECODER)
    }

    #[test]
    fn one_form_serves_every_batch_on_the_cpu_and_cuda() {
        for device in [Device::Auto, Device::Cpu, Device::Cuda(0)] {
            for batch in [1, 8] {
                assert_eq!(wanted_forms(device, batch, Precision::Float32), forms()[..2]);
            }
        }
        for device in [Device::TensorRt(0), Device::CoreMl, Device::DirectMl] {
            assert_eq!(wanted_forms(device, 1, Precision::Float32), forms()[3..]);
            assert_eq!(wanted_forms(device, 4, Precision::Float32), forms()[2..]);
        }
    }

    #[test]
    fn names_tell_where_files_come_from() {
        for form in forms() {
            let origin = origin_of(&adapted_name(&[0x1f; 32], form)).unwrap();
            assert_eq!((&*origin.digest, origin.version), ("1f1f1f1f", ADAPTED_VERSION));
        }
        for name in [
            "warping_spade.onnx",
            "warping_spade-fix.onnx",
            "warping_spade.opset20.onnx",
            "warping_spade.opset20.batch.1f1f1f1f.onnx",
            "warping_spade.opset20.batch.1f1f1f1f.gaze.onnx",
            "warping_spade.opset20.batch.1F1F1F1F.gaze1.onnx",
            "warping_spade.opset20.batch.1f1f1f.gaze1.onnx",
            "warping_spade.1f1f1f1f.gaze1.onnx",
            "warping_spade.my copy.batch.1f1f1f1f.gaze1.onnx",
            "stitching.opset20.batch.1f1f1f1f.gaze1.onnx",
        ] {
            assert!(origin_of(name).is_none(), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_said_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let original = folder.path().join(DECODER);
        fs::copy(stand_in(), &original).unwrap();
        let digest = digest_of_file(&original, &mut |_| Ok(())).unwrap();
        // Something in the file's place keeps everybody from writing, root too.
        let taken = folder.path().join(adapted_name(&digest, forms()[0]));
        fs::create_dir(&taken).unwrap();
        let error = cache_adapted_decoder(folder.path(), forms()[0], &()).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Output, Some(taken.as_path())));
        assert!(error.to_string().contains("is a folder"), "{error}");
        let loading = Loading::new(&());
        let adapted = adapted_in(folder.path(), &digest, forms()[0], loading).unwrap();
        assert!(!adapted.graph().unwrap().node.is_empty(), "a run needs no file");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn what_nothing_uses_is_removed_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, has_checksum: bool| {
            let mut bytes = b"a graph".to_vec();
            if has_checksum {
                add_checksum(&mut bytes);
            }
            fs::write(at(name), bytes).unwrap();
        };
        fs::copy(stand_in(), at(DECODER)).unwrap();
        let original = digest_of_file(&at(DECODER), &mut |_| Ok(())).unwrap();
        let current = short_digest(&original);
        let gone = [
            "warping_spade.opset20.one.0badc0de.gaze2.onnx".to_owned(),
            format!("warping_spade.opset20.batch.{current}.gaze1.onnx"),
            format!("warping_spade.two-slices.one.half.{current}.gaze1.onnx"),
        ];
        let kept = [
            adapted_name(&original, forms()[3]),
            "warping_spade.my.own.decoder.onnx".to_owned(),
            "stitching.opset20.one.0badc0de.gaze1.onnx".to_owned(),
        ];
        gone.iter().chain(&kept).for_each(|name| write(name, true));
        // Of our pattern, but not written by us.
        let unmarked = "warping_spade.opset20.one.deadbeef.gaze1.onnx";
        write(unmarked, false);

        let listed = adapted_files(folder.path(), &()).unwrap();
        let of = |name: &str| listed.iter().find(|file| file.path == at(name)).unwrap().state;
        assert_eq!(listed.len(), 5);
        assert_eq!(of(&gone[0]), AdaptedState::OtherOriginal);
        assert_eq!(of(&gone[1]), AdaptedState::OtherVersion);
        assert_eq!(of(&kept[0]), AdaptedState::Current);

        let path = cache_adapted_decoder(folder.path(), forms()[0], &()).unwrap();
        assert_eq!(path, at(&adapted_name(&original, forms()[0])));
        assert!(gone.iter().all(|name| !at(name).exists()));
        assert!(kept.iter().all(|name| at(name).exists()) && at(unmarked).exists());
        assert!(at(DECODER).exists());
        // What is there already is not written, so nothing is removed.
        write(&gone[1], true);
        cache_adapted_decoder(folder.path(), forms()[0], &()).unwrap();
        assert!(at(&gone[1]).exists());
    }

    #[test]
    fn cancelling_leaves_nothing() {
        struct Cancelled;
        impl Observer for Cancelled {
            fn is_cancelled(&self) -> bool {
                true
            }
        }
        let folder = tempfile::tempdir().unwrap();
        fs::copy(stand_in(), folder.path().join(DECODER)).unwrap();
        let error = cache_adapted_decoder(folder.path(), forms()[0], &Cancelled).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
