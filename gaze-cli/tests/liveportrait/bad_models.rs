//! Model files that are not what they should be, networks that give no numbers, and adapted graphs that are damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use onnx_protobuf::{GraphProto, Message, ModelProto, NodeProto, TensorProto};

use crate::onnxruntime;
use crate::setup::{Setup, assert_same};

const FEATURES: &str = "appearance_feature_extractor.onnx";
const MOTION: &str = "motion_extractor.onnx";
const STITCHING: &str = "stitching.onnx";
const DECODER: &str = "warping_spade.onnx";
/// Numbers of ONNX's element types.
const FLOAT: i32 = 1;
const I32: i32 = 6;

fn edit(setup: &Setup, name: &str, change: impl FnOnce(&mut ModelProto)) {
    let mut model = ModelProto::parse_from_bytes(&fs::read(setup.model(name)).unwrap()).unwrap();
    change(&mut model);
    fs::write(setup.model(name), model.write_to_bytes().unwrap()).unwrap();
}

fn stamp(model: &mut ModelProto, opset: i64) {
    model.opset_import[0].version = opset;
}

fn graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().unwrap()
}

/// A node as `helper.make_node` of Python makes it.
fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: kind.to_owned(),
        name: format!("/{output}"),
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        ..Default::default()
    }
}

fn weight(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: FLOAT,
        raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        ..Default::default()
    }
}

/// Makes the last weight of a graph that is a float no number.
fn spoil(model: &mut ModelProto) {
    let weights = &mut graph(model).initializer;
    let weight = weights.iter_mut().rfind(|weight| weight.data_type == FLOAT).unwrap();
    weight.raw_data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
}

#[test]
fn models_that_are_not_what_they_should_be_are_refused() {
    if onnxruntime::is_missing() {
        return;
    }
    type Change = fn(&Setup);
    let cases: [(Change, &[&str]); 18] = [
        (|s| fs::remove_file(s.model(STITCHING)).unwrap(), &[STITCHING, "gaze models pull"]),
        (|s| fs::remove_dir_all(s.models()).unwrap(), &[FEATURES, "gaze models pull"]),
        (|s| fs::write(s.model(DECODER), "").unwrap(), &[DECODER, "empty", "fetch it again"]),
        (|s| cut(&s.model(DECODER)), &[DECODER, "cut short", "fetch it again"]),
        (|s| cut(&s.model(MOTION)), &[MOTION, "cut short", "fetch it again"]),
        (
            |s| swap(&s.model(MOTION), &s.model(STITCHING)),
            &["it is stitching.onnx", MOTION, "again"],
        ),
        (|s| swap(&s.model(FEATURES), &s.model(DECODER)), &["it is warping_spade.onnx", "again"]),
        (
            |s| fs::write(s.model(MOTION), "<!DOCTYPE html><html><body>Sign in</body>").unwrap(),
            &[MOTION, "web page", "gaze models pull"],
        ),
        (
            |s| fs::write(s.model(DECODER), "version https://git-lfs.github.com/spec/v1").unwrap(),
            &[DECODER, "git-lfs pointer", "gaze models pull"],
        ),
        (
            |s| edit(s, DECODER, |m| stamp(m, 11)),
            &[DECODER, "opset 11", "need 16", "export it again"],
        ),
        (|s| edit(s, DECODER, |m| stamp(m, 99)), &[DECODER, "opset 99"]),
        (|s| edit(s, STITCHING, |m| stamp(m, 99)), &[STITCHING, "opset 99"]),
        (
            |s| edit(s, FEATURES, |m| reshape(&mut graph(m).input, 3, 512)),
            &[FEATURES, "1 x 3 x 256 x 512", "not 1 x 3 x 256 x 256"],
        ),
        (
            |s| edit(s, STITCHING, |m| reshape(&mut graph(m).output, 1, 64)),
            &[STITCHING, "x 64", "x 65"],
        ),
        (
            |s| {
                edit(s, MOTION, |m| {
                    graph(m).input[0].type_.as_mut().unwrap().mut_tensor_type().elem_type = I32
                })
            },
            &[MOTION, "of i32, not of floats"],
        ),
        (
            // The graph for TensorRT: the sampling is an operator of a plug-in.
            |s| {
                edit(s, DECODER, |m| {
                    let sample = graph(m).node.iter_mut().find(|node| node.op_type == "GridSample");
                    sample.unwrap().op_type = "GridSample3D".to_owned();
                });
            },
            &[DECODER, "GridSample3D"],
        ),
        (
            // Its whole file in the place of the one that is wanted is the case above.
            |s| fs::rename(s.model(DECODER), s.model("warping_spade-fix.onnx")).unwrap(),
            &[DECODER, "warping_spade-fix.onnx is made for a TensorRT plug-in", "gaze models pull"],
        ),
        (|s| fs::create_dir(replaced(&s.model(FEATURES))).unwrap(), &[FEATURES]),
    ];
    for (change, words) in cases {
        let setup = Setup::new(2);
        change(&setup);
        setup.run(&[]).assert_refused(5, words);
        assert!(setup.leftovers().is_empty(), "{words:?}");
    }
}

