//! What a node of an ONNX file says of itself.

use rten_onnx::onnx::{AttributeProto, NodeProto};

use super::builder::{Planning, unless};

/// The name of an input.
pub(super) fn input(node: &NodeProto, index: usize) -> Planning<&str> {
    unless(node.input.get(index).map(String::as_str), "it reads too little")
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
}

/// An attribute of several whole numbers.
pub(super) fn ints<'a>(node: &'a NodeProto, name: &str) -> Option<&'a [i64]> {
    Some(&attribute(node, name)?.ints)
}

/// An attribute of one whole number.
pub(super) fn int(node: &NodeProto, name: &str) -> Option<i64> {
    attribute(node, name)?.i
}

/// An attribute of one number.
pub(super) fn float(node: &NodeProto, name: &str) -> Option<f32> {
    attribute(node, name)?.f
}

/// An attribute of text.
pub(super) fn text<'a>(node: &'a NodeProto, name: &str) -> Option<&'a str> {
    attribute(node, name)?.s.as_deref()
}
