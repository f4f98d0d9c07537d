//! `gaze models adapt`: writes the decoder's graph in a form that ONNX Runtime runs.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gaze_core::liveportrait::{
    BatchForm, DecoderForm, Device, GridSampleForm, MODEL_FILES, ModelFile, Precision,
    PrecisionChoice, adapt_decoder, cache_adapted_decoder, verify_model,
};
use gaze_core::{Error, ErrorKind, OutputFile, Result};

use super::ModelsOption;
use crate::console::{print_error, print_line, print_stderr};
use crate::exit;
use crate::wording::in_words;

/// The file that is adapted.
const DECODER: &str = "warping_spade.onnx";

/// Write the decoder's graph in the form that runs; the engine does so by itself when it is first needed
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    models: ModelsOption,
    /// How the graph samples volumes
    #[arg(long, value_enum, default_value = "auto")]
    form: Form,
    /// Floats that the graph computes with: auto, fp32 or fp16; auto is fp16 where the first NVIDIA GPU has tensor cores
    #[arg(long, value_name = "FLOATS", default_value = "auto")]
    precision: PrecisionChoice,
    /// Write here [default: beside the original, where the engine looks for it]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file that is there already
    #[arg(long, requires = "out")]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// What the CPU and CUDA take: opset20
    Auto,
    /// By the GridSample of volumes, which the CPU has and CUDA since ONNX Runtime 1.25
    Opset20,
    /// By two GridSamples of pictures, which every provider has
    TwoSlices,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    match adapt(arguments) {
        Ok(path) => {
            print_line(&path.display().to_string());
            exit::DONE
        }
        Err(error) => {
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

/// Writes the graph for any number of frames, or for one where it cannot take more.
fn adapt(arguments: &Arguments) -> Result<PathBuf> {
    let folder = arguments.models.folder()?;
    let sampling = match arguments.form {
        Form::Auto | Form::Opset20 => GridSampleForm::Opset20,
        Form::TwoSlices => GridSampleForm::TwoSlices,
    };
    let original = folder.join(DECODER);
    let precision = match ModelFile::from_name(DECODER) {
        Some(file) if original.is_file() => {
            let of_file = verify_model(&original, file)?.precision;
            let precision = arguments.precision.on(Device::Auto, of_file)?;
            // A file in 16 bits already stays as it is.
            if precision == of_file { Precision::Float32 } else { precision }
        }
        _ => Precision::Float32,
    };
    let write = |batch| {
        let form = DecoderForm::new(sampling, batch).with_precision(precision);
        match &arguments.out {
            Some(out) => write_adapted(&original, form, out, arguments.force),
            None => cache_adapted_decoder(&folder, form),
        }
    };
    match write(BatchForm::Dynamic) {
        Err(error) if error.kind() == ErrorKind::Engine => {
            let path = write(BatchForm::One)?;
            print_stderr(&format!(
                "warning: the graph takes one frame at a time only: {}",
                in_words(&error)
            ));
            Ok(path)
        }
        result => result,
    }
}

fn write_adapted(original: &Path, form: DecoderForm, out: &Path, force: bool) -> Result<PathBuf> {
    // The other models are not read here, but nobody wants one of them replaced by a decoder.
    let folder = original.parent().unwrap_or(Path::new(""));
    let inputs: Vec<_> = MODEL_FILES.iter().map(|file| folder.join(file.name)).collect();
    let file = OutputFile::create_from(out, force, &inputs)?;
    let model = adapt_decoder(original, form)?;
    file.start()?.write_all(&model).map_err(|e| {
        let message = format!("the graph cannot be written: {e}");
        Error::new(ErrorKind::Output, message).with_path(out).with_source(e)
    })?;
    file.commit()?;
    Ok(out.to_owned())
}
