//! The decoder's graph from end to end: checks it, rewrites it, writes it down.

use std::path::Path;

use gaze_rig::{Error, ErrorKind, Result};
use onnx_protobuf::{GraphProto, Message, ModelProto};

use super::forms::{BatchForm, DecoderForm, GridSampleForm};
use super::graph::PREFIX;
use super::grid_samples::rewrite_grid_samples;
use super::inference::{infer_tensors, infer_tensors_of};
use super::tensors::Dims;
use super::{batch, ends, mixed_precision, opset, prune};
use crate::onnx::catalog::{DECODER, ModelFile, STITCHING};
use crate::onnx::checksum_trailer::add_checksum;
use crate::onnx::model_file::{parse_model, read_model_counting};
use crate::onnx::model_graph::opset_of;
use crate::onnx::signature::{ModelReport, Precision, examine};

/// Rewrites the decoder (`warping_spade.onnx`) at `path`; the file itself is only read. Gives the bytes of an ONNX
/// file that ends in its own digest. Takes about twice the size of the file in memory.
///
/// With [`BatchForm::Dynamic`] the result must be tried: compare a batch with single frames, and go back to
/// [`BatchForm::One`] where they differ or where this fails.
///
/// # Errors
/// [`ErrorKind::Engine`] where the file is not as the catalog declares it ([`crate::verify_model`]), or
/// where a node cannot be rewritten, which is named.
pub fn adapt_decoder(path: impl AsRef<Path>, form: DecoderForm) -> Result<Vec<u8>> {
    adapt_decoder_counting(path.as_ref(), form, &mut |_| Ok(()))
}

/// The same; `each` hears of every block of the file that is read, and may end it.
pub(crate) fn adapt_decoder_counting(
    path: &Path,
    form: DecoderForm,
    each: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<Vec<u8>> {
    let mut adapt = || {
        let bytes = read_model_counting(path, each)?;
        let (model, size) = (parse_model(&bytes)?, bytes.len());
        drop(bytes);
        adapt_model(model, size, form)
    };
    adapt().map_err(|e| match e.kind() {
        ErrorKind::Engine if e.path().is_none() => e.with_path(path),
        _ => e,
    })
}

/// The same for a decoder in memory.
///
/// # Errors
/// As [`adapt_decoder`].
pub fn adapt_decoder_bytes(bytes: &[u8], form: DecoderForm) -> Result<Vec<u8>> {
    adapt_model(parse_model(bytes)?, bytes.len(), form)
}

/// Rewrites how any model samples volumes, and nothing else: its inputs and outputs stay.
///
/// # Errors
/// [`ErrorKind::Engine`] where the bytes are no model or a node cannot be rewritten, which is named.
pub fn adapt_grid_samples(bytes: &[u8], form: GridSampleForm) -> Result<Vec<u8>> {
    let mut model = parse_model(bytes)?;
    refuse_functions(&model)?;
    if form == GridSampleForm::Opset20 {
        opset::raise_opset(&mut model)?;
    }
    let opset = opset_of(&model);
    let graph = model.graph.mut_or_insert_default();
    refuse_adapted(graph)?;
    let tensors = infer_tensors(graph);
    rewrite_grid_samples(graph, &tensors, form, opset)?;
    graph.value_info.clear();
    write(&model)
}

/// Lets the stitching network in memory take any number of rows where it was exported for one; its inputs and
/// outputs keep their names. One that takes any number already comes back as it is.
///
/// As with the decoder the result must be tried: compare two rows with one of them alone.
///
/// # Errors
/// [`ErrorKind::Engine`] where the bytes are not as the catalog declares stitching, or where a node works across rows,
/// which is named.
pub fn adapt_stitching_bytes(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut model = parse_model(bytes)?;
    refuse_functions(&model)?;
    refuse_adapted(&model.graph)?;
    let file = catalogued(STITCHING)?;
    let report = examine(&model, bytes.len() as u64, file).into_sound()?;
    if report.is_batch_free {
        return Ok(bytes.to_vec());
    }
    let opset = opset_of(&model);
    let graph = model.graph.mut_or_insert_default();
    let tensors = infer_tensors_of(graph, &for_one_frame(&report, file));
    batch::free_batch(graph, &tensors, &report.inputs, &ends::rows_name(), opset)?;
    ends::open_rows(graph, &report.inputs, &report.outputs);
    prune::remove_unused(graph);
    write(&model)
}

fn adapt_model(mut model: ModelProto, size: usize, form: DecoderForm) -> Result<Vec<u8>> {
    refuse_functions(&model)?;
    refuse_adapted(&model.graph)?;
    let file = catalogued(DECODER)?;
    let report = examine(&model, size as u64, file).into_sound()?;
    if form.grid_sample == GridSampleForm::Opset20 {
        opset::raise_opset(&mut model)?;
    }
    let opset = opset_of(&model);
    let graph = model.graph.mut_or_insert_default();
    let tensors = infer_tensors_of(graph, &for_one_frame(&report, file));
    let is_dynamic = form.batch == BatchForm::Dynamic;
    if is_dynamic {
        // A graph that leaves its batch open is rewritten too: shapes that become constants need not be fetched from
        // the device. Where that fails it runs as it is.
        let as_it_is = report.is_batch_free.then(|| graph.node.clone());
        let inputs = ends::INPUTS.map(str::to_owned);
        let freed = batch::free_batch(graph, &tensors, &inputs, &ends::rows_name(), opset);
        match (freed, as_it_is) {
            (Err(_), Some(nodes)) => graph.node = nodes,
            (freed, _) => freed?,
        }
    }
    rewrite_grid_samples(graph, &tensors, form.grid_sample, opset)?;
    ends::write_ends(graph, &tensors, is_dynamic);
    // What is in 16 bits already stays so.
    if form.precision == Precision::Float16 && report.precision == Precision::Float32 {
        mixed_precision::halve(graph)?;
    }
    prune::remove_unused(graph);
    let mut bytes = write(&model)?;
    drop(model);
    add_checksum(&mut bytes);
    Ok(bytes)
}

fn catalogued(name: &str) -> Result<&'static ModelFile> {
    let missing = || Error::new(ErrorKind::Engine, format!("the catalog has no {name}"));
    ModelFile::from_name(name).ok_or_else(missing)
}

/// The declared shapes of a file's inputs with a batch of 1.
fn for_one_frame(report: &ModelReport, file: &ModelFile) -> Vec<(String, Dims)> {
    let shape = |dims: &[Option<u64>]| -> Dims {
        dims.iter().map(|dim| i64::try_from(dim.unwrap_or(1)).ok()).collect()
    };
    report.inputs.iter().cloned().zip(file.inputs.iter().map(|spec| shape(spec.dims))).collect()
}

fn write(model: &ModelProto) -> Result<Vec<u8>> {
    model.write_to_bytes().map_err(|e| {
        Error::new(ErrorKind::Engine, "the adapted model is larger than ONNX files can be")
            .with_source(e)
    })
}

/// Functions have an opset of their own.
fn refuse_functions(model: &ModelProto) -> Result<()> {
    if model.functions.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Engine,
        "the model cannot be adapted: it holds functions; export it with them inlined",
    ))
}

fn refuse_adapted(graph: &GraphProto) -> Result<()> {
    if graph.node.iter().flat_map(|node| &node.output).any(|name| name.starts_with(PREFIX)) {
        return Err(Error::new(
            ErrorKind::Engine,
            "the model has been adapted already: give the original",
        ));
    }
    Ok(())
}