fn cut(path: &Path) {
    let whole = fs::read(path).unwrap();
    fs::write(path, &whole[..whole.len() / 2]).unwrap();
}

fn swap(a: &Path, b: &Path) {
    let (first, second) = (fs::read(a).unwrap(), fs::read(b).unwrap());
    fs::write(a, second).unwrap();
    fs::write(b, first).unwrap();
}

fn replaced(path: &Path) -> &Path {
    fs::remove_file(path).unwrap();
    path
}

fn reshape(values: &mut [onnx_protobuf::ValueInfoProto], axis: usize, size: i64) {
    let shape = values[0].type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap();
    shape.dim[axis].set_dim_value(size);
}

#[test]
fn networks_that_give_no_numbers_end_the_run() {
    if onnxruntime::is_missing() {
        return;
    }
    for (name, words) in [
        (FEATURES, ["features", "no numbers"]),
        (MOTION, ["`scale`", "NaN"]),
        (STITCHING, ["stitching", "no numbers"]),
        (DECODER, ["decoder", "no numbers"]),
    ] {
        let setup = Setup::new(2);
        edit(&setup, name, spoil);
        let ended = setup.run(&[]);
        ended.assert_refused(5, &words);
        ended.assert_refused(5, &["float32"]);
        assert!(setup.leftovers().is_empty(), "{:?}", setup.leftovers());
    }
}

#[test]
fn a_decoder_that_gives_no_numbers_in_some_poses_ends_the_run() {
    if onnxruntime::is_missing() {
        return;
    }
    /// The tip of the nose, which follows the head's yaw most.
    const NOSE: usize = 8;
    let setup = Setup::new(6);
    // The stand-in darkens what moves by the mean of the steps' sizes. Here it takes the root of a number that turns
    // negative when the nose goes to one side.
    edit(&setup, DECODER, |model| {
        let graph = graph(model);
        let at = graph.node.iter().position(|node| node.op_type == "Abs").unwrap();
        let (step, size) = (graph.node[at].input[0].clone(), graph.node[at].output[0].clone());
        let mut wanted = [0.0; 63];
        wanted[NOSE * 3] = -1.0;
        graph.initializer.push(weight("test_wanted", &[1, 21, 3], &wanted));
        graph.initializer.push(weight("test_margin", &[1, 1, 1], &[0.01]));
        let nodes = [
            node("Mul", &[&step, "test_wanted"], "test_nose"),
            node("Add", &["test_nose", "test_margin"], "test_sum"),
            node("Sqrt", &["test_sum"], &size),
        ];
        graph.node.splice(at..=at, nodes);
    });
    for kept in [false, true] {
        setup.run(&[]).assert_refused(5, &["decoder", "no numbers", "float32"]);
        assert_eq!(setup.leftovers(), ["work"]);
        println!("{} frames are kept", setup.kept().len());
        if kept {
            assert!(!setup.kept().is_empty() && setup.kept().len() < setup.frames());
        }
    }
    setup.run(&["--no-resume"]).assert_refused(5, &["no numbers"]);
}

/// The adapted graph beside the models.
fn adapted(setup: &Setup) -> Vec<PathBuf> {
    let entries = fs::read_dir(setup.models()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains(".gaze")).collect()
}

#[test]
fn damaged_adapted_graphs_are_made_anew() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    assert_eq!(setup.run(&[]).code, 0);
    let whole = setup.path().join("whole");
    fs::rename(setup.out(), &whole).unwrap();
    let [path] = &adapted(&setup)[..] else { panic!("{:?}", adapted(&setup)) };
    let good = fs::read(path).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 0x10;
    for bad in [&good[..good.len() - 1], &good[..good.len() / 2], b"", b"<html>", &flipped] {
        fs::write(path, bad).unwrap();
        assert_eq!(setup.run(&[]).code, 0);
        assert!(fs::read(path).unwrap() == good, "it is not made anew");
        assert_eq!(adapted(&setup).len(), 1);
        assert_same(&setup.out(), &whole);
        fs::remove_dir_all(setup.out()).unwrap();
    }
    let hidden = fs::read_dir(setup.models()).unwrap().flatten();
    assert!(
        !hidden.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with('.'))
    );
}

#[test]
fn models_that_cannot_be_written_beside_are_enough() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    assert_eq!(setup.run(&[]).code, 0);
    let whole = setup.path().join("whole");
    fs::rename(setup.out(), &whole).unwrap();
    let graphs = adapted(&setup);
    let [path] = &graphs[..] else { panic!("{graphs:?}") };
    // Who may write everywhere may not write over a folder.
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
    fs::set_permissions(setup.models(), fs::Permissions::from_mode(0o555)).unwrap();
    let ended = setup.run(&[]);
    fs::set_permissions(setup.models(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(fs::read_dir(path).unwrap().next().is_none());
    assert_same(&setup.out(), &whole);
}
