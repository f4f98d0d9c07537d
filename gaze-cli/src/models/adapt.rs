//! `gaze models adapt`: writes the decoder's graph in a form that ONNX Runtime runs.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gaze_core::liveportrait::{
    BatchForm, DecoderForm, GridSampleForm, MODEL_FILES, adapt_decoder, adapt_for_run,
    adapted_precision, cache_adapted_decoder,
};
use gaze_core::{Error, ErrorKind, OutputFile, Result};

use crate::console::{self, Console, print_error, print_line, print_stderr};
use crate::engine::EngineArguments;
use crate::exit;
use crate::wording::in_words;

/// The file that is adapted.
const DECODER: &str = "warping_spade.onnx";

/// Write the decoder's graph in the form that a run with the same options loads; the engine does so by itself when it is
/// first needed
#[derive(Args)]
pub(crate) struct Arguments {
    /// How the graph samples volumes
    #[arg(long, value_enum, default_value = "auto")]
    form: Form,
    /// Write here [default: beside the original, where the engine looks for it]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file that is there already
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    liveportrait: EngineArguments,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// What the device takes: opset20 on the CPU and CUDA
    Auto,
    /// By the GridSample of volumes, which the CPU has and CUDA since ONNX Runtime 1.25
    Opset20,
    /// By two GridSamples of pictures, which every provider has
    TwoSlices,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    let console = Console::new(false);
    console::cancel_on_interrupt();
    match adapt(arguments, &console) {
        Ok((path, limit)) => {
            if let Some(limit) = limit {
                print_stderr(&format!(
                    "warning: the graph takes one frame at a time only: {}",
                    in_words(&limit)
                ));
            }
            console.clear();
            print_line(&path.display().to_string());
            exit::DONE
        }
        Err(error) => {
            console.clear();
            print_error(&error);
            exit::code_of(error.kind())
        }
    }
}

/// Writes the graph for any number of frames, or for one where it cannot take more, which comes with the reason.
fn adapt(arguments: &Arguments, console: &Console) -> Result<(PathBuf, Option<Error>)> {
    let options = arguments.liveportrait.options()?.liveportrait;
    options.check()?;
    if arguments.form == Form::Auto && arguments.out.is_none() {
        return adapt_for_run(&options, console).map(|adapted| (adapted.path, adapted.limit));
    }
    let folder = arguments.liveportrait.models_folder()?;
    let sampling = match arguments.form {
        Form::Auto => options.device.grid_sample_form(),
        Form::Opset20 => GridSampleForm::Opset20,
        Form::TwoSlices => GridSampleForm::TwoSlices,
    };
    let original = folder.join(DECODER);
    let precision = adapted_precision(&options)?;
    let write = |batch| {
        let form = DecoderForm::new(sampling, batch).with_precision(precision);
        match &arguments.out {
            Some(out) => write_adapted(&original, form, out, arguments.force),
            None => cache_adapted_decoder(&folder, form, console),
        }
    };
    match write(BatchForm::Dynamic) {
        Err(error) if error.kind() == ErrorKind::Engine => {
            Ok((write(BatchForm::One)?, Some(error)))
        }
        result => result.map(|path| (path, None)),
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
