//! What adapted graphs look like; tests/liveportrait_graph.rs runs them.

use std::path::Path;

use gaze_rig::{ErrorKind, Result};
use onnx_protobuf::attribute_proto::AttributeType;
use onnx_protobuf::{
    AttributeProto, GraphProto, Message, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
};
use protobuf::UnknownValueRef;

use super::graph::{attribute, int, int_tensor, ints, text, text_attribute};
use super::inference::infer_tensors;
use super::tensors::Dims;
use super::{
    BatchForm, DecoderForm, GridSampleForm, adapt_decoder, adapt_decoder_bytes, adapt_grid_samples,
};
use crate::onnx::catalog::DECODER;
use crate::onnx::element_types::{FLOAT, FLOAT16, UINT8};
use crate::onnx::model_graph::{dims_of, opset_of};

const FORMS: [GridSampleForm; 2] = [GridSampleForm::Opset20, GridSampleForm::TwoSlices];

fn decoder_bytes() -> Vec<u8> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    std::fs::read(models.join(DECODER)).unwrap()
}

fn decoder() -> ModelProto {
    ModelProto::parse_from_bytes(&decoder_bytes()).unwrap()
}

fn adapt(model: &ModelProto, form: GridSampleForm, batch: BatchForm) -> Result<ModelProto> {
    let bytes =
        adapt_decoder_bytes(&model.write_to_bytes().unwrap(), DecoderForm::new(form, batch))?;
    Ok(ModelProto::parse_from_bytes(&bytes).unwrap())
}

fn nodes<'a>(model: &'a ModelProto, kind: &str) -> Vec<&'a NodeProto> {
    model.graph.node.iter().filter(|node| node.op_type == kind).collect()
}

fn constant(model: &ModelProto, name: &str) -> Vec<i64> {
    infer_tensors(&model.graph).ints(name).unwrap().to_vec()
}

fn node(kind: &str, inputs: &[&str], output: &str, attributes: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        name: format!("the {kind}"),
        op_type: kind.to_owned(),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        attribute: attributes,
        ..NodeProto::default()
    }
}

/// The decoder with a node more, which reads what `inputs` name and is read by no one.
fn with_node(node: NodeProto) -> ModelProto {
    let mut model = decoder();
    model.graph.as_mut().unwrap().node.push(node);
    model
}

fn message(result: Result<ModelProto>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    error.to_string()
}

#[test]
fn the_opset_is_raised() {
    let before = decoder();
    assert!(!nodes(&before, "ReduceMean").is_empty() && !nodes(&before, "Split").is_empty());
    for batch in [BatchForm::One, BatchForm::Dynamic] {
        let model = adapt(&before, GridSampleForm::Opset20, batch).unwrap();
        assert_eq!((opset_of(&model), model.ir_version), (20, 9));
        let sampled = nodes(&model, "GridSample");
        assert_eq!(sampled.len(), 1);
        assert_eq!(text_attribute(sampled[0], "mode"), "linear");
        for (old, new) in nodes(&before, "ReduceMean").iter().zip(nodes(&model, "ReduceMean")) {
            assert!(attribute(new, "axes").is_none());
            assert_eq!(constant(&model, &new.input[1]), attribute(old, "axes").unwrap().ints);
            assert_eq!(attribute(new, "keepdims"), attribute(old, "keepdims"));
        }
        for split in nodes(&model, "Split") {
            assert_eq!(attribute(split, "num_outputs").unwrap().i, split.output.len() as i64);
        }
    }
}

#[test]
fn two_slices_keep_the_opset() {
    let model = adapt(&decoder(), GridSampleForm::TwoSlices, BatchForm::Dynamic).unwrap();
    assert_eq!((opset_of(&model), model.ir_version), (16, 8));
    let sampled = nodes(&model, "GridSample");
    assert_eq!(sampled.len(), 2);
    for node in sampled {
        assert_eq!(text_attribute(node, "mode"), "bilinear");
        // Slices of 64 rows, each below a row of zeros, and one more at both ends.
        let tall = model.graph.node.iter().find(|n| n.output[0] == node.input[0]).unwrap();
        assert_eq!(constant(&model, &tall.input[1]), [0, 0, 18 * 65, 64]);
        let flat = model.graph.node.iter().find(|n| n.output[0] == node.input[1]).unwrap();
        assert_eq!(constant(&model, &flat.input[1]), [0, 8 * 64, 64, 2]);
    }
    assert!(attribute(nodes(&model, "ReduceMean")[0], "axes").is_some());
}

