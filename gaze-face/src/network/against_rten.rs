//! The same networks run by rten, a general runtime: results must agree.

use rten_onnx::onnx::{
    AttributeProto, DataType, Dimension, GraphProto, ModelProto, NodeProto, TensorProto,
    TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

use super::{Memory, Program};

/// Numbers from -1 to 1 without a pattern.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state) / f64::from(u32::MAX)
    };
    (0..count).map(|_| (next() * 2.0 - 1.0) as f32).collect()
}

/// Runs a file both ways and compares all outputs; `what` for messages.
fn compare(onnx: &[u8], what: &str) {
    let program = Program::from_onnx(onnx, Memory::default()).expect(what);
    let model = rten::Model::load(onnx.to_vec()).expect(what);
    for seed in 0..2 {
        let shape = program.input_shape().to_vec();
        let input = noise(shape.iter().product(), seed);
        let found = program.run(input.clone()).expect(what);
        let value = rten::Value::from_shape(&shape[..], input).expect("as many numbers");
        let inputs = vec![(model.input_ids()[0], rten::ValueOrView::from(value))];
        let expected = model.run(inputs, model.output_ids(), None).expect(what);
        assert_eq!(found.len(), expected.len(), "{what}");
        for (found, expected) in found.iter().zip(expected) {
            let expected = expected.into_tensor::<f32>().expect("numbers").into_data();
            assert_eq!(found.len(), expected.len(), "{what}");
            let scale = expected.iter().fold(1.0, |most: f32, value| most.max(value.abs()));
            for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let off = (found - expected).abs();
                assert!(off < 2e-5 * scale, "{what}, {i}: {found} instead of {expected}");
            }
        }
    }
}

#[test]
fn face_models_agree() {
    for name in
        ["face_detection_short_range", "face_landmark", "iris_landmark", "selfie_segmentation"]
    {
        let path = format!("{}/models/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
        compare(&std::fs::read(path).expect("the model is there"), name);
    }
}

/// A network of a few nodes, between the two transpositions that the face models have.
struct Sketch {
    graph: GraphProto,
    /// What the last node gave.
    last: String,
    seed: u32,
}

impl Sketch {
    fn new([height, width, channels]: [usize; 3]) -> Self {
        let mut sketch = Self { graph: GraphProto::default(), last: "input".into(), seed: 7 };
        sketch.graph.input = vec![port("input", &[1, height, width, channels])];
        sketch.node("Transpose", &[], &[("perm", &[0, 3, 1, 2])])
    }

    fn constant(&mut self, shape: &[usize]) -> String {
        self.seed += 1;
        let name = format!("c{}", self.seed);
        let values = noise(shape.iter().product(), self.seed);
        self.graph.initializer.push(TensorProto {
            dims: shape.iter().map(|d| *d as i64).collect(),
            data_type: Some(DataType::FLOAT),
            float_data: values,
            name: Some(name.clone()),
            ..TensorProto::default()
        });
        name
    }

    fn integers(&mut self, values: &[i64]) -> String {
        self.seed += 1;
        let name = format!("i{}", self.seed);
        self.graph.initializer.push(TensorProto {
            dims: vec![values.len() as i64],
            data_type: Some(DataType::INT64),
            int64_data: values.to_vec(),
            name: Some(name.clone()),
            ..TensorProto::default()
        });
        name
    }

    /// A node that reads the last one's result and `more`.
    fn node(self, kind: &str, more: &[String], attributes: &[(&str, &[i64])]) -> Self {
        let inputs = [std::slice::from_ref(&self.last), more].concat();
        self.node_of(kind, inputs, attributes)
    }

    fn node_of(mut self, kind: &str, input: Vec<String>, attributes: &[(&str, &[i64])]) -> Self {
        let name = format!("n{}", self.graph.node.len());
        let attribute = attributes.iter().map(|(name, values)| match name {
            &("group" | "axis") => AttributeProto {
                name: Some((*name).to_owned()),
                i: Some(values[0]),
                r#type: Some(rten_onnx::onnx::AttributeType::INT),
                ..AttributeProto::default()
            },
            _ => AttributeProto {
                name: Some((*name).to_owned()),
                ints: values.to_vec(),
                r#type: Some(rten_onnx::onnx::AttributeType::INTS),
                ..AttributeProto::default()
            },
        });
        self.graph.node.push(NodeProto {
            name: Some(name.clone()),
            op_type: Some(kind.to_owned()),
            input,
            output: vec![name.clone()],
            attribute: attribute.collect(),
            ..NodeProto::default()
        });
        self.last = name;
        self
    }

    fn text(mut self, attributes: &[(&str, &str)]) -> Self {
        let node = self.graph.node.last_mut().expect("there is one");
        node.attribute.extend(attributes.iter().map(|(name, text)| AttributeProto {
            name: Some((*name).to_owned()),
            s: Some((*text).to_owned()),
            r#type: Some(rten_onnx::onnx::AttributeType::STRING),
            ..AttributeProto::default()
        }));
        self
    }

    fn floats(mut self, attributes: &[(&str, f32)]) -> Self {
        let node = self.graph.node.last_mut().expect("there is one");
        node.attribute.extend(attributes.iter().map(|(name, value)| AttributeProto {
            name: Some((*name).to_owned()),
            f: Some(*value),
            r#type: Some(rten_onnx::onnx::AttributeType::FLOAT),
            ..AttributeProto::default()
        }));
        self
    }

    /// `to` channels from `from`, each group apart from the others.
    fn conv(
        mut self,
        [from, to]: [usize; 2],
        [high, wide]: [usize; 2],
        step: i64,
        pads: [i64; 4],
        group: usize,
    ) -> Self {
        let weights = self.constant(&[to, from / group, high, wide]);
        let bias = self.constant(&[to]);
        let attributes: [(&str, &[i64]); 4] = [
            ("kernel_shape", &[high as i64, wide as i64]),
            ("strides", &[step, step]),
            ("pads", &pads),
            ("group", &[group as i64]),
        ];
        self.node("Conv", &[weights, bias], &attributes)
    }

    fn file(self, shape: [usize; 3]) -> Vec<u8> {
        let [height, width, channels] = shape;
        let mut sketch = self.node("Transpose", &[], &[("perm", &[0, 2, 3, 1])]);
        sketch.graph.output = vec![port(&sketch.last, &[1, height, width, channels])];
        let model = ModelProto {
            ir_version: Some(8),
            graph: Some(sketch.graph),
            opset_import: vec![rten_onnx::onnx::OperatorSetIdProto {
                version: Some(14),
                ..Default::default()
            }],
            ..ModelProto::default()
        };
        model.write_buf().expect("memory is enough")
    }
}

fn port(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dim = |d: &usize| Dimension { dim_value: Some(*d as i64), ..Dimension::default() };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(TypeProtoTensor {
                elem_type: Some(DataType::FLOAT),
                shape: Some(TensorShapeProto { dim: shape.iter().map(dim).collect() }),
            }),
            ..TypeProto::default()
        }),
    }
}

