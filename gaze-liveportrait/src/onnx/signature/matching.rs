//! Which of a file's tensors are the declared ones, and how they differ.

use onnx_protobuf::ValueInfoProto;

use crate::onnx::catalog::TensorSpec;
use crate::onnx::element_types::{FLOAT, FLOAT16};
use crate::onnx::model_graph::{dims_of, quoted};

/// More tensors than declared that are named one by one.
const MAX_SURPLUS: usize = 4;

/// The file's tensors beside the declared ones.
pub(super) struct Matching {
    /// The file's names in declared order; empty where one is missing.
    pub(super) names: Vec<String>,
    pub(super) differences: Vec<String>,
    /// Whether all are 16-bit floats.
    pub(super) is_half: bool,
    /// Whether all leave their first axis open.
    pub(super) is_batch_free: bool,
}

impl Matching {
    pub(super) fn new(kind: &str, specs: &[TensorSpec], found: &[&ValueInfoProto]) -> Self {
        let is_half = !found.is_empty()
            && found.iter().all(|info| info.type_.tensor_type().elem_type == FLOAT16);
        let is_batch_free = !found.is_empty()
            && found
                .iter()
                .all(|info| dims_of(info).is_some_and(|dims| dims.first() == Some(&None)));
        let mut differences = Vec::new();
        let mut names = Vec::new();
        if !specs.is_empty() {
            let order = match_up(specs, found);
            for (spec, &index) in specs.iter().zip(&order) {
                let Some(index) = index else {
                    differences.push(format!("it has no {kind} {}", described(spec)));
                    continue;
                };
                names.push(found[index].name.clone());
                differences.extend(tensor_fault(kind, spec, found[index]));
            }
            let surplus = (0..found.len()).filter(|index| !order.contains(&Some(*index)));
            for index in surplus.take(MAX_SURPLUS) {
                differences
                    .push(format!("it has an {kind} {} too many", quoted(&found[index].name)));
            }
            if names.len() < specs.len() {
                names.clear();
            }
        }
        Self { names, differences, is_half, is_batch_free }
    }
}

/// Which of `found` each of `specs` is: by name, or where no name fits by shape, in the declared order or with the
/// last one first, as some exports of the motion extractor have it.
fn match_up(specs: &[TensorSpec], found: &[&ValueInfoProto]) -> Vec<Option<usize>> {
    let by_name: Vec<Option<usize>> = specs
        .iter()
        .map(|spec| found.iter().position(|info| Some(info.name.as_str()) == spec.name))
        .collect();
    if by_name.iter().any(Option::is_some) || specs.len() != found.len() {
        return by_name;
    }
    let last = specs.len() - 1;
    let orders = [0, 1].map(|shift| (0..=last).map(move |i| (i + shift) % (last + 1)));
    for order in orders {
        let order: Vec<usize> = order.collect();
        if specs.iter().zip(&order).all(|(spec, &i)| has_shape(spec, found[i])) {
            return order.into_iter().map(Some).collect();
        }
    }
    // The only one there is can be compared, whatever it's called.
    if let ([TensorSpec { name: None, .. }], [_]) = (specs, found) {
        return vec![Some(0)];
    }
    by_name
}

fn has_shape(spec: &TensorSpec, info: &ValueInfoProto) -> bool {
    let Some(dims) = dims_of(info) else { return false };
    dims.len() == spec.dims.len()
        && dims.iter().zip(spec.dims).enumerate().all(|(axis, (&dim, &declared))| {
            let Some(declared) = declared else { return true };
            // A free batch can be run with the declared one.
            dim.map_or(axis == 0, |dim| u64::try_from(dim) == Ok(declared))
        })
}

/// Whether it may turn out to have the declared shape: exporters leave open what they do not work out.
fn may_have_shape(spec: &TensorSpec, info: &ValueInfoProto) -> bool {
    let Some(dims) = dims_of(info) else { return false };
    let fits = |(&dim, &declared): (&Option<i64>, &Option<u64>)| match (dim, declared) {
        (Some(dim), Some(declared)) => u64::try_from(dim) == Ok(declared),
        _ => true,
    };
    dims.len() == spec.dims.len() && dims.iter().zip(spec.dims).all(fits)
}

fn tensor_fault(kind: &str, spec: &TensorSpec, info: &ValueInfoProto) -> Option<String> {
    let name = quoted(&info.name);
    let element = info.type_.tensor_type().elem_type;
    if ![FLOAT, FLOAT16].contains(&element) {
        return Some(format!("its {kind} {name} is of {}, not of floats", element_name(element)));
    }
    if may_have_shape(spec, info) {
        return None;
    }
    let seen = dims_of(info).map_or("no shape".to_owned(), |dims| {
        let dims: Vec<_> = dims.iter().take(8).map(|dim| dim.map(|dim| dim as u64)).collect();
        shape_name(&dims)
    });
    Some(format!("its {kind} {name} has the shape {seen}, not {}", shape_name(spec.dims)))
}

fn described(spec: &TensorSpec) -> String {
    let shape = shape_name(spec.dims);
    spec.name.map_or_else(|| format!("of the shape {shape}"), |name| format!("\"{name}\", {shape}"))
}

fn shape_name(dims: &[Option<u64>]) -> String {
    let dims: Vec<_> =
        dims.iter().map(|dim| dim.map_or("N".to_owned(), |n| n.to_string())).collect();
    dims.join(" x ")
}

/// ONNX's element types by number.
fn element_name(element: i32) -> String {
    let names = [
        "nothing",
        "floats",
        "u8",
        "i8",
        "u16",
        "i16",
        "i32",
        "i64",
        "strings",
        "booleans",
        "16-bit floats",
        "64-bit floats",
        "u32",
        "u64",
        "complex numbers",
        "complex numbers",
        "bfloat16",
    ];
    let name = usize::try_from(element).ok().and_then(|i| names.get(i));
    name.map_or_else(|| format!("element type {element}"), |name| (*name).to_owned())
}
