//! What each node of a graph becomes; neighbours become one step where they can.

use std::collections::HashMap;

use rten_onnx::onnx::NodeProto;

use super::attributes::{float, input, int, ints};
use super::finish::Activation;
use super::graph::{Constant, ModelError, Port};
use super::plan::Planned;
use super::step::{Content, Slot, Step};
use super::tensor::{Image, MOST_NUMBERS, MOST_NUMBERS_IN_ALL};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Channels, rows and columns; kept with the channels side by side.
    Image(Slot, Image),
    /// Numbers in the order of a shape.
    Numbers(Slot, Vec<usize>),
    /// A picture with more channels, which are zero.
    Widened(Slot, Image, usize),
    /// The gate that turns a picture into its hard swish.
    HardSigmoid(String),
}

/// Steps as far as they are planned.
pub(super) struct Builder {
    constants: HashMap<String, Constant>,
    /// How often each name is read.
    reads: HashMap<String, usize>,
    pub(super) values: HashMap<String, Value>,
    pub(super) contents: Vec<Content>,
    /// How many numbers they have together.
    numbers: usize,
    pub(super) steps: Vec<Planned>,
}

/// Why a node cannot be planned.
pub(super) type Planning<T> = Result<T, ModelError>;

pub(super) fn unless<T>(value: Option<T>, what: &str) -> Planning<T> {
    value.ok_or_else(|| ModelError::new(what))
}

pub(super) fn check(is_so: bool, what: &str) -> Planning<()> {
    unless(is_so.then_some(()), what)
}

impl Builder {
    pub(super) fn new(
        constants: HashMap<String, Constant>,
        nodes: &[NodeProto],
        outputs: &[Port],
    ) -> Self {
        let mut reads = HashMap::new();
        let names = nodes.iter().flat_map(|node| &node.input).chain(outputs.iter().map(|o| &o.0));
        names.for_each(|name| *reads.entry(name.clone()).or_insert(0) += 1);
        Self {
            constants,
            reads,
            values: HashMap::new(),
            contents: Vec::new(),
            numbers: 0,
            steps: Vec::new(),
        }
    }

    pub(super) fn take_input(&mut self, (name, shape): &Port) -> Planning<Slot> {
        let size = match shape[..] {
            [1, height, width, channels] => Image::new(height, width, channels),
            _ => None,
        };
        unless(size, "the input is no picture with its channels last")?;
        let slot = self.slot(Content::Numbers(shape.iter().product()))?;
        self.values.insert(name.clone(), Value::Numbers(slot, shape.clone()));
        Ok(slot)
    }

    fn slot(&mut self, content: Content) -> Planning<Slot> {
        self.numbers = self.numbers.saturating_add(content.numbers());
        let is_small = content.numbers() <= MOST_NUMBERS && self.numbers <= MOST_NUMBERS_IN_ALL;
        check(is_small, "the network is too large")?;
        self.contents.push(content);
        Ok(self.contents.len() - 1)
    }

    pub(super) fn push(&mut self, step: Step, content: Content) -> Planning<Slot> {
        let output = self.slot(content)?;
        self.steps.push(Planned { step, output, done: Vec::new() });
        Ok(output)
    }

    pub(super) fn push_image(&mut self, step: Step, image: Option<Image>) -> Planning<Value> {
        let image = unless(image, "its result is empty or too large")?;
        Ok(Value::Image(self.push(step, Content::Image(image))?, image))
    }

    /// Plans a node after those whose results it takes.
    pub(super) fn add(&mut self, node: &NodeProto, kind: &str) -> Planning<()> {
        let [output] = &node.output[..] else {
            return Err(ModelError::new("it gives not one result"));
        };
        let value = match kind {
            "Cast" => {
                // Constants are kept in single precision anyhow.
                let constant = self.constants.get(input(node, 0)?).cloned();
                let constant = unless(constant, "it casts what is no constant")?;
                self.constants.insert(output.clone(), constant);
                return Ok(());
            }
            "Identity" => self.value(node, 0)?.clone(),
            "Transpose" => self.transpose(node)?,
            "Reshape" => self.reshape(node)?,
            "Concat" => self.join(node)?,
            "Conv" => self.convolve(node)?,
            "ConvTranspose" => self.convolve_transposed(node)?,
            "Pad" => self.widen(node)?,
            "Add" => self.sum(node)?,
            "Mul" => self.multiply(node)?,
            "HardSigmoid" => self.hard_sigmoid(node)?,
            "Relu" => self.activate(node, Activation::Relu)?,
            "Sigmoid" => self.activate(node, Activation::Sigmoid)?,
            "PRelu" => self.prelu(node)?,
            "MaxPool" => self.max_pool(node)?,
            "GlobalAveragePool" => {
                let (input, from) = self.image(node, 0)?;
                self.push_image(Step::Average { input }, Image::new(1, 1, from.channels))?
            }
            "Resize" => self.resize(node)?,
            _ => return Err(ModelError::new("the face models have no such operator")),
        };
        self.values.insert(output.clone(), value);
        Ok(())
    }

