//! Whether a model file is as the catalog declares it.

use std::collections::HashSet;
use std::path::Path;

use gaze_rig::Result;
use onnx_protobuf::{GraphProto, ModelProto, NodeProto};

use super::matching::Matching;
use super::report::{ModelReport, Precision};
use crate::onnx::catalog::{DECODER, MODEL_FILES, ModelFile};
use crate::onnx::model_file::{parse_model, read_model};
use crate::onnx::model_graph::{graphs_in, inputs_of, opset_of, quoted};

/// Sentences in a report at most; one that names a model of the wrong kind says more than fifty of its tensors.
const MAX_DIFFERENCES: usize = 12;
/// First opset with GridSample, and the one that ONNX Runtime supports for every operator.
const OPSET_OF_GRID_SAMPLE: i64 = 16;
const OLDEST_OPSET: i64 = 7;
/// Last opset of ONNX Runtime 1.24, the oldest that the engine loads.
const NEWEST_OPSET: i64 = 24;
/// Operators that ONNX Runtime brings along.
const KNOWN_DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/// Compares the model file at `path` with what `file` declares: inputs, outputs, element types, shapes, opset and
/// operators. Weights are not looked at.
///
/// # Errors
/// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where there is no model to compare: the file is missing, empty, cut short, damaged,
/// larger than 2 GiB or no ONNX at all. Whatever differs in one that can be read is in the report.
pub fn verify_model(path: impl AsRef<Path>, file: &ModelFile) -> Result<ModelReport> {
    let path = path.as_ref();
    verify_model_bytes(&read_model(path)?, file).map_err(|e| e.with_path(path))
}

/// The same for a model in memory.
///
/// # Errors
/// As [`verify_model`].
pub fn verify_model_bytes(bytes: &[u8], file: &ModelFile) -> Result<ModelReport> {
    Ok(examine(&parse_model(bytes)?, bytes.len() as u64, file))
}

/// What of `model` is as `file` declares.
pub(crate) fn examine(model: &ModelProto, bytes: u64, file: &ModelFile) -> ModelReport {
    let inputs = Matching::new("input", file.inputs, &inputs_of(&model.graph));
    let outputs =
        Matching::new("output", file.outputs, &model.graph.output.iter().collect::<Vec<_>>());
    let is_half = inputs.is_half && outputs.is_half;
    let opset = opset_of(model);
    let mut differences = Vec::new();
    if let Some(operator) = foreign_operator(model) {
        differences.push(operator);
    }
    differences.extend(opset_fault(model, opset));
    if has_external_weights(&model.graph) {
        differences.push(
            "it keeps its weights in another file: take an export that holds all in one".to_owned(),
        );
    }
    match namesake(model, file) {
        Some(other) if !inputs.differences.is_empty() || !outputs.differences.is_empty() => {
            differences
                .push(format!("it is {other} under another name: fetch {} again", file.name));
        }
        _ => {
            differences.extend(inputs.differences);
            differences.extend(outputs.differences);
            if is_half && !file.may_be_half {
                differences.push(
                    "it is in 16-bit floats, which only the decoder may be: take the 32-bit export"
                        .to_owned(),
                );
            }
        }
    }
    if differences.len() > MAX_DIFFERENCES {
        let more = differences.len() - MAX_DIFFERENCES;
        differences.truncate(MAX_DIFFERENCES);
        differences.push(format!("{more} more differences of that kind"));
    }
    ModelReport {
        bytes,
        opset,
        precision: if is_half { Precision::Float16 } else { Precision::Float32 },
        is_batch_free: inputs.is_batch_free,
        inputs: inputs.names,
        outputs: outputs.names,
        differences,
    }
}

