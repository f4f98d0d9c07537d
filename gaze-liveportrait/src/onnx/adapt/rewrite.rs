//! The decoder's graph from end to end: checks it, rewrites it, writes it down.

use std::path::Path;

use gaze_rig::{Error, ErrorKind, Result};
use onnx_protobuf::{GraphProto, Message, ModelProto};

use super::forms::{BatchForm, DecoderForm, GridSampleForm};
use super::graph::PREFIX;
use super::grid_samples::rewrite_grid_samples;
use super::inference::infer_tensors;
use super::{batch, ends, mixed_precision, opset, prune};
use crate::onnx::catalog::{DECODER, ModelFile};
use crate::onnx::checksum_trailer::add_checksum;
use crate::onnx::model_file::{parse_model, read_model};
use crate::onnx::model_graph::opset_of;
use crate::onnx::signature::{Precision, examine};

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
    let path = path.as_ref();
    let adapt = || {
        let bytes = read_model(path)?;
        let (model, size) = (parse_model(&bytes)?, bytes.len());
        drop(bytes);
        adapt_model(model, size, form)
    };
    adapt().map_err(|e| if e.path().is_some() { e } else { e.with_path(path) })
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

fn adapt_model(mut model: ModelProto, size: usize, form: DecoderForm) -> Result<Vec<u8>> {
    refuse_functions(&model)?;
    refuse_adapted(&model.graph)?;
    let file = ModelFile::from_name(DECODER)
        .ok_or_else(|| Error::new(ErrorKind::Engine, "the catalog has no decoder"))?;
    let report = examine(&model, size as u64, file).into_sound()?;
    if form.grid_sample == GridSampleForm::Opset20 {
        opset::raise_opset(&mut model)?;
    }
    let opset = opset_of(&model);
    let graph = model.graph.mut_or_insert_default();
    let tensors = infer_tensors(graph);
    let is_dynamic = form.batch == BatchForm::Dynamic;
    if is_dynamic && !report.is_batch_free {
        let inputs = ends::INPUTS.map(str::to_owned);
        batch::free_batch(graph, &tensors, &inputs, &ends::rows_name(), opset)?;
    }
    rewrite_grid_samples(graph, &tensors, form.grid_sample, opset)?;
    ends::write_ends(graph, &tensors, is_dynamic);
    // What is in 16 bits already stays so.
    if form.precision == Precision::Float16 && report.precision == Precision::Float32 {
        mixed_precision::halve(graph)?;
    }
    prune::remove_unused(graph);
    let mut bytes = write(&model)?;
    add_checksum(&mut bytes);
    Ok(bytes)
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
