//! An ONNX file: its nodes, and its constants as numbers.

use std::collections::HashMap;
use std::fmt;

use rten_onnx::onnx::{DataType, ModelProto, NodeProto, TensorProto, ValueInfoProto};

use super::tensor::MOST_NUMBERS;

/// Why a file is no network that can be run.
#[derive(Debug)]
pub(crate) struct ModelError(String);

impl ModelError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ModelError {}

/// A constant of the network.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Floats { shape: Vec<usize>, values: Vec<f32> },
    Integers(Vec<i64>),
}

/// Name and shape of what goes in or comes out.
pub(super) type Port = (String, Vec<usize>);

/// What a file says.
pub(super) struct Graph {
    /// Each after those whose results it takes.
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: HashMap<String, Constant>,
    pub(super) input: Port,
    pub(super) outputs: Vec<Port>,
}

impl Graph {
    pub(super) fn from_onnx(onnx: &[u8]) -> Result<Self, ModelError> {
        let model = ModelProto::parse_buf(onnx)
            .map_err(|e| ModelError::new(format!("the file cannot be read: {e}")))?;
        let graph = model.graph.ok_or_else(|| ModelError::new("the file has no graph"))?;
        let mut constants = HashMap::new();
        for tensor in &graph.initializer {
            let name = tensor.name.clone().unwrap_or_default();
            constants.insert(name, constant(tensor)?);
        }
        let is_input = |port: &&ValueInfoProto| {
            port.name.as_ref().is_some_and(|name| !constants.contains_key(name))
        };
        let input = graph.input.iter().find(is_input);
        let input = port(input.ok_or_else(|| ModelError::new("the graph has no input"))?)?;
        let outputs = graph.output.iter().map(port).collect::<Result<_, _>>()?;
        Ok(Self { nodes: graph.node, constants, input, outputs })
    }
}

fn port(info: &ValueInfoProto) -> Result<Port, ModelError> {
    let name = info.name.clone().unwrap_or_default();
    let shape = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()?.shape.as_ref());
    let dimensions = shape.map_or(&[][..], |shape| &shape.dim);
    let known = dimensions.iter().map(|d| usize::try_from(d.dim_value?).ok());
    let shape = known.collect::<Option<Vec<_>>>();
    let shape = shape.ok_or_else(|| ModelError::new(format!("{name} has no fixed shape")))?;
    Ok((name, shape))
}

fn constant(tensor: &TensorProto) -> Result<Constant, ModelError> {
    let name = || tensor.name.clone().unwrap_or_default();
    let shape: Option<Vec<usize>> = tensor.dims.iter().map(|d| usize::try_from(*d).ok()).collect();
    let count = |shape: &Vec<usize>| {
        let count = shape.iter().try_fold(1usize, |count, d| count.checked_mul(*d))?;
        (count <= MOST_NUMBERS).then_some(count)
    };
    let sized = shape.and_then(|shape| Some((count(&shape)?, shape)));
    let (count, shape) =
        sized.ok_or_else(|| ModelError::new(format!("{} has no usable shape", name())))?;
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow());
    let raw = raw.as_ref().map(|raw| raw.as_slice());
    let constant = match (tensor.data_type, raw) {
        (Some(DataType::FLOAT16), Some(raw)) => {
            let values = raw.as_chunks::<2>().0.iter().map(|b| half(u16::from_le_bytes(*b)));
            Constant::Floats { shape, values: values.collect() }
        }
        (Some(DataType::FLOAT), Some(raw)) => {
            let values = raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
            Constant::Floats { shape, values: values.collect() }
        }
        (Some(DataType::FLOAT), None) => {
            Constant::Floats { shape, values: tensor.float_data.clone() }
        }
        (Some(DataType::INT64), Some(raw)) => {
            let values = raw.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b));
            Constant::Integers(values.collect())
        }
        (Some(DataType::INT64), None) => Constant::Integers(tensor.int64_data.clone()),
        _ => return Err(ModelError::new(format!("{} holds another kind of numbers", name()))),
    };
    let found = match &constant {
        Constant::Floats { values, .. } => values.len(),
        Constant::Integers(values) => values.len(),
    };
    if found != count {
        let message = format!("{} has {found} numbers instead of {count}", name());
        return Err(ModelError::new(message));
    }
    Ok(constant)
}

/// A number in half precision. Without branches, so that many are turned at once.
#[inline]
fn half(bits: u16) -> f32 {
    /// What makes up for the larger exponent of single precision.
    const EXPONENT: f32 = f32::from_bits((127 + 127 - 15) << 23);
    let magnitude = f32::from_bits((u32::from(bits) & 0x7fff) << 13) * EXPONENT;
    f32::from_bits(magnitude.to_bits() | (u32::from(bits) & 0x8000) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_exact() {
        // Every finite one, by its definition.
        for bits in (0..=u16::MAX).filter(|bits| bits >> 10 & 31 != 31) {
            let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
            let magnitude = match exponent {
                0 => mantissa * 2f64.powi(-24),
                _ => (1.0 + mantissa / 1024.0) * 2f64.powi(exponent - 15),
            };
            let expected = if bits >> 15 == 1 { -magnitude } else { magnitude };
            assert_eq!(f64::from(half(bits)), expected, "{bits:#06x}");
        }
    }

    #[test]
    fn constants_of_the_wrong_length_are_refused() {
        let tensor = |shape: &[i64], bytes: usize| TensorProto {
            dims: shape.to_vec(),
            data_type: Some(DataType::FLOAT16),
            raw_data: Some(std::cell::RefCell::new(vec![0; bytes])),
            ..TensorProto::default()
        };
        assert!(constant(&tensor(&[2, 3], 12)).is_ok());
        for (shape, bytes) in
            [(&[2, 3][..], 10), (&[2, 3], 14), (&[-2, 3], 12), (&[i64::MAX, i64::MAX], 0)]
        {
            assert!(constant(&tensor(shape, bytes)).is_err(), "{shape:?}");
        }
        assert!(constant(&TensorProto { dims: vec![1], ..TensorProto::default() }).is_err());
    }
}
