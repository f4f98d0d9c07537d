//! A walk over the bytes of an ONNX file before they are parsed.
//!
//! Two bytes of a file become a node of some hundred bytes in memory, so a small file can ask for a lot. The walk
//! counts what would be made, touches no weights, and finds out whether the file is whole.

/// Fields in a file at most. The decoder's have about 100 000; each takes 400 bytes in memory at worst.
const MAX_FIELDS: usize = 1 << 20;
/// Bytes of integers of variable length at most: one byte becomes eight. Shapes are all that is stored so.
const MAX_INTEGER_BYTES: usize = 16 << 20;
/// Messages within messages at most; the parser's own limit is 100.
const MAX_DEPTH: u32 = 90;

/// Why a file cannot be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It ends in the middle of a field.
    CutShort,
    /// Its lengths contradict each other, or it isn't ONNX at all.
    Damaged,
    /// It would take too much memory.
    TooLarge,
}

/// The messages of onnx.proto that hold others.
#[derive(Debug, Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    ValueInfo,
    Type,
    /// Element type and shape.
    TensorType,
    /// A sequence or an optional: its element's type.
    Wrapper,
    MapType,
    Shape,
    Training,
    Function,
    Annotation,
    /// Holds no message.
    Leaf,
}

/// What the bytes of a field are.
enum Content {
    Message(Message),
    /// Integers of variable length, one after another.
    Integers,
    Bytes,
}

impl Message {
    /// Numbers of onnx.proto.
    fn content(self, field: u64) -> Content {
        use Content::{Bytes, Integers, Message as Nested};
        use Message::{
            Annotation, Attribute, Function, Graph, Leaf, MapType, Model, Node, Shape,
            SparseTensor, Tensor, TensorType, Training, Type, ValueInfo, Wrapper,
        };
        match (self, field) {
            (Model, 7) | (Attribute, 6 | 11) | (Training, 1 | 2) => Nested(Graph),
            (Model, 8 | 14) | (Function, 9 | 14) | (Training, 3 | 4) => Nested(Leaf),
            (Model, 20) => Nested(Training),
            (Model, 25) => Nested(Function),
            (Graph, 1) | (Function, 7) => Nested(Node),
            (Graph, 5) | (Attribute, 5 | 10) | (SparseTensor, 1 | 2) => Nested(Tensor),
            (Graph, 11..=13) | (Function, 12) => Nested(ValueInfo),
            (Graph, 14) => Nested(Annotation),
            (Graph, 15) | (Attribute, 22 | 23) => Nested(SparseTensor),
            (Node, 5) | (Function, 11) => Nested(Attribute),
            (Graph | Tensor, 16)
            | (Node, 9)
            | (ValueInfo, 4)
            | (Tensor, 3 | 13)
            | (Annotation, 2)
            | (Shape, 1) => Nested(Leaf),
            (ValueInfo, 2) | (Attribute, 14 | 15) | (Wrapper, 1) | (MapType, 2) => Nested(Type),
            (Type, 1 | 8) => Nested(TensorType),
            (Type, 4 | 9) => Nested(Wrapper),
            (Type, 5) => Nested(MapType),
            (TensorType, 2) => Nested(Shape),
            (Tensor, 1 | 5 | 7 | 11) | (SparseTensor, 3) | (Attribute, 8) => Integers,
            _ => Bytes,
        }
    }
}

/// What is left of the bounds.
struct Budget {
    fields: usize,
    integer_bytes: usize,
}

/// Whether `bytes` are a whole model that stays within bounds when it is parsed.
pub(crate) fn check_model(bytes: &[u8]) -> Result<(), Fault> {
    let mut budget = Budget { fields: MAX_FIELDS, integer_bytes: MAX_INTEGER_BYTES };
    walk(bytes, Message::Model, &mut budget, 0)
}