#[test]
fn inputs_and_outputs_are_those_that_the_engine_binds() {
    let half = {
        let mut model = decoder();
        let graph = model.graph.as_mut().unwrap();
        for info in graph.input.iter_mut().chain(&mut graph.output) {
            info.type_.as_mut().unwrap().mut_tensor_type().elem_type = FLOAT16;
        }
        model
    };
    for (model, form) in [(decoder(), FORMS[0]), (decoder(), FORMS[1]), (half, FORMS[0])] {
        for (batch, frames) in [(BatchForm::One, Some(1)), (BatchForm::Dynamic, None)] {
            let adapted = adapt(&model, form, batch).unwrap();
            let graph = &adapted.graph;
            let described: Vec<_> = graph
                .input
                .iter()
                .chain(&graph.output)
                .map(|info| {
                    let element = info.type_.tensor_type().elem_type;
                    (info.name.as_str(), element, dims_of(info).unwrap())
                })
                .collect();
            let some = |dims: &[i64]| dims.iter().map(|&dim| Some(dim)).collect::<Vec<_>>();
            let per_frame = |dims: &[i64]| [vec![frames], some(dims)].concat();
            assert_eq!(
                described,
                [
                    ("feature_3d", FLOAT, some(&[1, 32, 16, 64, 64])),
                    ("kp_driving", FLOAT, per_frame(&[21, 3])),
                    ("kp_source", FLOAT, some(&[1, 21, 3])),
                    ("pixels", UINT8, per_frame(&[512, 512, 3])),
                    ("not_finite", UINT8, per_frame(&[])),
                ]
            );
            // Every value is made before it is read, and once.
            let mut made: std::collections::HashSet<&str> =
                graph.input.iter().map(|info| info.name.as_str()).collect();
            made.extend(graph.initializer.iter().map(|tensor| tensor.name.as_str()));
            for node in &graph.node {
                let missing =
                    node.input.iter().find(|n| !n.is_empty() && !made.contains(n.as_str()));
                assert_eq!(missing, None, "{}", node.name);
                assert!(node.output.iter().all(|name| made.insert(name)), "{}", node.name);
            }
            assert!(graph.output.iter().all(|info| made.contains(info.name.as_str())));
        }
    }
}

#[test]
fn the_batch_is_free_in_every_shape() {
    let before = decoder();
    let model = adapt(&before, GridSampleForm::Opset20, BatchForm::Dynamic).unwrap();
    let targets = |model: &ModelProto| -> Vec<Vec<i64>> {
        nodes(model, "Reshape").iter().map(|node| constant(model, &node.input[1])).collect()
    };
    let pairs: Vec<_> = targets(&before).into_iter().zip(targets(&model)).collect();
    let becomes = |old: &[i64]| {
        let found = pairs.iter().find(|(before, _)| before == old);
        found.map(|(_, after)| after.as_slice()).unwrap()
    };
    assert_eq!(becomes(&[1, 3, 8, 64, 64]), [-1, 3, 8, 64, 64]);
    assert_eq!(becomes(&[1, 22, -1]), [-1, 22, 8 * 64 * 64]);
    assert_eq!(becomes(&[2, -1, 16, 64, 64]), [-1, 16, 16, 64, 64]);
    assert_eq!(becomes(&[2, 8, 64, 64, -1]), [-1, 8, 64, 64, 3]);
    assert_eq!(becomes(&[1, 2, -1, 8, 64, 64]), [-1, 2, 16, 8, 64, 64]);
    assert_eq!(becomes(&[1, 1, 1, 1]), [-1, 1, 1, 1]);
    // What is the same for all frames stays.
    assert_eq!(becomes(&[1, 1, 1, 64, 1]), [1, 1, 1, 64, 1]);
    // One size is a constant, the other was read from a shape.
    for (node, size) in nodes(&model, "Resize").iter().zip([[2, 256, 256], [3, 512, 512]]) {
        assert_eq!(attribute(node, "axes").unwrap().ints, [1, 2, 3]);
        assert_eq!(constant(&model, &node.input[3]), size);
    }
    let sliced = adapt(&before, GridSampleForm::TwoSlices, BatchForm::Dynamic).unwrap();
    for node in nodes(&sliced, "Resize") {
        let scales = sliced.graph.initializer.iter().find(|t| t.name == node.input[2]).unwrap();
        let twice = [1.0_f32, 1.0, 2.0, 2.0].map(f32::to_le_bytes).concat();
        assert_eq!((node.input.len(), &scales.raw_data), (3, &twice));
    }
    // A shape that is fetched from the device would stop it.
    assert!(nodes(&before, "Shape").len() == 1 && nodes(&model, "Shape").is_empty());
}

