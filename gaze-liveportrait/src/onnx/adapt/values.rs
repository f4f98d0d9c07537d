//! Numbers that follow from constants and known shapes: what exports compute of sizes while they run.

use onnx_protobuf::NodeProto;

use super::graph::{attribute, input, int_attribute, small_ints};
use super::tensors::{MAX_INTS, Tensors};
use crate::onnx::element_types::{FLOAT, INT64};

/// Integers that a node gives; none where they aren't known before it runs. Booleans are 0 and 1.
pub(super) fn ints_of(tensors: &Tensors, node: &NodeProto) -> Option<Vec<i64>> {
    let ints = |index| tensors.ints(input(node, index)?);
    let first = || ints(0);
    match node.op_type.as_str() {
        "Identity" | "Unsqueeze" | "Squeeze" => first().map(<[i64]>::to_vec),
        "Cast" if int_attribute(node, "to", 0) == i64::from(INT64) => match first() {
            Some(numbers) => Some(numbers.to_vec()),
            // Sizes that were multiplied by a factor.
            None => tensors.reals(input(node, 0)?)?.iter().map(|&real| whole(real)).collect(),
        },
        "Shape" => {
            let dims: Vec<i64> =
                tensors.dims(input(node, 0)?)?.iter().copied().collect::<Option<_>>()?;
            let start = place(int_attribute(node, "start", 0), dims.len());
            let end = attribute(node, "end").map_or(dims.len(), |end| place(end.i, dims.len()));
            dims.get(start..end.min(dims.len())).map(<[i64]>::to_vec)
        }
        "Concat" => joined(node.input.iter().map(|name| tensors.ints(name))),
        "Gather" => {
            let (from, which) = (first()?, ints(1)?);
            let at = |&i: &i64| from.get(place(i, from.len())).copied();
            which.iter().map(at).collect()
        }
        "Slice" => {
            let number = |index| ints(index)?.first().copied();
            let from = first()?;
            let is_plain = input(node, 4).is_none() || number(4) == Some(1);
            let (start, end) = (place(number(1)?, from.len()), place(number(2)?, from.len()));
            from.get(start..end.min(from.len())).map(<[i64]>::to_vec).filter(|_| is_plain)
        }
        "ConstantOfShape" => {
            let value = attribute(node, "value").and_then(|value| small_ints(value.t.as_ref()?));
            let [count] = first()? else { return None };
            let count = usize::try_from(*count).ok().filter(|&count| count <= MAX_INTS)?;
            Some(vec![*value?.first()?; count])
        }
        "Add" => pairs(first()?, ints(1)?, i64::checked_add),
        "Sub" => pairs(first()?, ints(1)?, i64::checked_sub),
        "Mul" => pairs(first()?, ints(1)?, i64::checked_mul),
        "Div" => pairs(first()?, ints(1)?, i64::checked_div),
        "Equal" => pairs(first()?, ints(1)?, |a, b| Some(i64::from(a == b))),
        "Where" => {
            let then = pairs(first()?, ints(1)?, |is, value| Some(is * value))?;
            let other = pairs(first()?, ints(2)?, |is, value| Some((1 - is) * value))?;
            pairs(&then, &other, i64::checked_add)
        }
        _ => None,
    }
}

/// What a node makes of numbers that are known, where they are floats; none where one is not.
pub(super) fn reals_of(tensors: &Tensors, node: &NodeProto) -> Option<Vec<f32>> {
    let reals = |index| tensors.reals(input(node, index)?);
    match node.op_type.as_str() {
        "Identity" => Some(reals(0)?.to_vec()),
        "Cast" => match reals(0) {
            Some(numbers) => Some(numbers.to_vec()),
            None if int_attribute(node, "to", 0) == i64::from(FLOAT) => {
                Some(tensors.ints(input(node, 0)?)?.iter().map(|&int| int as f32).collect())
            }
            None => None,
        },
        "Floor" => Some(reals(0)?.iter().map(|real| real.floor()).collect()),
        "Ceil" => Some(reals(0)?.iter().map(|real| real.ceil()).collect()),
        "Mul" => pairs(reals(0)?, reals(1)?, |a, b| Some(a * b)),
        "Div" => pairs(reals(0)?, reals(1)?, |a, b| Some(a / b)),
        "Concat" => joined(node.input.iter().map(|name| tensors.reals(name))),
        _ => None,
    }
}

