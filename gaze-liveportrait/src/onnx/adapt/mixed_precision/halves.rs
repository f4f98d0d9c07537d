//! Constants in 16-bit floats.

use std::borrow::Cow;

use half::f16;
use half::slice::HalfFloatSliceExt;
use onnx_protobuf::TensorProto;

use crate::onnx::element_types::{FLOAT, FLOAT16};

/// What a row of weights may lose: twice what rounding of ordinary numbers costs at worst.
const LARGEST_LOSS: f64 = 1.0 / 512.0;

/// What a constant must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Every row along the first axis by itself: what a row gives may be made large again later.
    Rows,
    /// The constant as a whole.
    Whole,
    /// No more than its size: it is added to numbers that have the same smallest step.
    Range,
}

/// Whether 16-bit floats hold `tensor`, which is of 32-bit floats.
pub(super) fn hold(tensor: &TensorProto, keep: Keep) -> bool {
    let Some(values) = floats(tensor) else { return false };
    let rows = match keep {
        Keep::Rows => tensor.dims.first().map_or(1, |&rows| usize::try_from(rows).unwrap_or(1)),
        Keep::Whole | Keep::Range => 1,
    };
    let length = (values.len() / rows.max(1)).max(1);
    let mut halves = vec![f16::ZERO; length];
    values.chunks(length).all(|row| {
        let halves = &mut halves[..row.len()];
        halves.convert_from_f32_slice(row);
        if halves.iter().any(|half| !half.is_finite()) {
            return false;
        }
        let (mut loss, mut size) = (0.0, 0.0);
        for (half, &value) in halves.iter().zip(row) {
            let value = f64::from(value);
            loss += (half.to_f64() - value).powi(2);
            size += value.powi(2);
        }
        keep == Keep::Range || loss <= size * LARGEST_LOSS.powi(2)
    })
}

/// `tensor` in 16-bit floats under another name; none where it is not of 32-bit floats.
pub(super) fn halved(tensor: &TensorProto, name: &str) -> Option<TensorProto> {
    let values = floats(tensor)?;
    let mut halves = vec![f16::ZERO; values.len()];
    halves.convert_from_f32_slice(&values);
    Some(TensorProto {
        name: name.to_owned(),
        dims: tensor.dims.clone(),
        data_type: FLOAT16,
        raw_data: halves.iter().flat_map(|half| half.to_le_bytes()).collect(),
        ..TensorProto::default()
    })
}

/// The numbers of a constant of 32-bit floats; none where it is of another type or cut short.
pub(super) fn floats(tensor: &TensorProto) -> Option<Cow<'_, [f32]>> {
    if tensor.data_type != FLOAT || tensor.data_location.value() != 0 {
        return None;
    }
    let values = if tensor.raw_data.is_empty() {
        Cow::Borrowed(&tensor.float_data[..])
    } else {
        let (numbers, rest) = tensor.raw_data.as_chunks::<4>();
        if !rest.is_empty() {
            return None;
        }
        Cow::Owned(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    };
    let count = tensor.dims.iter().try_fold(1_i64, |count, &dim| count.checked_mul(dim))?;
    (i64::try_from(values.len()) == Ok(count)).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(dims: &[i64], values: &[f32]) -> TensorProto {
        TensorProto {
            dims: dims.to_vec(),
            data_type: FLOAT,
            float_data: values.to_vec(),
            ..TensorProto::default()
        }
    }

    #[test]
    fn only_what_fits_is_held() {
        let rows = |values: &[f32]| hold(&tensor(&[2, 2], values), Keep::Rows);
        assert!(rows(&[1.0, 0.3, -0.01, 0.02]));
        assert!(rows(&[65504.0, 0.0, 0.0, 0.0]));
        assert!(!rows(&[65520.0, 0.0, 0.0, 0.0]));
        assert!(!rows(&[f32::NAN, 0.0, 0.0, 0.0]));
        // Beside large weights small ones count for nothing, in a row of their own they do.
        assert!(rows(&[1.0, 1e-7, 1.0, 1.0]));
        assert!(!rows(&[1.0, 1.0, 1e-7, 2e-7]));
        let small = tensor(&[2, 2], &[1.0, 1.0, 1e-7, 2e-7]);
        assert!(hold(&small, Keep::Whole));
        let smaller = tensor(&[2], &[1e-9, 1e-9]);
        assert!(!hold(&smaller, Keep::Whole) && hold(&smaller, Keep::Range));
        assert!(!hold(&tensor(&[1], &[1e6]), Keep::Range));
        // No axes at all, and a number too few.
        assert!(hold(&tensor(&[], &[0.5]), Keep::Rows));
        assert!(!hold(&tensor(&[3], &[0.5]), Keep::Rows));
    }

    #[test]
    fn halves_are_written() {
        let raw = TensorProto {
            raw_data: [1.0_f32, -2.5, 65504.0, 1.0 / 3.0]
                .iter()
                .flat_map(|v| v.to_le_bytes())
                .collect(),
            ..tensor(&[4], &[])
        };
        let half = halved(&raw, "h").unwrap();
        assert_eq!((half.name.as_str(), half.data_type, &half.dims[..]), ("h", FLOAT16, &[4][..]));
        assert_eq!(half.raw_data, [0x00, 0x3c, 0x00, 0xc1, 0xff, 0x7b, 0x55, 0x35]);
        assert!(halved(&TensorProto { data_type: FLOAT16, ..raw }, "h").is_none());
    }
}