/// Shapes follow from the operators, and from what is declared where no rule knows an operator.
#[test]
fn declared_shapes_fill_gaps() {
    let mut model = decoder();
    let graph = model.graph.as_mut().unwrap();
    assert!(graph.value_info.is_empty());
    let sampled =
        graph.node.iter().find(|node| node.op_type == "GridSample").unwrap().input.clone();
    let grid = graph.node.iter_mut().find(|node| node.output[0] == sampled[1]).unwrap();
    let target = grid.input[1].clone();
    // Does the same for these tensors, but by no rule.
    grid.op_type = "Reshape2".to_owned();
    grid.domain = "com.microsoft".to_owned();
    let refused = message(adapt(&model, GridSampleForm::TwoSlices, BatchForm::One));
    assert!(
        refused.contains("\"GridSample\"") && refused.contains("size isn't known"),
        "{refused}"
    );

    let graph = model.graph.as_mut().unwrap();
    let mut declared = graph.output[0].clone();
    declared.name = sampled[1].clone();
    let shape = declared.type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap();
    shape.dim.push(shape.dim[0].clone());
    for (dim, size) in shape.dim.iter_mut().zip([2, 8, 64, 64, 3]) {
        dim.set_dim_value(size);
    }
    graph.value_info.push(declared);
    let adapted = adapt(&model, GridSampleForm::TwoSlices, BatchForm::One).unwrap();
    assert!(adapted.graph.value_info.is_empty());
    let kept = adapted.graph.node.iter().find(|node| node.op_type == "Reshape2").unwrap();
    assert_eq!(kept.input[1], target);
}

