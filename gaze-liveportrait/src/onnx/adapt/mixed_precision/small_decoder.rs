//! A decoder with every kind of layer that the real one has, small enough to run in a test.

use onnx_protobuf::tensor_shape_proto::Dimension;
use onnx_protobuf::type_proto::Tensor;
use onnx_protobuf::{
    GraphProto, Message, ModelProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto,
};

use super::super::graph::{PREFIX, Writer, int, ints, text};
use crate::onnx::element_types::FLOAT;

/// Channels of features and of styles.
const FEATURES: i64 = 16;
const STYLES: i64 = 8;
/// The volume after it is made smaller: depth, height, width.
const PLACE: [i64; 3] = [4, 16, 16];
const MOTIONS: i64 = 22;

/// The bytes of an ONNX file with the decoder's inputs and output.
pub(super) fn small_decoder() -> Vec<u8> {
    let mut g = Builder { writer: Writer::new(""), seed: 1 };
    g.write();
    let value = |name: &str, dims: &[i64]| {
        let dim = |&size: &i64| {
            let mut dim = Dimension::new();
            dim.set_dim_value(size);
            dim
        };
        let shape =
            TensorShapeProto { dim: dims.iter().map(dim).collect(), ..TensorShapeProto::default() };
        let tensor = Tensor { elem_type: FLOAT, shape: Some(shape).into(), ..Tensor::default() };
        let mut kind = TypeProto::new();
        kind.set_tensor_type(tensor);
        ValueInfoProto {
            name: name.to_owned(),
            type_: Some(kind).into(),
            ..ValueInfoProto::default()
        }
    };
    let mut graph = GraphProto {
        name: "small".to_owned(),
        node: g.writer.nodes,
        initializer: g.writer.constants,
        input: vec![
            value("feature_3d", &[1, 32, 16, 64, 64]),
            value("kp_driving", &[1, 21, 3]),
            value("kp_source", &[1, 21, 3]),
        ],
        output: vec![value("out", &[1, 3, 512, 512])],
        ..GraphProto::default()
    };
    // Names that adapting makes up are refused in originals.
    let rename = |name: &mut String| *name = name.replace(PREFIX, "small.");
    for node in &mut graph.node {
        node.input.iter_mut().chain(&mut node.output).for_each(rename);
    }
    graph.initializer.iter_mut().for_each(|tensor| rename(&mut tensor.name));
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto { version: 16, ..OperatorSetIdProto::default() }],
        graph: Some(graph).into(),
        ..ModelProto::default()
    }
    .write_to_bytes()
    .expect("a small model")
}

struct Builder {
    writer: Writer,
    seed: u64,
}

impl Builder {
    /// Pseudo-random weights whose sums over `fan_in` of them vary by `spread`.
    fn weights(&mut self, dims: &[i64], fan_in: i64, spread: f32) -> String {
        let count = dims.iter().product::<i64>() as usize;
        let scale = spread * (3.0 / fan_in as f32).sqrt();
        let values: Vec<f32> = (0..count).map(|_| scale * self.noise()).collect();
        let name = self.writer.reals(&values);
        self.last().dims = dims.to_vec();
        name
    }