#[test]
fn convolutions_agree_at_any_size() {
    for (channels, filters) in [(3, 24), (1, 1), (5, 42), (16, 7), (33, 96)] {
        for ([high, wide], step, pads, kernel) in [
            ([1, 1], 1, [0; 4], [1, 1]),
            ([13, 9], 1, [0; 4], [1, 1]),
            ([12, 11], 2, [0, 0, 1, 1], [3, 3]),
            ([9, 14], 1, [1, 1, 1, 1], [3, 3]),
            ([8, 6], 2, [0; 4], [2, 2]),
            ([11, 17], 2, [1, 1, 2, 2], [5, 5]),
            ([3, 3], 3, [0; 4], [3, 3]),
            ([4, 2], 1, [2, 1, 0, 1], [3, 2]),
        ] {
            let places = |side: usize, axis: usize| {
                (side + (pads[axis] + pads[axis + 2]) as usize - kernel[axis]) / step as usize + 1
            };
            let result = [places(high, 0), places(wide, 1), filters];
            let sketch = Sketch::new([high, wide, channels]);
            let onnx = sketch.conv([channels, filters], kernel, step, pads, 1).file(result);
            compare(&onnx, &format!("{channels} to {filters}, {high} x {wide}, {kernel:?}"));
        }
    }
}

#[test]
fn depthwise_convolutions_agree_at_any_size() {
    for channels in [1, 16, 28, 42] {
        for [high, wide] in [[1, 1], [2, 3], [9, 12], [16, 5]] {
            for (kernel, step, pads) in [
                (3, 1, [1, 1, 1, 1]),
                (3, 2, [0, 0, 1, 1]),
                (5, 1, [2, 2, 2, 2]),
                (5, 2, [1, 1, 2, 2]),
                (3, 2, [3, 3, 3, 3]),
            ] {
                let places = |side: usize| {
                    let all = side + (pads[0] + pads[2]) as usize;
                    all.checked_sub(kernel).map(|room| room / step as usize + 1)
                };
                let Some((rows, columns)) = places(high).zip(places(wide)) else { continue };
                // rten takes a single channel for a dense convolution, which gives the same.
                let onnx = Sketch::new([high, wide, 2])
                    .conv([2, channels], [1, 1], 1, [0; 4], 1)
                    .conv([channels; 2], [kernel; 2], step, pads, channels)
                    .file([rows, columns, channels]);
                compare(&onnx, &format!("{channels}, {high} x {wide}, {kernel} by {step}"));
            }
        }
    }
}