#[test]
fn shapes_follow_from_operators() {
    let mut graph = GraphProto::new();
    for (name, dims) in [
        ("volume", vec![1, 4, 16, 64, 64]),
        ("picture", vec![1, 12, 32, 48]),
        ("weights", vec![8, 12, 3, 3]),
        ("row", vec![12]),
        ("matrix", vec![12, 5]),
        ("points", vec![1, 21, 3]),
    ] {
        let tensor = TensorProto { dims, data_type: FLOAT, ..TensorProto::default() };
        graph.initializer.push(TensorProto { name: name.to_owned(), ..tensor });
    }
    for (name, values) in
        [("zero", vec![0]), ("two", vec![2]), ("last", vec![-1]), ("many", vec![9; 40])]
    {
        graph.initializer.push(int_tensor(name, &values));
    }
    let scales = [1.0_f32, 1.0, 2.0, 0.5].map(f32::to_le_bytes).concat();
    graph.initializer.push(TensorProto {
        name: "scales".to_owned(),
        dims: vec![4],
        data_type: FLOAT,
        raw_data: scales,
        ..TensorProto::default()
    });
    let window = |sides: &[i64]| vec![ints("kernel_shape", sides), ints("strides", sides)];
    let cases = [
        (node("AveragePool", &["volume"], "", window(&[1, 2, 2])), vec![1, 4, 16, 32, 32]),
        (node("Conv", &["picture", "weights"], "", vec![]), vec![1, 8, 30, 46]),
        (
            node(
                "Conv",
                &["picture", "weights"],
                "",
                vec![
                    ints("pads", &[1, 1, 1, 1]),
                    ints("dilations", &[1, 2]),
                    ints("strides", &[2, 1]),
                ],
            ),
            vec![1, 8, 16, 46],
        ),
        (node("Resize", &["picture", "", "scales"], "", vec![]), vec![1, 12, 64, 24]),
        (node("DepthToSpace", &["picture"], "", vec![int("blocksize", 2)]), vec![1, 3, 64, 96]),
        (node("MatMul", &["row", "matrix"], "", vec![]), vec![5]),
        (node("MatMul", &["row", "row"], "", vec![]), vec![]),
        (node("MatMul", &["points", "points"], "", vec![]), vec![1, 21, 3]),
        (node("ReduceSum", &["points", "last"], "", vec![int("keepdims", 0)]), vec![1, 21]),
        (node("ReduceMean", &["points"], "", vec![ints("axes", &[1])]), vec![1, 1, 3]),
        (node("Gather", &["points", "two"], "", vec![int("axis", 1)]), vec![1, 1, 3]),
        (node("Squeeze", &["points", "zero"], "", vec![]), vec![21, 3]),
        (node("Unsqueeze", &["points", "last"], "", vec![]), vec![1, 21, 3, 1]),
        (node("Concat", &["points", "points"], "", vec![int("axis", -1)]), vec![1, 21, 6]),
    ];
    for (index, (mut node, _)) in cases.iter().cloned().enumerate() {
        node.output = vec![format!("result {index}")];
        graph.node.push(node);
    }
    // Sizes that are worked out as the graph runs.
    graph.node.push(node("Shape", &["points"], "shape", vec![]));
    graph.node.push(node("Gather", &["shape", "last"], "size", vec![]));
    graph.node.push(node("Slice", &["shape", "zero", "two", "zero"], "sizes", vec![]));
    graph.node.push(node("Concat", &["sizes", "size"], "all", vec![int("axis", 0)]));
    graph.node.push(node("Concat", &["many", "many"], "too many", vec![int("axis", 0)]));
    let tensors = infer_tensors(&graph);
    for (index, (node, expected)) in cases.iter().enumerate() {
        let expected: Dims = expected.iter().map(|&dim| Some(dim)).collect();
        assert_eq!(tensors.dims(&format!("result {index}")), Some(&expected), "{}", node.op_type);
    }
    assert_eq!(tensors.ints("all"), Some(&[1, 21, 3][..]));
    assert_eq!((tensors.ints("many"), tensors.ints("too many")), (None, None));
}

#[test]
fn unknown_fields_are_kept() {
    let mut model = decoder();
    let mark = |fields: &mut protobuf::SpecialFields, value| {
        fields.mut_unknown_fields().add_length_delimited(999, vec![value; 3]);
    };
    mark(&mut model.special_fields, 1);
    let graph = model.graph.as_mut().unwrap();
    mark(&mut graph.special_fields, 2);
    mark(&mut graph.node[0].special_fields, 3);
    mark(&mut graph.initializer[0].special_fields, 4);
    let name = graph.node[0].name.clone();
    for form in FORMS {
        let adapted = adapt(&model, form, BatchForm::Dynamic).unwrap();
        let graph = &adapted.graph;
        let old_node = graph.node.iter().find(|node| node.name == name).unwrap();
        let fields = [
            &adapted.special_fields,
            &graph.special_fields,
            &old_node.special_fields,
            &graph.initializer[0].special_fields,
        ];
        for (fields, value) in fields.into_iter().zip(1..) {
            let kept = fields.unknown_fields().get(999);
            assert_eq!(kept, Some(UnknownValueRef::LengthDelimited(&[value; 3])));
        }
    }
}

