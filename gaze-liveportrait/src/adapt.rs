//! Writes the decoder graph that the engine runs.
//!
//! The public decoder is exported for one frame, with a GridSample that CUDA refuses, and gives floats. The adapted
//! one takes any number of frames, samples in a way that the provider can, and gives bytes:
//!
//! | | name | type | shape |
//! | --- | --- | --- | --- |
//! | input | `feature_3d` | f32 | 1 x 32 x 16 x 64 x 64, for all frames |
//! | input | `kp_source` | f32 | 1 x 21 x 3, for all frames |
//! | input | `kp_driving` | f32 | batch x 21 x 3 |
//! | output | `pixels` | u8 | batch x 512 x 512 x 3, RGB |
//! | output | `not_finite` | u8 | batch; 1 where a frame holds NaN |
//!
//! What is not rewritten stays as it is, fields that this crate doesn't know among it.

mod batch;
mod ends;
mod graph;
mod opset;
mod prune;
mod shapes;
mod slices;
mod tensors;
#[cfg(test)]
mod tests;

use std::path::Path;

use onnx_protobuf::{GraphProto, Message, ModelProto, NodeProto};

use self::graph::{FLOAT, FLOAT16, PREFIX, Writer, graphs_in_mut, input, stuck};
use self::tensors::Tensors;
use super::catalog::{DECODER, ModelFile};
use super::model_file::{parse_model, read_model};
use super::seal::seal;
use super::signature::{examine, opset_of};
use gaze_rig::{Error, ErrorKind, Result};

/// How the adapted graph samples volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GridSampleForm {
    /// By the volumetric GridSample of opset 20: ONNX Runtime's CPU provider, and its CUDA provider from 1.25 on.
    Opset20,
    /// By two GridSamples of pictures, which every provider has; differs by rounding of the coordinates only.
    TwoSlices,
}

/// How many frames the adapted graph takes at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchForm {
    /// One, as exported.
    One,
    /// Any number.
    Dynamic,
}

/// Rewrites the decoder (`warping_spade.onnx`) at `path`; the file itself is only read. Gives the bytes of an ONNX
/// file that ends in its own digest. Takes about twice the size of the file in memory.
///
/// With [`BatchForm::Dynamic`] the result must be tried: compare a batch with single frames, and go back to
/// [`BatchForm::One`] where they differ or where this fails.
///
/// # Errors
/// [`ErrorKind::Engine`] where the file is not as the catalog declares it ([`crate::::verify_model`]), or
/// where a node cannot be rewritten, which is named.
pub fn adapt_decoder(
    path: impl AsRef<Path>,
    form: GridSampleForm,
    batch: BatchForm,
) -> Result<Vec<u8>> {
    let path = path.as_ref();
    let adapt = || {
        let bytes = read_model(path)?;
        let (model, size) = (parse_model(&bytes)?, bytes.len());
        drop(bytes);
        adapt_model(model, size, form, batch)
    };
    adapt().map_err(|e| if e.path().is_some() { e } else { e.with_path(path) })
}

/// The same for a decoder in memory.
///
/// # Errors
/// As [`adapt_decoder`].
pub fn adapt_decoder_bytes(
    bytes: &[u8],
    form: GridSampleForm,
    batch: BatchForm,
) -> Result<Vec<u8>> {
    adapt_model(parse_model(bytes)?, bytes.len(), form, batch)
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
    let tensors = Tensors::of(graph);
    rewrite_grid_samples(graph, &tensors, form, opset)?;
    graph.value_info.clear();
    write(&model)
}

