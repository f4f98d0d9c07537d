//! One network: loaded once, its shapes checked against what the code expects.

use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, OpRegistry, RunOptions, ThreadPool, Value, ValueOrView};

use gaze_rig::{Error, ErrorKind, Result};

/// Name and shape of one output.
pub(super) type Output = (&'static str, &'static [usize]);

/// What a model takes and gives; a file that differs is refused when it is loaded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature<const OUTPUTS: usize> {
    /// For error messages.
    pub(super) name: &'static str,
    /// The file that has it, for error messages.
    pub(super) file: &'static str,
    /// 1, height, width, 3: RGB.
    pub(super) input: [usize; 4],
    pub(super) outputs: [Output; OUTPUTS],
}

/// The operators that the four models use. The linker leaves out all others, more than a hundred.
fn operators() -> OpRegistry {
    rten::op_registry!(
        Add,
        Cast,
        Concat,
        Conv,
        ConvTranspose,
        GlobalAveragePool,
        HardSigmoid,
        Identity,
        MaxPool,
        Mul,
        Pad,
        PRelu,
        Relu,
        Reshape,
        Resize,
        Sigmoid,
        Transpose
    )
}

/// A loaded network.
pub(super) struct Network<const OUTPUTS: usize> {
    model: Model,
    signature: Signature<OUTPUTS>,
    input: NodeId,
    outputs: [NodeId; OUTPUTS],
    threads: Arc<ThreadPool>,
}

impl<const OUTPUTS: usize> Network<OUTPUTS> {
    /// Loads `onnx`, of which nothing is kept; it runs on `threads`.
    pub(super) fn from_onnx(
        onnx: &[u8],
        signature: Signature<OUTPUTS>,
        threads: Arc<ThreadPool>,
    ) -> Result<Self> {
        let broken = |what: String| {
            let Signature { name, file, .. } = signature;
            Error::new(
                ErrorKind::Engine,
                format!("the {name} model {what}: use {file} as this version of gaze has it"),
            )
        };
        let model = ModelOptions::with_ops(operators())
            .prepack_weights(true)
            .load(onnx.to_vec())
            .map_err(|e| broken("cannot be loaded".into()).with_source(e))?;
        let shape_of = |id: NodeId| -> Option<Vec<usize>> {
            let shape = model.node_info(id)?.shape()?;
            shape
                .iter()
                .map(|d| match d {
                    rten::Dimension::Fixed(n) => Some(*n),
                    rten::Dimension::Symbolic(_) => None,
                })
                .collect()
        };
        let input = *model.input_ids().first().ok_or_else(|| broken("has no input".into()))?;
        if shape_of(input).as_deref() != Some(&signature.input) {
            return Err(broken(format!("takes {:?}, not {:?}", shape_of(input), signature.input)));
        }
        let mut outputs = [input; OUTPUTS];
        for (output, (name, shape)) in outputs.iter_mut().zip(signature.outputs) {
            *output = model
                .node_id(name)
                .map_err(|e| broken(format!("has no output {name}")).with_source(e))?;
            let actual = shape_of(*output);
            if actual.as_deref() != Some(shape) {
                return Err(broken(format!("gives {name} as {actual:?}, not {shape:?}")));
            }
        }
        Ok(Self { model, signature, input, outputs, threads })
    }

    /// Width and height of the input in pixels.
    pub(super) fn input_size(&self) -> [usize; 2] {
        [self.signature.input[2], self.signature.input[1]]
    }

    /// Runs on `height * width * 3` values; the outputs come flat, in the signature's order.
    pub(super) fn run(&self, input: Vec<f32>) -> Result<[Vec<f32>; OUTPUTS]> {
        let failed =
            || Error::new(ErrorKind::Engine, format!("the {} model failed", self.signature.name));
        let input =
            Value::from_shape(self.signature.input, input).map_err(|e| failed().with_source(e))?;
        let options = RunOptions::default().with_thread_pool(Some(self.threads.clone()));
        let outputs = self
            .model
            .run_n(vec![(self.input, ValueOrView::from(input))], self.outputs, Some(options))
            .map_err(|e| failed().with_source(e))?;
        let mut flat = [const { Vec::new() }; OUTPUTS];
        for (flat, output) in flat.iter_mut().zip(outputs) {
            *flat = output.into_tensor::<f32>().ok_or_else(failed)?.into_data();
        }
        Ok(flat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::detector;

    #[test]
    fn a_model_with_other_shapes_is_refused() {
        let threads = Arc::new(ThreadPool::with_num_threads(1));
        let right = detector::SIGNATURE;
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
        let onnx = std::fs::read(folder.join(right.file)).unwrap();
        let load = |signature| Network::from_onnx(&onnx, signature, threads.clone());
        assert!(load(right).is_ok());

        let input = Signature { input: [1, 192, 192, 3], ..right };
        let mut output = right;
        output.outputs[0].1 = &[1, 896, 18];
        let mut name = right;
        name.outputs[1].0 = "scores";
        for (wrong, expected) in
            [(input, "[1, 128, 128, 3]"), (output, "[1, 896, 16]"), (name, "no output scores")]
        {
            let error = load(wrong).err().expect("the signature differs");
            assert_eq!(error.kind(), ErrorKind::Engine);
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert!(Network::from_onnx(b"not a model", right, threads.clone()).is_err());
    }
}