#[test]
fn newer_files_keep_their_nodes() {
    let raised = adapt_grid_samples(&decoder_bytes(), GridSampleForm::Opset20).unwrap();
    let mut model = ModelProto::parse_from_bytes(&raised).unwrap();
    model.opset_import = vec![OperatorSetIdProto { version: 22, ..OperatorSetIdProto::default() }];
    let old = model.graph.node.clone();
    let adapted = adapt(&model, GridSampleForm::Opset20, BatchForm::One).unwrap();
    assert_eq!(opset_of(&adapted), 22);
    let kinds = |nodes: &[NodeProto]| nodes.iter().map(|n| n.op_type.clone()).collect::<Vec<_>>();
    let at = adapted.graph.node.iter().position(|n| n.name == old[0].name).unwrap();
    assert_eq!(kinds(&adapted.graph.node[at..][..old.len()]), kinds(&old));
}

#[test]
fn inner_graphs_are_raised_too() {
    let mut branch = GraphProto::new();
    branch.node.push(node("ReduceMax", &["feature_3d"], "most", vec![ints("axes", &[1])]));
    let attribute_of = |name: &str| AttributeProto {
        name: name.to_owned(),
        type_: AttributeType::GRAPH.into(),
        g: Some(branch.clone()).into(),
        ..AttributeProto::default()
    };
    let branches = vec![attribute_of("then_branch"), attribute_of("else_branch")];
    // What no output needs is removed.
    let mut model = with_node(node("If", &["condition"], "either", branches.clone()));
    let pruned = adapt(&model, GridSampleForm::Opset20, BatchForm::One).unwrap();
    assert!(nodes(&pruned, "If").is_empty());
    let graph = model.graph.as_mut().unwrap();
    let last = graph.node.iter_mut().find(|node| node.output[0] == "out").unwrap();
    last.output[0] = "almost".to_owned();
    graph.node.push(node("Max", &["almost", "either"], "out", vec![]));
    let adapted = adapt(&model, GridSampleForm::Opset20, BatchForm::One).unwrap();
    for branch in &nodes(&adapted, "If")[0].attribute {
        let inner = &branch.g.node[0];
        // The volume has another name within the adapted graph.
        assert_eq!(inner.input[0], "gaze.feature_3d");
        assert_eq!(inner.input[1], branch.g.initializer[0].name);
        assert!(inner.attribute.is_empty());
    }
    let model = with_node(node("If", &["kp_driving"], "either", branches));
    let refused = message(adapt(&model, GridSampleForm::Opset20, BatchForm::Dynamic));
    assert!(refused.contains("\"If\" \"the If\" holds a graph of its own"), "{refused}");
}

#[test]
fn what_changed_its_meaning_is_refused_by_name() {
    for (kind, attributes) in [
        ("DFT", vec![]),
        ("AveragePool", vec![int("ceil_mode", 1)]),
        ("Cast", vec![int("to", 17)]),
        ("Pad", vec![text("mode", "wrap")]),
        ("GridSample", vec![text("mode", "lanczos")]),
        ("Resize", vec![text("coordinate_transformation_mode", "tf_half_pixel_for_nn")]),
    ] {
        let model = with_node(node(kind, &["feature_3d", "x"], "more", attributes));
        let refused = message(adapt(&model, GridSampleForm::Opset20, BatchForm::One));
        assert!(refused.contains(&format!("\"{kind}\" \"the {kind}\"")), "{refused}");
    }
    let twice = node("ReduceMean", &["feature_3d", "x"], "more", vec![ints("axes", &[1])]);
    let refused = message(adapt(&with_node(twice), GridSampleForm::Opset20, BatchForm::One));
    assert!(refused.contains("axes in two places"), "{refused}");
}