    fn value(&self, node: &NodeProto, index: usize) -> Planning<&Value> {
        unless(self.values.get(input(node, index)?), "it reads what is not there")
    }

    pub(super) fn image(&self, node: &NodeProto, index: usize) -> Planning<(Slot, Image)> {
        match self.value(node, index)? {
            Value::Image(slot, image) => Ok((*slot, *image)),
            _ => Err(ModelError::new("it reads what is no picture")),
        }
    }

    pub(super) fn floats(&self, node: &NodeProto, index: usize) -> Planning<(&[usize], &[f32])> {
        match self.constants.get(input(node, index)?) {
            Some(Constant::Floats { shape, values }) => Ok((shape, values)),
            _ => Err(ModelError::new("it lacks constant numbers")),
        }
    }

    pub(super) fn integers(&self, node: &NodeProto, index: usize) -> Planning<&[i64]> {
        match self.constants.get(input(node, index)?) {
            Some(Constant::Integers(values)) => Ok(values),
            _ => Err(ModelError::new("it lacks constant whole numbers")),
        }
    }

    fn transpose(&mut self, node: &NodeProto) -> Planning<Value> {
        match (self.value(node, 0)?, ints(node, "perm")) {
            (Value::Numbers(slot, shape), Some([0, 3, 1, 2])) => {
                let (slot, &[1, height, width, channels]) = (*slot, &shape[..]) else {
                    return Err(ModelError::new("it turns what is no picture"));
                };
                // Kept as it is: its channels are side by side already.
                let image = Image { height, width, channels, stride: channels };
                self.contents[slot] = Content::Image(image);
                Ok(Value::Image(slot, image))
            }
            (&Value::Image(input, image), Some([0, 2, 3, 1])) => {
                let Image { height, width, channels, .. } = image;
                let count = image.pixels() * channels;
                let slot = self.push(Step::Flatten { input }, Content::Numbers(count))?;
                Ok(Value::Numbers(slot, vec![1, height, width, channels]))
            }
            _ => Err(ModelError::new("it turns other axes than those of pictures")),
        }
    }

    fn reshape(&self, node: &NodeProto) -> Planning<Value> {
        let shape = self.integers(node, 1)?.iter().map(|d| usize::try_from(*d).ok());
        let shape = unless(shape.collect::<Option<Vec<_>>>(), "its shape is not fixed")?;
        match self.value(node, 0)? {
            Value::Numbers(slot, old) if count(old).is_some() && count(old) == count(&shape) => {
                Ok(Value::Numbers(*slot, shape))
            }
            _ => Err(ModelError::new("its shape has another number of numbers")),
        }
    }

    fn join(&mut self, node: &NodeProto) -> Planning<Value> {
        let mut slots = Vec::new();
        let mut joined: Option<Vec<usize>> = None;
        check(int(node, "axis") == Some(1), "it joins along another axis than the second")?;
        for index in 0..node.input.len() {
            let Value::Numbers(slot, shape) = self.value(node, index)? else {
                return Err(ModelError::new("it joins pictures"));
            };
            slots.push(*slot);
            let &[1, rows, ref rest @ ..] = &shape[..] else {
                return Err(ModelError::new("it joins several batches"));
            };
            match &mut joined {
                None => joined = Some(shape.clone()),
                Some(joined) => {
                    check(joined[2..] == *rest, "it joins what has different shapes")?;
                    joined[1] = unless(joined[1].checked_add(rows), "it is too large")?;
                }
            }
        }
        let shape = unless(joined, "it joins nothing")?;
        let count = unless(count(&shape), "it is too large")?;
        let slot = self.push(Step::Join { inputs: slots }, Content::Numbers(count))?;
        Ok(Value::Numbers(slot, shape))
    }

    /// A picture to be added to one of `channels`.
    fn addend(&self, node: &NodeProto, index: usize, to: Image) -> Planning<Slot> {
        let (slot, from, channels) = match *self.value(node, index)? {
            Value::Image(slot, image) => (slot, image, image.channels),
            Value::Widened(slot, image, channels) => (slot, image, channels),
            _ => return Err(ModelError::new("it adds what is no picture")),
        };
        let fits = channels == to.channels
            && (from.height, from.width) == (to.height, to.width)
            && from.stride <= to.stride;
        check(fits, "it adds pictures of different sizes")?;
        Ok(slot)
    }