fn opset_fault(model: &ModelProto, opset: i64) -> Option<String> {
    let oldest = if operators(model).any(|node| node.op_type == "GridSample") {
        OPSET_OF_GRID_SAMPLE
    } else {
        OLDEST_OPSET
    };
    if opset == 0 {
        Some(
            "it says nothing of its operators' version: it may be cut short; fetch it again"
                .to_owned(),
        )
    } else if opset < oldest {
        Some(format!("it is of opset {opset}, but its operators need {oldest}: export it again"))
    } else if opset > NEWEST_OPSET {
        Some(format!(
            "it is of opset {opset}, but {NEWEST_OPSET} is the newest known: export it for an older one"
        ))
    } else {
        None
    }
}

/// What an operator is missing, where ONNX Runtime does not have it.
fn foreign_operator(model: &ModelProto) -> Option<String> {
    let is_volume_plugin = |node: &NodeProto| {
        node.op_type.to_ascii_lowercase().replace('_', "").starts_with("gridsample")
            && (node.op_type != "GridSample" || !KNOWN_DOMAINS.contains(&node.domain.as_str()))
    };
    if let Some(node) = operators(model).find(|node| is_volume_plugin(node)) {
        return Some(format!(
            "it is made for a TensorRT plug-in (operator {}), which ONNX Runtime cannot load: take {}",
            quoted(&node.op_type),
            DECODER
        ));
    }
    let functions: HashSet<_> = model.functions.iter().map(|f| (&f.domain, &f.name)).collect();
    let is_foreign = |node: &NodeProto| {
        !KNOWN_DOMAINS.contains(&node.domain.as_str())
            && !functions.contains(&(&node.domain, &node.op_type))
    };
    let node = operators(model).find(|node| is_foreign(node))?;
    Some(format!(
        "it uses the operator {} of {}, which ONNX Runtime does not have: take an export without it",
        quoted(&node.op_type),
        quoted(&node.domain)
    ))
}

/// All nodes, those of inner graphs and of functions too.
fn operators(model: &ModelProto) -> impl Iterator<Item = &NodeProto> {
    let functions = model.functions.iter().flat_map(|function| &function.node);
    let mut stack: Vec<&NodeProto> = model.graph.node.iter().chain(functions).collect();
    std::iter::from_fn(move || {
        let node = stack.pop()?;
        for graph in node.attribute.iter().flat_map(graphs_in) {
            stack.extend(&graph.node);
        }
        Some(node)
    })
}

fn has_external_weights(graph: &GraphProto) -> bool {
    graph.initializer.iter().any(|tensor| tensor.data_location.value() != 0)
        || graph.node.iter().flat_map(|node| &node.attribute).any(|attribute| {
            attribute.t.iter().chain(&attribute.tensors).any(|t| t.data_location.value() != 0)
                || graphs_in(attribute).any(has_external_weights)
        })
}

/// Another file of the set that this one is, to the last input and output.
fn namesake(model: &ModelProto, file: &ModelFile) -> Option<&'static str> {
    let (inputs, outputs) =
        (inputs_of(&model.graph), model.graph.output.iter().collect::<Vec<_>>());
    let fits = |other: &&ModelFile| {
        other.name != file.name
            && !other.outputs.is_empty()
            && Matching::new("input", other.inputs, &inputs).differences.is_empty()
            && Matching::new("output", other.outputs, &outputs).differences.is_empty()
    };
    MODEL_FILES.iter().find(fits).map(|other| other.name)
}

#[cfg(test)]
mod tests {
    use gaze_rig::ErrorKind;
    use onnx_protobuf::{Message, OperatorSetIdProto, TensorProto, ValueInfoProto};

    use super::*;
    use crate::onnx::element_types::FLOAT16;

    fn bytes_of(name: &str) -> Vec<u8> {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
        std::fs::read(models.join(name)).unwrap()
    }

    /// What is said of a stand-in after `change`.
    fn differences(name: &str, change: impl FnOnce(&mut ModelProto)) -> Vec<String> {
        let mut model = ModelProto::parse_from_bytes(&bytes_of(name)).unwrap();
        change(&mut model);
        let bytes = model.write_to_bytes().unwrap();
        verify_model_bytes(&bytes, ModelFile::from_name(name).unwrap()).unwrap().differences
    }