#[test]
fn what_mixes_frames_is_refused_by_name() {
    let zero = TensorProto { name: "zero".to_owned(), ..int_tensor("zero", &[0]) };
    for node in [
        node("Transpose", &["kp_driving"], "more", vec![ints("perm", &[1, 0, 2])]),
        node("Transpose", &["kp_driving"], "more", vec![]),
        node("Concat", &["kp_driving", "kp_source"], "more", vec![int("axis", -3)]),
        node("ReduceMean", &["kp_driving"], "more", vec![ints("axes", &[0, 1])]),
        node("ReduceSum", &["kp_driving", "zero"], "more", vec![]),
        node("ReduceMax", &["kp_driving"], "more", vec![]),
        node("Unsqueeze", &["kp_driving", "zero"], "more", vec![]),
        node("Squeeze", &["kp_driving"], "more", vec![]),
        node("Softmax", &["kp_driving"], "more", vec![int("axis", 0)]),
        node("Split", &["kp_driving"], "more", vec![]),
        node("Gather", &["kp_driving", "zero"], "more", vec![]),
        node("Gather", &["zero", "kp_driving"], "more", vec![]),
        node("Flatten", &["kp_driving"], "more", vec![int("axis", 0)]),
        node("Gemm", &["kp_driving", "zero"], "more", vec![int("transA", 1)]),
        node("Conv", &["feature_3d", "kp_driving"], "more", vec![]),
        node("Add", &["kp_driving", "feature_3d"], "more", vec![]),
        node("CumSum", &["kp_driving", "zero"], "more", vec![]),
        node("Reshape", &["kp_driving", "unknown"], "more", vec![]),
    ] {
        let kind = node.op_type.clone();
        let mut model = with_node(node);
        model.graph.as_mut().unwrap().initializer.push(zero.clone());
        assert!(adapt(&model, GridSampleForm::TwoSlices, BatchForm::One).is_ok(), "{kind}");
        let refused = message(adapt(&model, GridSampleForm::TwoSlices, BatchForm::Dynamic));
        assert!(refused.contains(&format!("\"{kind}\" \"the {kind}\"")), "{refused}");
    }
}

#[test]
fn what_two_slices_cannot_give_is_refused() {
    for (name, value, reason) in
        [("mode", "nearest", "a mode that two slices"), ("padding_mode", "border", "pads in a way")]
    {
        let mut model = decoder();
        let graph = model.graph.as_mut().unwrap();
        let sampled = graph.node.iter_mut().find(|node| node.op_type == "GridSample").unwrap();
        let found = sampled.attribute.iter_mut().find(|a| a.name == name).unwrap();
        found.s = value.as_bytes().to_vec();
        let refused = message(adapt(&model, GridSampleForm::TwoSlices, BatchForm::One));
        assert!(refused.contains(reason), "{refused}");
        assert!(adapt(&model, GridSampleForm::Opset20, BatchForm::One).is_ok());
    }
}

#[test]
fn only_a_sound_decoder_is_adapted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DECODER);
    let refused = adapt_decoder(&path, DecoderForm::new(FORMS[0], BatchForm::One)).unwrap_err();
    assert!(refused.to_string().contains("is missing"), "{refused}");
    std::fs::write(&path, &decoder_bytes()[..5000]).unwrap();
    let refused = adapt_decoder(&path, DecoderForm::new(FORMS[0], BatchForm::One)).unwrap_err();
    assert!(refused.to_string().contains("cut short"), "{refused}");
    assert_eq!(refused.path(), Some(path.as_path()));

    let once = adapt(&decoder(), FORMS[0], BatchForm::One).unwrap();
    assert!(message(adapt(&once, FORMS[0], BatchForm::One)).contains("adapted already"));
    let mut renamed = decoder();
    renamed.graph.as_mut().unwrap().input[0].name = "volume".to_owned();
    let refused = message(adapt(&renamed, FORMS[0], BatchForm::One));
    assert!(refused.contains("has no input \"feature_3d\""), "{refused}");
    let mut functions = decoder();
    functions.functions.push(onnx_protobuf::FunctionProto::new());
    assert!(message(adapt(&functions, FORMS[0], BatchForm::One)).contains("inlined"));
}

/// The same file gives the same bytes: a cache can be compared.
#[test]
fn adapting_is_deterministic() {
    for form in FORMS {
        let adapt = || {
            adapt_decoder_bytes(&decoder_bytes(), DecoderForm::new(form, BatchForm::Dynamic))
                .unwrap()
        };
        assert_eq!(adapt(), adapt());
    }
}