    fn sum(&mut self, node: &NodeProto) -> Planning<Value> {
        // What was convolved last takes the other one along.
        let mut convolved: Option<(usize, usize, Image)> = None;
        for index in [0, 1] {
            let Value::Image(slot, image) = *self.value(node, index)? else { continue };
            let place = self.producer(input(node, index)?, slot);
            let Some(place) = place else { continue };
            if let Step::Convolve { residual: None, activation: Activation::None, .. } =
                &self.steps[place].step
            {
                let later = convolved.is_none_or(|(other, ..)| place > other);
                convolved = if later { Some((place, index, image)) } else { convolved };
            }
        }
        if let Some((place, index, image)) = convolved {
            let added = self.addend(node, 1 - index, image)?;
            // The other one may come later than the convolution did.
            let mut planned = self.steps.remove(place);
            let output = planned.output;
            if let Step::Convolve { residual, .. } = &mut planned.step {
                *residual = Some(added);
            }
            self.steps.push(planned);
            return Ok(Value::Image(output, image));
        }
        let whole = if matches!(self.value(node, 0)?, Value::Image(..)) { 0 } else { 1 };
        let (first, image) = self.image(node, whole)?;
        let inputs = [first, self.addend(node, 1 - whole, image)?];
        self.push_image(Step::Add { inputs, activation: Activation::None }, Some(image))
    }

    /// The step that gives what this name alone stands for, where only one node reads it.
    fn producer(&self, name: &str, slot: Slot) -> Option<usize> {
        let is_read_once = self.reads.get(name) == Some(&1);
        let place = || self.steps.iter().rposition(|planned| planned.output == slot);
        is_read_once.then(place).flatten()
    }

    fn multiply(&mut self, node: &NodeProto) -> Planning<Value> {
        for index in [0, 1] {
            if let Value::HardSigmoid(gated) = self.value(node, index)? {
                check(gated == input(node, 1 - index)?, "it gates another picture")?;
                let (slot, image) = self.image(node, 1 - index)?;
                return self.activate_slot(
                    input(node, 1 - index)?,
                    2,
                    slot,
                    image,
                    Activation::HardSwish,
                );
            }
        }
        let (input, image) = self.image(node, 0)?;
        let (gate, pixel) = self.image(node, 1)?;
        let is_gate = pixel == Image { height: 1, width: 1, ..image };
        check(is_gate, "it multiplies by what is not one pixel")?;
        self.push_image(Step::Scale { input, gate }, Some(image))
    }

    fn hard_sigmoid(&self, node: &NodeProto) -> Planning<Value> {
        self.image(node, 0)?;
        let [alpha, beta] = ["alpha", "beta"].map(|name| float(node, name));
        let is_swish =
            alpha.is_some_and(|alpha| (alpha - 1.0 / 6.0).abs() < 1e-6) && beta == Some(0.5);
        check(is_swish, "it is not that of a hard swish")?;
        Ok(Value::HardSigmoid(input(node, 0)?.to_owned()))
    }

    fn prelu(&mut self, node: &NodeProto) -> Planning<Value> {
        let (_, image) = self.image(node, 0)?;
        let (_, slopes) = self.floats(node, 1)?;
        check(slopes.len() == image.channels, "its slopes are for other channels")?;
        let mut all = slopes.to_vec();
        all.resize(image.stride, 0.0);
        self.activate(node, Activation::Prelu(all))
    }

    fn activate(&mut self, node: &NodeProto, activation: Activation) -> Planning<Value> {
        let (slot, image) = self.image(node, 0)?;
        self.activate_slot(input(node, 0)?, 1, slot, image, activation)
    }

    /// Activates what is read `reads` times for that, within the step that gives it where there is one.
    fn activate_slot(
        &mut self,
        name: &str,
        reads: usize,
        slot: Slot,
        image: Image,
        new: Activation,
    ) -> Planning<Value> {
        check(
            image.stride == Image::new(1, 1, image.channels).map_or(0, |i| i.stride),
            "it activates the input",
        )?;
        if self.reads.get(name) == Some(&reads) {
            let planned = self.steps.iter_mut().rev().find(|planned| planned.output == slot);
            if let Some(Step::Convolve { activation, .. } | Step::Add { activation, .. }) =
                planned.map(|planned| &mut planned.step)
                && *activation == Activation::None
            {
                *activation = new;
                return Ok(Value::Image(slot, image));
            }
        }
        self.push_image(Step::Activate { input: slot, activation: new }, Some(image))
    }
}

fn count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |count, side| count.checked_mul(*side))
}
