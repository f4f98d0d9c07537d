//! One network: loaded once, its shapes checked against what the code expects.

use crate::network::{Memory, Program};
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

/// A loaded network.
pub(super) struct Network<const OUTPUTS: usize> {
    program: Program,
    signature: Signature<OUTPUTS>,
    /// Places of the signature's outputs among the program's.
    outputs: [usize; OUTPUTS],
}

impl<const OUTPUTS: usize> Network<OUTPUTS> {
    /// Loads `onnx`, of which nothing is kept; runs in `memory`.
    pub(super) fn from_onnx(
        onnx: &[u8],
        signature: Signature<OUTPUTS>,
        memory: Memory,
    ) -> Result<Self> {
        let broken = |what: String| {
            let Signature { name, file, .. } = signature;
            Error::new(
                ErrorKind::Engine,
                format!("the {name} model {what}: use {file} as this version of gaze has it"),
            )
        };
        let program = Program::from_onnx(onnx, memory)
            .map_err(|e| broken("cannot be loaded".into()).with_source(e))?;
        let input = program.input_shape();
        if input != signature.input {
            return Err(broken(format!("takes {input:?}, not {:?}", signature.input)));
        }
        let mut outputs = [0; OUTPUTS];
        for (output, (name, shape)) in outputs.iter_mut().zip(signature.outputs) {
            let found = program.output(name);
            let (place, actual) = found.ok_or_else(|| broken(format!("has no output {name}")))?;
            if actual != shape {
                return Err(broken(format!("gives {name} as {actual:?}, not {shape:?}")));
            }
            *output = place;
        }
        Ok(Self { program, signature, outputs })
    }

    /// Width and height of the input in pixels.
    pub(super) fn input_size(&self) -> [usize; 2] {
        [self.signature.input[2], self.signature.input[1]]
    }

    /// Runs on `height * width * 3` values; the outputs come flat, in the signature's order.
    pub(super) fn run(&self, input: Vec<f32>) -> Result<[Vec<f32>; OUTPUTS]> {
        let name = self.signature.name;
        let mut outputs = self.program.run(input).map_err(|e| {
            Error::new(ErrorKind::Engine, format!("the {name} model failed")).with_source(e)
        })?;
        Ok(self.outputs.map(|place| std::mem::take(&mut outputs[place])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::detector;

    #[test]
    fn a_model_with_other_shapes_is_refused() {
        let right = detector::SIGNATURE;
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
        let onnx = std::fs::read(folder.join(right.file)).unwrap();
        let load = |signature| Network::from_onnx(&onnx, signature, Memory::default());
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
        assert!(Network::from_onnx(b"not a model", right, Memory::default()).is_err());
    }
}