#[test]
fn what_follows_a_convolution_agrees() {
    let start = |filters: usize| Sketch::new([7, 6, 3]).conv([3, filters], [3, 3], 1, [1; 4], 1);
    for filters in [5, 16, 24] {
        let shape = [7, 6, filters];
        compare(&start(filters).node("Relu", &[], &[]).file(shape), "relu");
        compare(&start(filters).node("Sigmoid", &[], &[]).file(shape), "sigmoid");
        let mut prelu = start(filters);
        let slopes = prelu.constant(&[filters, 1, 1]);
        compare(&prelu.node("PRelu", &[slopes], &[]).file(shape), "prelu");

        let swish = start(filters);
        let gated = swish.last.clone();
        let swish = swish.node("HardSigmoid", &[], &[]);
        let swish = swish.floats(&[("alpha", 1.0 / 6.0), ("beta", 0.5)]);
        let onnx = swish.node("Mul", &[gated], &[]).file(shape);
        compare(&onnx, "hard swish");

        // What was convolved is added to what it was made of, before and after it was activated.
        for kinds in [&["Add", "Relu"][..], &["Relu", "Add"], &["Add", "Sigmoid", "Relu"]] {
            let before = start(filters);
            let first = before.last.clone();
            let mut sketch = before.conv([filters; 2], [3, 3], 1, [1; 4], filters);
            for kind in kinds {
                let more = if *kind == "Add" { vec![first.clone()] } else { Vec::new() };
                sketch = sketch.node(kind, &more, &[]);
            }
            compare(&sketch.file(shape), &format!("{kinds:?}"));
        }

        // A result that is read twice is kept as it is.
        let both = start(filters);
        let whole = both.last.clone();
        let onnx = both.node("Relu", &[], &[]).node("Add", &[whole], &[]).file(shape);
        compare(&onnx, "read twice");
    }
}

#[test]
fn narrower_pictures_are_added_to_wider_ones() {
    for [few, many] in [[16, 32], [24, 28], [5, 6], [16, 19]] {
        let mut sketch = Sketch::new([4, 6, 3]).conv([3, few], [1, 1], 1, [0; 4], 1);
        let narrow = sketch.last.clone();
        let pads = sketch.integers(&[0, 0, 0, 0, 0, (many - few) as i64, 0, 0]);
        let sketch = sketch.conv([few, many], [1, 1], 1, [0; 4], 1);
        let wide = sketch.last.clone();
        let sketch = sketch.node_of("Pad", vec![narrow, pads], &[]).text(&[("mode", "constant")]);
        let onnx = sketch.node("Add", &[wide], &[]).node("Relu", &[], &[]).file([4, 6, many]);
        compare(&onnx, &format!("{few} added to {many}"));
    }
}

#[test]
fn gates_pools_and_sizes_agree() {
    for channels in [7, 16, 24] {
        let start = || Sketch::new([6, 8, 3]).conv([3, channels], [1, 1], 1, [0; 4], 1);
        let pool: [(&str, &[i64]); 2] = [("kernel_shape", &[2, 2]), ("strides", &[2, 2])];
        let onnx = start().node("MaxPool", &[], &pool).file([3, 4, channels]);
        compare(&onnx, "pool");

        let mut sketch = start();
        let scales = sketch.constant(&[4]);
        let scale = sketch.graph.initializer.last_mut().expect("just made");
        scale.float_data = vec![1.0, 1.0, 2.0, 2.0];
        let sketch = sketch.node("Resize", &[String::new(), scales], &[]);
        let sketch =
            sketch.text(&[("mode", "linear"), ("coordinate_transformation_mode", "half_pixel")]);
        compare(&sketch.file([12, 16, channels]), "resize by a scale");

        let mut sketch = start();
        let sizes = sketch.integers(&[1, channels as i64, 9, 4]);
        let sketch = sketch.node("Resize", &[String::new(), String::new(), sizes], &[]);
        let sketch =
            sketch.text(&[("mode", "linear"), ("coordinate_transformation_mode", "half_pixel")]);
        compare(&sketch.file([9, 4, channels]), "resize to a size");

        let sketch = start();
        let gated = sketch.last.clone();
        let sketch = sketch
            .node("GlobalAveragePool", &[], &[])
            .conv([channels, 4], [1, 1], 1, [0; 4], 1)
            .node("Relu", &[], &[])
            .conv([4, channels], [1, 1], 1, [0; 4], 1)
            .node("Sigmoid", &[], &[]);
        let gate = sketch.last.clone();
        let onnx = sketch.node_of("Mul", vec![gated, gate], &[]).file([6, 8, channels]);
        compare(&onnx, "gate");

        for filters in [1, 3] {
            let mut sketch = start();
            let weights = sketch.constant(&[channels, filters, 2, 3]);
            let bias = sketch.constant(&[filters]);
            let blocks: [(&str, &[i64]); 2] = [("kernel_shape", &[2, 3]), ("strides", &[2, 3])];
            let onnx = sketch.node("ConvTranspose", &[weights, bias], &blocks);
            compare(&onnx.file([12, 24, filters]), "transposed convolution");
        }
    }
}