    fn assert_says(differences: &[String], words: &[&str]) {
        let all = differences.join("\n");
        assert!(words.iter().all(|word| all.contains(word)), "{all}");
    }

    fn dimension(
        info: &mut ValueInfoProto,
        axis: usize,
    ) -> &mut onnx_protobuf::tensor_shape_proto::Dimension {
        &mut info.type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap().dim[axis]
    }

    #[test]
    fn stand_ins_are_as_declared() {
        for file in MODEL_FILES.iter().filter(|file| file.is_required) {
            let report =
                verify_model_bytes(&bytes_of(file.name), file).unwrap().into_sound().unwrap();
            assert_eq!((report.opset, report.precision), (16, Precision::Float32));
            assert_eq!(report.is_batch_free, file.name == "stitching.onnx");
            assert_eq!(report.inputs.len(), file.inputs.len());
            for (name, spec) in report.outputs.iter().zip(file.outputs) {
                assert!(spec.name.is_none_or(|declared| declared == name));
            }
        }
        let decoder = ModelFile::from_name(DECODER).unwrap();
        let half = verify_model_bytes(&bytes_of("fp16/warping_spade.onnx"), decoder).unwrap();
        assert_eq!(half.into_sound().unwrap().precision, Precision::Float16);
    }

    #[test]
    fn a_file_is_read_from_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stitching.onnx");
        let file = ModelFile::from_name("stitching.onnx").unwrap();
        assert!(verify_model(&path, file).unwrap_err().to_string().contains("is missing"));
        let bytes = bytes_of("stitching.onnx");
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(verify_model(&path, file).unwrap().bytes, bytes.len() as u64);
        std::fs::write(&path, "<html>").unwrap();
        let error = verify_model(&path, file).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Engine, Some(path.as_path())));
    }

    #[test]
    fn a_swapped_model_is_named() {
        for file in MODEL_FILES.iter().filter(|file| file.is_required) {
            for other in
                MODEL_FILES.iter().filter(|other| other.is_required && other.name != file.name)
            {
                let report = verify_model_bytes(&bytes_of(other.name), file).unwrap();
                assert_eq!(
                    report.differences,
                    [format!("it is {} under another name: fetch {} again", other.name, file.name)]
                );
            }
        }
    }

    #[test]
    fn tensors_that_differ_are_named() {
        let said = differences(DECODER, |model| {
            model.graph.mut_or_insert_default().input.remove(1);
        });
        assert_says(&said, &["has no input \"kp_driving\", 1 x 21 x 3"]);
        let said = differences(DECODER, |model| {
            let graph = model.graph.as_mut().unwrap();
            let mut more = graph.input[1].clone();
            more.name = "kp_more\u{7}".to_owned();
            graph.input.push(more);
            dimension(&mut graph.input[0], 2).set_dim_value(-16);
            dimension(&mut graph.input[2], 0).set_dim_param("batch".to_owned());
            graph.output[0].type_.as_mut().unwrap().mut_tensor_type().elem_type = 7;
        });
        assert_eq!(said.len(), 3, "{said:?}");
        assert_says(
            &said,
            &["\"kp_more\" too many", "not 1 x 32 x 16 x 64 x 64", "\"out\" is of i64"],
        );
        let said = differences("stitching.onnx", |model| {
            let graph = model.graph.as_mut().unwrap();
            graph.output[0].name = "whatever".to_owned();
            dimension(&mut graph.output[0], 1).set_dim_value(66);
        });
        assert_says(&said, &["\"whatever\" has the shape N x 66, not N x 65"]);
        let said = differences("stitching.onnx", |model| {
            model.graph.as_mut().unwrap().input[0]
                .type_
                .as_mut()
                .unwrap()
                .mut_tensor_type()
                .shape
                .clear();
        });
        assert_says(&said, &["has the shape no shape, not N x 126"]);
    }

    #[test]
    fn weights_that_are_listed_as_inputs_are_none() {
        let said = differences("stitching.onnx", |model| {
            let graph = model.graph.as_mut().unwrap();
            let name = graph.initializer[0].name.clone();
            graph.input.push(ValueInfoProto { name, ..ValueInfoProto::default() });
        });
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn motion_is_told_by_name_or_by_shape() {
        let name = "motion_extractor.onnx";
        let names = ["pitch", "yaw", "roll", "t", "exp", "scale", "kp"];
        for (rename, kp_first) in [(false, true), (true, false), (true, true)] {
            let mut model = ModelProto::parse_from_bytes(&bytes_of(name)).unwrap();
            let outputs = &mut model.graph.as_mut().unwrap().output;
            if kp_first {
                outputs.rotate_right(1);
            }
            if rename {
                outputs.iter_mut().for_each(|output| output.name.insert_str(0, "x_"));
            }
            let bytes = model.write_to_bytes().unwrap();
            let report = verify_model_bytes(&bytes, ModelFile::from_name(name).unwrap()).unwrap();
            let expected =
                names.map(|name| if rename { format!("x_{name}") } else { name.to_owned() });
            assert_eq!(report.into_sound().unwrap().outputs, expected);
        }
    }

    #[test]
    fn opsets_out_of_range_are_named() {
        let opset = |version| {
            move |model: &mut ModelProto| {
                model.opset_import =
                    vec![OperatorSetIdProto { version, ..OperatorSetIdProto::default() }];
            }
        };
        assert_says(&differences(DECODER, opset(15)), &["of opset 15", "need 16"]);
        assert_says(&differences(DECODER, opset(25)), &["of opset 25", "24 is the newest"]);
        assert_says(&differences(DECODER, opset(0)), &["cut short"]);
        assert_says(&differences("stitching.onnx", opset(6)), &["of opset 6", "need 7"]);
        assert_eq!(differences("stitching.onnx", opset(11)), [""; 0]);
    }

    #[test]
    fn operators_that_the_runtime_lacks_are_named() {
        let change = |op_type: &'static str, domain: &'static str| {
            move |model: &mut ModelProto| {
                let nodes = &mut model.graph.as_mut().unwrap().node;
                let node = nodes.iter_mut().find(|node| node.op_type == "GridSample").unwrap();
                (node.op_type, node.domain) = (op_type.to_owned(), domain.to_owned());
            }
        };
        for (op_type, domain) in [
            ("GridSample3D", ""),
            ("GridSample3D", "trt"),
            ("grid_sample_3d", "x"),
            ("GridSample", "x"),
        ] {
            assert_says(
                &differences(DECODER, change(op_type, domain)),
                &["TensorRT plug-in", "take warping_spade.onnx"],
            );
        }
        assert_says(&differences(DECODER, change("Warp", "acme")), &["\"Warp\" of \"acme\""]);
    }

    #[test]
    fn half_precision_is_for_the_decoder() {
        let said = differences("stitching.onnx", |model| {
            let graph = model.graph.as_mut().unwrap();
            for info in graph.input.iter_mut().chain(&mut graph.output) {
                info.type_.as_mut().unwrap().mut_tensor_type().elem_type = FLOAT16;
            }
        });
        assert_says(&said, &["16-bit floats, which only the decoder may be"]);
    }

    #[test]
    fn weights_elsewhere_are_refused() {
        let said = differences(DECODER, |model| {
            let tensor = TensorProto {
                data_location: onnx_protobuf::tensor_proto::DataLocation::EXTERNAL.into(),
                ..TensorProto::default()
            };
            model.graph.as_mut().unwrap().initializer.push(tensor);
        });
        assert_says(&said, &["weights in another file"]);
    }
}