    /// From -1 to 1.
    fn noise(&mut self) -> f32 {
        self.seed = self.seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.seed >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn op(&mut self, kind: &str, inputs: &[&str]) -> String {
        self.writer.op(kind, inputs, Vec::new())
    }

    fn op_along(&mut self, kind: &str, axis: i64, inputs: &[&str]) -> String {
        self.writer.op(kind, inputs, vec![int("axis", axis)])
    }

    fn reshape(&mut self, value: &str, dims: &[i64]) -> String {
        let dims = self.writer.ints(dims);
        self.op("Reshape", &[value, &dims])
    }

    fn unsqueeze(&mut self, value: &str, axis: i64) -> String {
        let axes = self.writer.ints(&[axis]);
        self.op("Unsqueeze", &[value, &axes])
    }

    /// A convolution with windows of 3 along `axes` axes, or of 1.
    fn conv(
        &mut self,
        value: &str,
        (from, to): (i64, i64),
        (axes, side): (usize, i64),
        spread: f32,
    ) -> String {
        let window = vec![side; axes];
        let dims = [&[to, from], &window[..]].concat();
        let weights = self.weights(&dims, from * side.pow(axes as u32), spread);
        let bias = self.weights(&[to], 100, 1.0);
        let pads = ints("pads", &vec![side / 2; 2 * axes]);
        self.writer.op("Conv", &[value, &weights, &bias], vec![pads])
    }

    /// One whose weights are divided by their largest singular value as the graph runs.
    fn spectral_conv(&mut self, value: &str, channels: i64) -> String {
        const SINGULAR: f32 = 3.0;
        let columns = 9 * channels;
        let weights = self.weights(&[channels, channels, 3, 3], columns, SINGULAR);
        let unit = |length: i64| -> Vec<f32> {
            (0..length).map(|i| (1 - i % 2 * 2) as f32 / (length as f32).sqrt()).collect()
        };
        let (u, v) = (unit(channels), unit(columns));
        let (numbers, _) = self.last().raw_data.as_chunks::<4>();
        let mut numbers: Vec<f32> =
            numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let sigma = |numbers: &[f32]| -> f32 {
            let rows = numbers
                .chunks(v.len())
                .map(|row| row.iter().zip(&v).map(|(a, b)| a * b).sum::<f32>());
            rows.zip(&u).map(|(product, u)| product * u).sum()
        };
        let lack = SINGULAR - sigma(&numbers);
        for (row, u) in numbers.chunks_mut(v.len()).zip(&u) {
            row.iter_mut().zip(&v).for_each(|(number, v)| *number += lack * u * v);
        }
        self.last().raw_data = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let matrix = self.writer.reals(&numbers);
        self.last().dims = vec![channels, columns];
        let (u, v) = (self.writer.reals(&u), self.writer.reals(&v));
        let seen = self.op("MatMul", &[&matrix, &v]);
        let sigma = self.op("MatMul", &[&u, &seen]);
        let weights = self.op("Div", &[&weights, &sigma]);
        self.writer.op("Conv", &[value, &weights], vec![ints("pads", &[1; 4])])
    }

    fn last(&mut self) -> &mut TensorProto {
        self.writer.constants.last_mut().expect("something was written")
    }

    fn resize(&mut self, value: &str, dims: &[i64]) -> String {
        let sizes = self.writer.ints(dims);
        let how = vec![
            text("mode", "nearest"),
            text("coordinate_transformation_mode", "asymmetric"),
            text("nearest_mode", "floor"),
        ];
        self.writer.op("Resize", &[value, "", "", &sizes], how)
    }

    fn pool(&mut self, value: &str, window: &[i64]) -> String {
        let how = vec![ints("kernel_shape", window), ints("strides", window)];
        self.writer.op("AveragePool", &[value], how)
    }

    fn sample(&mut self, value: &str, grid: &str) -> String {
        let how =
            vec![text("mode", "bilinear"), text("padding_mode", "zeros"), int("align_corners", 0)];
        self.writer.op("GridSample", &[value, grid], how)
    }

    /// x, y and z of every voxel, from -1 to 1.
    fn grid(&mut self) -> String {
        let [depth, height, width] = PLACE;
        let at = |index: i64, side: i64| 2.0 * index as f32 / (side - 1) as f32 - 1.0;
        let rows = (0..depth).flat_map(|z| (0..height).map(move |y| (z, y)));
        let voxels = rows.flat_map(|(z, y)| {
            (0..width).map(move |x| [at(x, width), at(y, height), at(z, depth)])
        });
        let grid = self.writer.reals(&voxels.flatten().collect::<Vec<_>>());
        self.last().dims = vec![1, 1, depth, height, width, 3];
        grid
    }

    fn heat(&mut self, grid: &str, points: &str) -> String {
        let (two, half, reach, last) = (
            self.writer.real(2.0),
            self.writer.real(-0.5),
            self.writer.real(0.05),
            self.writer.ints(&[-1]),
        );
        let away = self.op("Sub", &[grid, points]);
        let square = self.op("Pow", &[&away, &two]);
        let square = self.writer.op("ReduceSum", &[&square, &last], vec![int("keepdims", 0)]);
        let square = self.op("Mul", &[&square, &half]);
        let square = self.op("Div", &[&square, &reach]);
        self.op("Exp", &[&square])
    }

    /// What the warped volume is sampled by, and how visible it is.
    fn dense_motion(&mut self, volume: &str) -> (String, String) {
        let [depth, height, width] = PLACE;
        let in_place = |first: &[i64]| [first, &PLACE[..]].concat();
        let grid = self.grid();
        let driving = self.reshape("kp_driving", &[1, 21, 1, 1, 1, 3]);
        let source = self.reshape("kp_source", &[1, 21, 1, 1, 1, 3]);
        let (at_driving, at_source) = (self.heat(&grid, &driving), self.heat(&grid, &source));
        let heat = self.op("Sub", &[&at_driving, &at_source]);
        let nowhere = self.weights(&in_place(&[1, 1]), 1, 0.0);
        let heat = self.op_along("Concat", 1, &[&nowhere, &heat]);
        let heat = self.unsqueeze(&heat, 2);
        let moved = self.op("Sub", &[&grid, &driving]);
        let moved = self.op("Add", &[&moved, &source]);
        let motions = self.op_along("Concat", 1, &[&grid, &moved]);

        let feature = self.conv(volume, (32, 2), (3, 1), 2.0);
        let feature = self.op("Relu", &[&feature]);
        let feature = self.unsqueeze(&feature, 1);
        let feature = self.unsqueeze(&feature, 1);
        let times = self.writer.ints(&[1, MOTIONS, 1, 1, 1, 1, 1]);
        let feature = self.op("Tile", &[&feature, &times]);
        let feature = self.reshape(&feature, &in_place(&[MOTIONS, 2]));
        let grids = self.reshape(&motions, &[MOTIONS, depth, height, width, 3]);
        let seen = self.sample(&feature, &grids);
        let seen = self.reshape(&seen, &in_place(&[1, MOTIONS, 2]));
        let seen = self.op_along("Concat", 2, &[&heat, &seen]);
        let seen = self.reshape(&seen, &in_place(&[1, 3 * MOTIONS]));

        let down = self.conv(&seen, (3 * MOTIONS, FEATURES), (3, 3), 2.0);
        let down = self.op("Relu", &[&down]);
        let down = self.pool(&down, &[1, 2, 2]);
        let up = self.resize(&down, &in_place(&[1, FEATURES]));
        let up = self.conv(&up, (FEATURES, FEATURES), (3, 3), 2.0);
        let up = self.op("Relu", &[&up]);
        let both = self.op_along("Concat", 1, &[&up, &seen]);
        let both = self.conv(&both, (3 * MOTIONS + FEATURES, FEATURES), (3, 3), 2.0);
        let prediction = self.op("Relu", &[&both]);

        let mask = self.conv(&prediction, (FEATURES, MOTIONS), (3, 3), 3.0);
        let mask = self.op_along("Softmax", 1, &[&mask]);
        let mask = self.unsqueeze(&mask, 2);
        let mask = self.writer.op("Transpose", &[&mask], vec![ints("perm", &[0, 1, 3, 4, 5, 2])]);
        let flow = self.op("Mul", &[&motions, &mask]);
        let first = self.writer.ints(&[1]);
        let flow = self.writer.op("ReduceSum", &[&flow, &first], vec![int("keepdims", 0)]);

        let flat = self.reshape(&prediction, &[1, FEATURES * depth, height, width]);
        let visible = self.conv(&flat, (FEATURES * depth, 1), (2, 3), 2.0);
        (flow, self.op("Sigmoid", &[&visible]))
    }

    /// A norm whose scale and offset follow from the features, a convolution, and what was there before.
    fn spade_block(&mut self, x: &str, features: &str, side: i64) -> String {
        let (ones, zeros) = (
            self.writer.reals(&[1.0; FEATURES as usize]),
            self.writer.reals(&[0.0; FEATURES as usize]),
        );
        let normal = self.op("InstanceNormalization", &[x, &ones, &zeros]);
        let style = self.resize(features, &[1, FEATURES, side, side]);
        let style = self.conv(&style, (FEATURES, STYLES), (2, 3), 2.0);
        let style = self.op("Relu", &[&style]);
        let gamma = self.conv(&style, (STYLES, FEATURES), (2, 3), 0.7);
        let beta = self.conv(&style, (STYLES, FEATURES), (2, 3), 0.7);
        let one = self.writer.real(1.0);
        let gamma = self.op("Add", &[&gamma, &one]);
        let styled = self.op("Mul", &[&normal, &gamma]);
        let styled = self.op("Add", &[&styled, &beta]);
        let bent = self.op("LeakyRelu", &[&styled]);
        let change = self.spectral_conv(&bent, FEATURES);
        self.op("Add", &[x, &change])
    }

    fn write(&mut self) {
        let [depth, height, width] = PLACE;
        let volume = self.pool("feature_3d", &[4, 4, 4]);
        let (flow, visible) = self.dense_motion(&volume);
        let warped = self.sample(&volume, &flow);
        let warped = self.reshape(&warped, &[1, 32 * depth, height, width]);
        let features = self.conv(&warped, (32 * depth, FEATURES), (2, 3), 4.0);
        let features = self.op("LeakyRelu", &[&features]);
        let features = self.conv(&features, (FEATURES, FEATURES), (2, 1), 1.5);
        let features = self.op("Mul", &[&features, &visible]);
        let mut x = self.conv(&features, (FEATURES, FEATURES), (2, 3), 1.0);
        for side in [height, 2 * height, 4 * height] {
            if side > height {
                x = self.resize(&x, &[1, FEATURES, side, side]);
            }
            x = self.spade_block(&x, &features, side);
        }
        let x = self.op("LeakyRelu", &[&x]);
        let x = self.conv(&x, (FEATURES, 192), (2, 3), 1.5);
        let x =
            self.writer.op("DepthToSpace", &[&x], vec![int("blocksize", 8), text("mode", "CRD")]);
        self.writer.op_to("out", "Sigmoid", &[&x], Vec::new());
    }
}
