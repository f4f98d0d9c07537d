//! From a graph to steps.

use super::builder::{Builder, Value};
use super::graph::{Graph, ModelError};
use super::step::{Content, Slot, Step};

/// What to do, in order.
pub(super) struct Plan {
    pub(super) contents: Vec<Content>,
    pub(super) steps: Vec<Planned>,
    /// Where the input goes, and its shape.
    pub(super) input: (Slot, Vec<usize>),
    /// Name, place and shape of each output.
    pub(super) outputs: Vec<(String, Slot, Vec<usize>)>,
}

pub(super) struct Planned {
    pub(super) step: Step,
    pub(super) output: Slot,
    /// What nothing reads any more.
    pub(super) done: Vec<Slot>,
}

impl Plan {
    pub(super) fn of(graph: Graph) -> Result<Self, ModelError> {
        let Graph { nodes, constants, input, outputs } = graph;
        let mut builder = Builder::new(constants, &nodes, &outputs);
        let first = builder.take_input(&input)?;
        for node in &nodes {
            let name = || node.output.first().cloned().unwrap_or_default();
            let kind = node.op_type.as_deref().unwrap_or_default();
            builder
                .add(node, kind)
                .map_err(|e| ModelError::new(format!("{kind} {}: {e}", name())))?;
        }
        let outputs = outputs.into_iter().map(|(name, shape)| {
            let Some(Value::Numbers(slot, found)) = builder.values.get(&name) else {
                return Err(ModelError::new(format!("{name} is not computed")));
            };
            if *found != shape {
                return Err(ModelError::new(format!("{name} becomes {found:?}, not {shape:?}")));
            }
            Ok((name, *slot, shape))
        });
        let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
        let mut steps = builder.steps;
        // From the end: whoever reads first is the last to read.
        let mut is_done = vec![false; builder.contents.len()];
        outputs.iter().for_each(|(_, slot, _)| is_done[*slot] = true);
        for planned in steps.iter_mut().rev() {
            for slot in planned.step.inputs() {
                if !std::mem::replace(&mut is_done[slot], true) {
                    planned.done.push(slot);
                }
            }
        }
        Ok(Self { contents: builder.contents, steps, input: (first, input.1), outputs })
    }
}
