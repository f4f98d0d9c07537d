//! Files in other forms than the stand-ins' usual one: shapes fixed and folded, and a batch that is open.

use std::path::Path;

use onnx_protobuf::{AttributeProto, Message, ModelProto, NodeProto};

use super::graph::ints;
use super::{BatchForm, DecoderForm, GridSampleForm, adapt_decoder_bytes, adapt_stitching_bytes};
use crate::onnx::catalog::{DECODER, ModelFile, STITCHING};
use crate::onnx::model_graph::dims_of;
use crate::onnx::signature::verify_model_bytes;

fn bytes_of(form: &str, name: &str) -> Vec<u8> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    std::fs::read(models.join(form).join(name)).unwrap()
}

fn parsed(bytes: &[u8]) -> ModelProto {
    ModelProto::parse_from_bytes(bytes).unwrap()
}

fn count(model: &ModelProto, kind: &str) -> usize {
    model.graph.node.iter().filter(|node| node.op_type == kind).count()
}

/// Nodes that ask for the shape of something that no input has part in.
fn count_of_constants(model: &ModelProto) -> usize {
    let mut by_input: std::collections::HashSet<&str> =
        model.graph.input.iter().map(|info| info.name.as_str()).collect();
    let mut count = 0;
    for node in &model.graph.node {
        let is_by_input = node.input.iter().any(|name| by_input.contains(name.as_str()));
        if is_by_input {
            by_input.extend(node.output.iter().map(String::as_str));
        }
        count += usize::from(node.op_type == "Shape" && !is_by_input);
    }
    count
}

fn first_input(model: &mut ModelProto, node: NodeProto) {
    let graph = model.graph.as_mut().unwrap();
    let (input, output) = (node.input[0].clone(), node.output[0].clone());
    for reader in &mut graph.node {
        reader
            .input
            .iter_mut()
            .filter(|name| **name == input)
            .for_each(|name| *name = output.clone());
    }
    graph.node.insert(0, node);
}

fn node(kind: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        op_type: kind.to_owned(),
        input: vec!["input".to_owned()],
        output: vec!["between".to_owned()],
        attribute,
        ..NodeProto::default()
    }
}

#[test]
fn shapes_that_are_read_as_the_graph_runs_become_constants() {
    let original = bytes_of("dynamic", DECODER);
    assert!(count(&parsed(&original), "Shape") > 10);
    for sampling in [GridSampleForm::Opset20, GridSampleForm::TwoSlices] {
        for batch in [BatchForm::Dynamic, BatchForm::One] {
            let adapted =
                adapt_decoder_bytes(&original, DecoderForm::new(sampling, batch)).unwrap();
            let model = parsed(&adapted);
            let frames = if batch == BatchForm::One { Some(1) } else { None };
            assert_eq!(dims_of(&model.graph.output[0]).unwrap()[0], frames);
            if batch == BatchForm::Dynamic {
                // What is left of their arithmetic is the same in every run.
                assert_eq!(count(&model, "Shape"), count_of_constants(&model));
            }
        }
    }
}

/// What no rule covers stays as it is, where the graph takes any batch by itself.
#[test]
fn an_open_batch_needs_no_rule() {
    let mut model = parsed(&bytes_of("dynamic", DECODER));
    let shapes = count(&model, "Shape");
    first_input(
        &mut model,
        NodeProto { input: vec!["feature_3d".to_owned()], ..node("Shrink", vec![]) },
    );
    let form = DecoderForm::new(GridSampleForm::Opset20, BatchForm::Dynamic);
    let adapted = adapt_decoder_bytes(&model.write_to_bytes().unwrap(), form).unwrap();
    assert_eq!(count(&parsed(&adapted), "Shape"), shapes);

    let mut model = parsed(&bytes_of("folded", DECODER));
    first_input(
        &mut model,
        NodeProto { input: vec!["feature_3d".to_owned()], ..node("Shrink", vec![]) },
    );
    let error = adapt_decoder_bytes(&model.write_to_bytes().unwrap(), form).unwrap_err();
    assert!(error.to_string().contains("\"Shrink\""), "{error}");
}

#[test]
fn stitching_takes_any_number_of_rows() {
    let file = ModelFile::from_name(STITCHING).unwrap();
    let fixed = bytes_of("folded", STITCHING);
    assert!(!verify_model_bytes(&fixed, file).unwrap().is_batch_free);
    let freed = adapt_stitching_bytes(&fixed).unwrap();
    let report = verify_model_bytes(&freed, file).unwrap().into_sound().unwrap();
    assert!(report.is_batch_free);
    assert_eq!(parsed(&freed).graph.node, parsed(&fixed).graph.node, "nothing else changes");
    for form in ["", "dynamic"] {
        let open = bytes_of(form, STITCHING);
        assert_eq!(adapt_stitching_bytes(&open).unwrap(), open);
    }
    assert!(adapt_stitching_bytes(&freed).unwrap() == freed);

    let mut model = parsed(&fixed);
    first_input(&mut model, node("Transpose", vec![ints("perm", &[1, 0])]));
    let error = adapt_stitching_bytes(&model.write_to_bytes().unwrap()).unwrap_err();
    assert!(error.to_string().contains("works across frames"), "{error}");
    let error = adapt_stitching_bytes(&bytes_of("", DECODER)).unwrap_err();
    assert!(error.to_string().contains(DECODER), "{error}");
}