/// Lists one after the other; none where one isn't known or together they are too long.
fn joined<'a, T: Copy + 'a>(mut lists: impl Iterator<Item = Option<&'a [T]>>) -> Option<Vec<T>> {
    lists.try_fold(Vec::new(), |all, list| {
        Some([&all[..], list?].concat()).filter(|all| all.len() <= MAX_INTS)
    })
}

/// Two lists number by number; a single number goes with all of the other list.
fn pairs<T: Copy>(a: &[T], b: &[T], combine: impl Fn(T, T) -> Option<T>) -> Option<Vec<T>> {
    let at = |list: &[T], index: usize| match list {
        [only] => Some(*only),
        list => list.get(index).copied(),
    };
    if a.is_empty() || b.is_empty() {
        return None;
    }
    (0..a.len().max(b.len())).map(|index| combine(at(a, index)?, at(b, index)?)).collect()
}

/// A size as a cast to an integer gives it.
fn whole(real: f32) -> Option<i64> {
    // Exact, and no size is larger.
    (real.abs() < (1 << 24) as f32).then_some(real as i64)
}

/// Index from the end where it is negative.
fn place(index: i64, count: usize) -> usize {
    let from_end = if index < 0 { index.saturating_add(count as i64).max(0) } else { index };
    usize::try_from(from_end).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use onnx_protobuf::{GraphProto, TensorProto};

    use super::super::graph::{int, int_tensor};
    use super::super::inference::infer_tensors;
    use super::*;

    fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
        NodeProto {
            op_type: kind.to_owned(),
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            ..NodeProto::default()
        }
    }

    fn cast(input: &str, to: i32, output: &str) -> NodeProto {
        NodeProto { attribute: vec![int("to", to.into())], ..node("Cast", &[input], output) }
    }

    #[test]
    fn sizes_are_worked_out_as_exports_do() {
        let half = TensorProto {
            name: "half".to_owned(),
            dims: vec![1],
            data_type: FLOAT,
            raw_data: 0.5_f32.to_le_bytes().to_vec(),
            ..TensorProto::default()
        };
        let weights = TensorProto {
            name: "volume".to_owned(),
            dims: vec![1, 32, 15],
            ..TensorProto::default()
        };
        let ends = |start, end| vec![int("start", start), int("end", end)];
        let graph = GraphProto {
            initializer: vec![
                half,
                weights,
                int_tensor("zero", &[0]),
                int_tensor("two", &[2]),
                int_tensor("sizes", &[-1, 32, -1]),
                int_tensor("minus", &[-1]),
                int_tensor("five", &[5, 5]),
            ],
            node: vec![
                node("Shape", &["volume"], "shape"),
                NodeProto { attribute: ends(-2, 99), ..node("Shape", &["volume"], "sides") },
                // By a factor, in floats: 16 and 7.
                cast("sides", FLOAT, "reals"),
                node("Mul", &["reals", "half"], "scaled"),
                node("Floor", &["scaled"], "floored"),
                cast("floored", INT64, "halves"),
                // Sizes of -1 are those that are there.
                node("Equal", &["sizes", "minus"], "open"),
                node("Where", &["open", "shape", "sizes"], "expanded"),
                node("Mul", &["sizes", "two"], "doubled"),
                node("Div", &["doubled", "two"], "same"),
                node("Sub", &["sides", "two"], "less"),
                node("Div", &["five", "zero"], "nothing"),
                node("Add", &["sizes", "five"], "unequal"),
                node("Gather", &["shape", "two"], "last"),
                node("Concat", &["last", "sides"], "joined"),
                node("Shape", &["joined"], "rank"),
            ],
            ..GraphProto::default()
        };
        let tensors = infer_tensors(&graph);
        for (name, numbers) in [
            ("shape", &[1, 32, 15][..]),
            ("sides", &[32, 15]),
            ("halves", &[16, 7]),
            ("open", &[1, 0, 1]),
            ("expanded", &[1, 32, 15]),
            ("doubled", &[-2, 64, -2]),
            ("same", &[-1, 32, -1]),
            ("less", &[30, 13]),
            ("rank", &[3]),
        ] {
            assert_eq!(tensors.ints(name), Some(numbers), "{name}");
        }
        assert_eq!((tensors.ints("nothing"), tensors.ints("unequal")), (None, None));
    }
}
