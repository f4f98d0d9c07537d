//! A plan that runs.

use std::sync::{Arc, Mutex};

use super::graph::{Graph, ModelError};
use super::plan::Plan;
use super::step::Slots;
use crate::threads::lock;

/// Memory that one run leaves for the next one, of whichever network.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    spare: Arc<Mutex<Vec<Vec<f32>>>>,
}

impl Memory {
    /// Gives it back: no run follows soon.
    pub(crate) fn release(&self) {
        lock(&self.spare).clear();
    }
}

#[cfg(test)]
impl Memory {
    /// Numbers that there is room for.
    pub(super) fn kept(&self) -> usize {
        lock(&self.spare).iter().map(Vec::len).sum()
    }
}

/// A network ready to run.
pub(crate) struct Program {
    plan: Plan,
    memory: Memory,
}

impl Program {
    /// Reads an ONNX file, of which nothing is kept.
    ///
    /// # Errors
    /// Where it is damaged or has anything in it that the face models do not have.
    pub(crate) fn from_onnx(onnx: &[u8], memory: Memory) -> Result<Self, ModelError> {
        Ok(Self { plan: Plan::of(Graph::from_onnx(onnx)?)?, memory })
    }

    /// Shape of what goes in.
    pub(crate) fn input_shape(&self) -> &[usize] {
        &self.plan.input.1
    }

    /// Place and shape of an output.
    pub(crate) fn output(&self, name: &str) -> Option<(usize, &[usize])> {
        let found = self.plan.outputs.iter().position(|(output, ..)| output == name)?;
        Some((found, &self.plan.outputs[found].2))
    }

    /// Runs on as many numbers as the input's shape has; gives all outputs, each flat.
    ///
    /// # Errors
    /// Where the input has another length.
    pub(crate) fn run(&self, input: Vec<f32>) -> Result<Vec<Vec<f32>>, ModelError> {
        let Plan { contents, steps, input: (first, _), outputs } = &self.plan;
        if input.len() != contents[*first].numbers() {
            return Err(ModelError::new(format!("{} numbers are no input", input.len())));
        }
        let mut spare = std::mem::take(&mut *lock(&self.memory.spare));
        let mut values: Vec<Vec<f32>> = vec![Vec::new(); contents.len()];
        values[*first] = input;
        for planned in steps {
            let content = contents[planned.output];
            let mut output = fitting(&mut spare, content.numbers());
            let whole = &mut output[..content.numbers()];
            planned.step.run(&Slots { contents, values: &values }, content, whole);
            values[planned.output] = output;
            let done = planned.done.iter().filter(|slot| *slot != first);
            spare.extend(done.map(|slot| std::mem::take(&mut values[*slot])));
        }
        let outputs = outputs
            .iter()
            .map(|(_, slot, _)| values[*slot][..contents[*slot].numbers()].to_vec())
            .collect();
        // The input came from outside: kept, there would be more with each run.
        values[*first] = Vec::new();
        spare.extend(values.into_iter().filter(|values| values.capacity() > 0));
        lock(&self.memory.spare).append(&mut spare);
        Ok(outputs)
    }
}

/// Memory for so many numbers or more, the smallest that there is; whatever is in it is to be overwritten.
fn fitting(spare: &mut Vec<Vec<f32>>, numbers: usize) -> Vec<f32> {
    let fits = (0..spare.len()).filter(|i| spare[*i].len() >= numbers);
    let best = fits.min_by_key(|i| spare[*i].len());
    best.map_or_else(|| vec![0.0; numbers], |i| spare.swap_remove(i))
}