fn adapt_model(
    mut model: ModelProto,
    size: usize,
    form: GridSampleForm,
    batch: BatchForm,
) -> Result<Vec<u8>> {
    refuse_functions(&model)?;
    refuse_adapted(&model.graph)?;
    let file = ModelFile::from_name(DECODER)
        .ok_or_else(|| Error::new(ErrorKind::Engine, "the catalog has no decoder"))?;
    let report = examine(&model, size as u64, file).into_sound()?;
    if form == GridSampleForm::Opset20 {
        opset::raise_opset(&mut model)?;
    }
    let opset = opset_of(&model);
    let graph = model.graph.mut_or_insert_default();
    let tensors = Tensors::of(graph);
    let is_dynamic = batch == BatchForm::Dynamic;
    if is_dynamic && !report.is_batch_free {
        let inputs = ends::INPUTS.map(str::to_owned);
        batch::free_batch(graph, &tensors, &inputs, &ends::rows_name(), opset)?;
    }
    rewrite_grid_samples(graph, &tensors, form, opset)?;
    ends::write_ends(graph, &tensors, is_dynamic);
    prune::remove_unused(graph);
    let mut bytes = write(&model)?;
    seal(&mut bytes);
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

/// Rewrites every GridSample of a volume. CUDA samples volumes of 32-bit floats only, so others are cast.
fn rewrite_grid_samples(
    graph: &mut GraphProto,
    tensors: &Tensors,
    form: GridSampleForm,
    opset: i64,
) -> Result<()> {
    let mut nodes = Vec::with_capacity(graph.node.len());
    for (number, mut node) in std::mem::take(&mut graph.node).into_iter().enumerate() {
        if form == GridSampleForm::TwoSlices && graphs_in_mut(&mut node).any(|inner| samples(inner))
        {
            return Err(stuck(&node, "samples in an inner graph: use the opset 20 form"));
        }
        if node.op_type != "GridSample" {
            nodes.push(node);
            continue;
        }
        let axes = (0..2).find_map(|index| tensors.dims(input(&node, index)?)).map(Vec::len);
        let is_half = input(&node, 0).and_then(|name| tensors.element(name)) == Some(FLOAT16);
        if form == GridSampleForm::TwoSlices && axes.is_none() {
            return Err(stuck(
                &node,
                "samples something of unknown shape: give the model declared shapes first",
            ));
        }
        let is_sliced = form == GridSampleForm::TwoSlices && axes == Some(5);
        if !is_half && !is_sliced {
            nodes.push(node);
            continue;
        }
        let mut writer = Writer::new(&format!("sample_{number}"));
        rewrite_grid_sample(&mut writer, &node, tensors, is_half, is_sliced.then_some(opset))?;
        nodes.append(&mut writer.nodes);
        graph.initializer.append(&mut writer.constants);
    }
    graph.node = nodes;
    Ok(())
}

/// Writes what takes the place of a GridSample; in slices where the `sliced` graph's opset is given.
fn rewrite_grid_sample(
    writer: &mut Writer,
    node: &NodeProto,
    tensors: &Tensors,
    is_half: bool,
    sliced: Option<i64>,
) -> Result<()> {
    let (Some(volume), Some(grid), Some(output)) =
        (input(node, 0), input(node, 1), node.output.first())
    else {
        return Err(stuck(node, "has no input or output"));
    };
    let (mut volume, mut grid) = (volume.to_owned(), grid.to_owned());
    if is_half {
        volume = writer.cast(&volume, FLOAT);
        grid = writer.cast(&grid, FLOAT);
    }
    let sampled = match sliced {
        Some(opset) => {
            let mode = if opset >= opset::OPSET { "linear" } else { "bilinear" };
            slices::write_slices(writer, node, tensors, (&volume, &grid), mode)?
        }
        None => writer.op("GridSample", &[&volume, &grid], node.attribute.clone()),
    };
    // Under the old name, for those that read it.
    if is_half {
        writer.op_to(output, "Cast", &[&sampled], vec![graph::int("to", FLOAT16.into())]);
    } else {
        writer.op_to(output, "Identity", &[&sampled], Vec::new());
    }
    Ok(())
}

fn samples(graph: &GraphProto) -> bool {
    graph.node.iter().any(|node| {
        node.op_type == "GridSample"
            || node.attribute.iter().flat_map(super::signature::graphs_in).any(samples)
    })
}