#[test]
fn what_the_face_models_do_not_have_is_refused() {
    let start = || Sketch::new([6, 6, 3]).conv([3, 8], [1, 1], 1, [0; 4], 1);
    let refused = |onnx: &[u8], expected: &str| {
        let error = Program::from_onnx(onnx, Memory::default()).err().expect(expected);
        assert!(error.to_string().contains(expected), "{error}");
    };
    refused(&start().node("Softmax", &[], &[]).file([6, 6, 8]), "no such operator");
    refused(&start().conv([8, 8], [3, 3], 1, [0; 4], 2).file([4, 4, 8]), "neither dense nor depth");
    refused(&start().conv([8, 8], [2, 2], 1, [0; 4], 8).file([5, 5, 8]), "neither 3 nor 5");
    refused(&start().conv([8, 8], [9, 9], 1, [0; 4], 1).file([1, 1, 8]), "does not fit");
    refused(&start().conv([5, 8], [1, 1], 1, [0; 4], 1).file([6, 6, 8]), "other channels");
    refused(&start().conv([8, 8], [3, 3], 0, [0; 4], 1).file([4, 4, 8]), "stands still");
    refused(&start().conv([8, 8], [3, 3], 1, [9; 4], 1).file([4, 4, 8]), "wider than its window");
    refused(&start().file([6, 6, 9]), "not [1, 6, 6, 9]");
    refused(&Sketch::new([3000, 3000, 3]).file([3000, 3000, 3]), "no picture");
    let wide = Sketch::new([400, 400, 3]).conv([3, 64], [1, 1], 1, [0; 4], 1);
    refused(&wide.file([400, 400, 64]), "too large");
    refused(b"no model", "cannot be read");
}

#[test]
fn damaged_files_are_refused_or_run() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/face_detection_short_range.onnx");
    let onnx = std::fs::read(path).expect("the model is there");
    let mut refused = 0;
    for seed in 0..400u32 {
        let mut damaged = onnx.clone();
        if seed % 4 == 0 {
            damaged.truncate(onnx.len() * seed as usize / 400);
        } else {
            for value in noise(3 * (seed as usize % 5 + 1), seed).chunks_exact(3) {
                let at = ((value[0] + 1.0) / 2.0 * (damaged.len() - 1) as f32) as usize;
                damaged[at] = (value[1] * 127.0) as i8 as u8;
                // Names and shapes lie at the end, behind the weights.
                let behind = damaged.len() - 1 - ((value[2] + 1.0) * 6000.0) as usize;
                damaged[behind] = damaged[behind].wrapping_add(1 + seed as u8 % 7);
            }
        }
        match Program::from_onnx(&damaged, Memory::default()) {
            Err(_) => refused += 1,
            Ok(program) => {
                let input = vec![0.5; program.input_shape().iter().product()];
                assert!(program.run(input).is_ok());
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn an_input_of_another_size_is_refused_and_memory_comes_back() {
    let onnx = Sketch::new([6, 6, 3]).conv([3, 8], [3, 3], 1, [1; 4], 1).file([6, 6, 8]);
    let memory = Memory::default();
    let program = Program::from_onnx(&onnx, memory.clone()).expect("it is whole");
    assert!(program.run(vec![0.0; 107]).is_err());
    let input = noise(108, 1);
    let first = program.run(input.clone()).expect("it is whole");
    // What the last run left does not show in the next.
    let other = program.run(noise(108, 2)).expect("it is whole");
    assert_ne!(first, other);
    for _ in 0..3 {
        assert_eq!(program.run(input.clone()).expect("it is whole"), first);
    }
    let kept = memory.kept();
    assert!(kept > 0);
    program.run(input).expect("it is whole");
    assert_eq!(memory.kept(), kept, "runs take what others left");
    memory.release();
    assert_eq!(memory.kept(), 0);
}