fn walk(mut rest: &[u8], message: Message, budget: &mut Budget, depth: u32) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        return Err(Fault::TooLarge);
    }
    // Inside a message that is whole, a field that isn't is damaged, not cut short.
    let broken = if depth == 0 { Fault::CutShort } else { Fault::Damaged };
    while !rest.is_empty() {
        budget.fields = budget.fields.checked_sub(1).ok_or(Fault::TooLarge)?;
        let tag = varint(&mut rest, broken)?;
        // Field numbers have 29 bits.
        if tag >> 3 == 0 || tag >> 32 != 0 {
            return Err(Fault::Damaged);
        }
        match tag & 7 {
            0 => {
                varint(&mut rest, broken)?;
            }
            1 => {
                rest = rest.get(8..).ok_or(broken)?;
            }
            5 => {
                rest = rest.get(4..).ok_or(broken)?;
            }
            2 => {
                let length = varint(&mut rest, broken)?;
                let length = usize::try_from(length).map_err(|_| Fault::Damaged)?;
                let (field, after) = rest.split_at_checked(length).ok_or(broken)?;
                rest = after;
                match message.content(tag >> 3) {
                    Content::Message(nested) => walk(field, nested, budget, depth + 1)?,
                    Content::Integers => {
                        budget.integer_bytes =
                            budget.integer_bytes.checked_sub(length).ok_or(Fault::TooLarge)?;
                    }
                    Content::Bytes => {}
                }
            }
            // Groups, which ONNX has none of.
            _ => return Err(Fault::Damaged),
        }
    }
    Ok(())
}

/// Takes a number of one to ten bytes, seven bits each.
fn varint(rest: &mut &[u8], cut_short: Fault) -> Result<u64, Fault> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(cut_short)?;
        *rest = after;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Fault::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of bytes, shorter than 128.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2, content.len() as u8];
        bytes.extend(content);
        bytes
    }

    #[test]
    fn whole_messages_pass() {
        assert_eq!(check_model(&[]), Ok(()));
        assert_eq!(check_model(&[0x08, 0x08]), Ok(()));
        assert_eq!(check_model(&field(7, &field(1, &field(4, b"Relu")))), Ok(()));
    }

    #[test]
    fn every_cut_is_noticed() {
        let model = field(7, &field(1, &field(4, b"Relu")));
        for length in 1..model.len() {
            assert_eq!(check_model(&model[..length]), Err(Fault::CutShort), "{length}");
        }
    }

    #[test]
    fn lengths_that_lie_and_groups_are_damage() {
        assert_eq!(check_model(&field(7, &[0x0a, 5, 1])), Err(Fault::Damaged));
        assert_eq!(check_model(&[0x0b]), Err(Fault::Damaged));
        assert_eq!(check_model(&[0x02, 0]), Err(Fault::Damaged));
        assert_eq!(check_model(&[0xff; 12]), Err(Fault::Damaged));
    }

    #[test]
    fn bounds_hold() {
        // Nodes of two bytes.
        let mut nodes = [0x0a, 0].repeat(MAX_FIELDS);
        let mut head = vec![0x3a];
        let mut length = nodes.len();
        while length >= 0x80 {
            head.push(length as u8 & 0x7f | 0x80);
            length >>= 7;
        }
        head.push(length as u8);
        head.append(&mut nodes);
        assert_eq!(check_model(&head), Err(Fault::TooLarge));

        let mut budget = Budget { fields: 100, integer_bytes: 3 };
        assert_eq!(walk(&field(1, &[1; 4]), Message::Tensor, &mut budget, 1), Err(Fault::TooLarge));

        // Types of sequences of types of sequences.
        let mut deep = Vec::new();
        for _ in 0..20 {
            deep = field(4, &field(1, &deep));
        }
        let mut budget = Budget { fields: 100, integer_bytes: 0 };
        assert_eq!(walk(&deep, Message::Type, &mut budget, 60), Err(Fault::TooLarge));
        let mut budget = Budget { fields: 100, integer_bytes: 0 };
        assert_eq!(walk(&deep, Message::Type, &mut budget, 0), Ok(()));
    }
}
