//! From a graph to steps.

use std::collections::HashMap;

use rten_onnx::onnx::NodeProto;

use super::dense::Dense;
use super::depthwise::{Depthwise, SIZES};
use super::finish::Activation;
use super::graph::{Constant, Graph, ModelError, Port};
use super::step::{Content, Slot, Step, Weights};
use super::tensor::{Image, Window};

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

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    /// Channels, rows and columns; kept with the channels side by side.
    Image(Slot, Image),
    /// Numbers in the order of a shape.
    Numbers(Slot, Vec<usize>),
    /// A picture with more channels, which are zero.
    Widened(Slot, Image, usize),
    /// The gate that turns a picture into its hard swish.
    HardSigmoid(String),
}

struct Builder {
    constants: HashMap<String, Constant>,
    /// How often each name is read.
    reads: HashMap<String, usize>,
    values: HashMap<String, Value>,
    contents: Vec<Content>,
    steps: Vec<Planned>,
}

/// Why a node cannot be planned.
type Planning<T> = Result<T, ModelError>;

fn unless<T>(value: Option<T>, what: &str) -> Planning<T> {
    value.ok_or_else(|| ModelError::new(what))
}

fn check(is_so: bool, what: &str) -> Planning<()> {
    unless(is_so.then_some(()), what)
}

impl Builder {
    fn new(constants: HashMap<String, Constant>, nodes: &[NodeProto], outputs: &[Port]) -> Self {
        let mut reads = HashMap::new();
        let names = nodes.iter().flat_map(|node| &node.input).chain(outputs.iter().map(|o| &o.0));
        names.for_each(|name| *reads.entry(name.clone()).or_insert(0) += 1);
        Self { constants, reads, values: HashMap::new(), contents: Vec::new(), steps: Vec::new() }
    }

    fn take_input(&mut self, (name, shape): &Port) -> Planning<Slot> {
        let size = match shape[..] {
            [1, height, width, channels] => Image::new(height, width, channels),
            _ => None,
        };
        unless(size, "the input is no picture with its channels last")?;
        let slot = self.slot(Content::Numbers(shape.iter().product()));
        self.values.insert(name.clone(), Value::Numbers(slot, shape.clone()));
        Ok(slot)
    }

    fn slot(&mut self, content: Content) -> Slot {
        self.contents.push(content);
        self.contents.len() - 1
    }

    fn push(&mut self, step: Step, content: Content) -> Slot {
        let output = self.slot(content);
        self.steps.push(Planned { step, output, done: Vec::new() });
        output
    }

    fn push_image(&mut self, step: Step, image: Option<Image>) -> Planning<Value> {
        let image = unless(image, "its result is empty or too large")?;
        Ok(Value::Image(self.push(step, Content::Image(image)), image))
    }

    fn add(&mut self, node: &NodeProto, kind: &str) -> Planning<()> {
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

    fn image(&self, node: &NodeProto, index: usize) -> Planning<(Slot, Image)> {
        match self.value(node, index)? {
            Value::Image(slot, image) => Ok((*slot, *image)),
            _ => Err(ModelError::new("it reads what is no picture")),
        }
    }

    fn floats(&self, node: &NodeProto, index: usize) -> Planning<(&[usize], &[f32])> {
        match self.constants.get(input(node, index)?) {
            Some(Constant::Floats { shape, values }) => Ok((shape, values)),
            _ => Err(ModelError::new("it lacks constant numbers")),
        }
    }

    fn integers(&self, node: &NodeProto, index: usize) -> Planning<&[i64]> {
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
                let slot = self.push(Step::Flatten { input }, Content::Numbers(count));
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
        let slot = self.push(Step::Join { inputs: slots }, Content::Numbers(count));
        Ok(Value::Numbers(slot, shape))
    }

    fn convolve(&mut self, node: &NodeProto) -> Planning<Value> {
        let (input, from) = self.image(node, 0)?;
        let (shape, weights) = self.floats(node, 1)?;
        let &[channels, depth, high, wide] = shape else {
            return Err(ModelError::new("its weights are not those of pictures"));
        };
        let window = window(node, [high, wide])?;
        let [height, width] = unless(window.places(from), "its window does not fit")?;
        let to = unless(Image::new(height, width, channels), "its result is empty or too large")?;
        let bias = self.bias(node, to)?;
        let group = int(node, "group").unwrap_or(1);
        let taps = high * wide;
        let weights = if group == 1 {
            check(depth == from.channels, "its weights are for other channels")?;
            let weight = |column: usize, tap: usize, seen: usize| {
                weights[(column * depth + seen) * taps + tap]
            };
            Weights::Dense(Dense::new(channels, [taps, depth], bias, weight))
        } else {
            let is_depthwise = depth == 1
                && channels == from.channels
                && usize::try_from(group) == Ok(channels)
                && from.stride == to.stride;
            check(is_depthwise, "it is neither dense nor depthwise")?;
            check(SIZES.contains(&window.size), "its window is neither 3 nor 5 pixels a side")?;
            let mut by_tap = vec![0.0; taps * to.stride];
            for (tap, pixel) in by_tap.chunks_exact_mut(to.stride).enumerate() {
                let weights = weights.iter().skip(tap).step_by(taps);
                pixel.iter_mut().zip(weights).for_each(|(target, weight)| *target = *weight);
            }
            Weights::Depthwise(Depthwise { taps: by_tap, bias })
        };
        let activation = Activation::None;
        let step = Step::Convolve { weights, window, input, residual: None, activation };
        self.push_image(step, Some(to))
    }

    /// A bias for each number of a pixel.
    fn bias(&self, node: &NodeProto, to: Image) -> Planning<Vec<f32>> {
        let mut bias = vec![0.0; to.stride];
        if node.input.len() > 2 {
            let (_, values) = self.floats(node, 2)?;
            check(values.len() == to.channels, "its bias is for other channels")?;
            bias[..values.len()].copy_from_slice(values);
        }
        Ok(bias)
    }

    /// As a product with the weights of all of a block's pixels, which are then laid out.
    fn convolve_transposed(&mut self, node: &NodeProto) -> Planning<Value> {
        let (input, from) = self.image(node, 0)?;
        let (shape, weights) = self.floats(node, 1)?;
        let &[depth, channels, high, wide] = shape else {
            return Err(ModelError::new("its weights are not those of pictures"));
        };
        let step = window(node, [high, wide])?;
        let side_by_side =
            Window { size: [high, wide], step: [high, wide], before: [0; 2], after: [0; 2] };
        let is_plain = step == side_by_side && int(node, "group").unwrap_or(1) == 1;
        check(is_plain, "its blocks do not lie side by side")?;
        check(depth == from.channels, "its weights are for other channels")?;
        let size = |length: usize, block: usize| length.checked_mul(block);
        let size = size(from.height, high).zip(size(from.width, wide));
        let to = size.and_then(|(height, width)| Image::new(height, width, channels));
        let to = unless(to, "its result is empty or too large")?;
        let own = self.bias(node, to)?;
        let block = high * wide;
        let folded = Image::new(from.height, from.width, block * channels);
        let folded = unless(folded, "its result is too large")?;
        let mut bias = vec![0.0; folded.stride];
        bias.iter_mut().zip(own[..channels].iter().cycle()).for_each(|(all, own)| *all = *own);
        // Columns by place in the block and channel.
        let weight = |column: usize, _, seen: usize| {
            weights[(seen * channels + column % channels) * block + column / channels]
        };
        let weights = Weights::Dense(Dense::new(block * channels, [1, depth], bias, weight));
        let window = Window { size: [1; 2], step: [1; 2], ..side_by_side };
        let activation = Activation::None;
        let step = Step::Convolve { weights, window, input, residual: None, activation };
        let folded = self.push(step, Content::Image(folded));
        self.push_image(Step::Unfold { input: folded, block: [high, wide] }, Some(to))
    }

    fn widen(&self, node: &NodeProto) -> Planning<Value> {
        let (slot, image) = self.image(node, 0)?;
        let &[0, 0, 0, 0, 0, more, 0, 0] = self.integers(node, 1)? else {
            return Err(ModelError::new("it adds to other axes than the channels"));
        };
        let is_zero = node.input.len() < 3 || self.floats(node, 2)?.1 == [0.0];
        check(is_zero, "it adds channels that are not zero")?;
        let more = usize::try_from(more).ok();
        let channels = more.and_then(|more| image.channels.checked_add(more));
        Ok(Value::Widened(slot, image, unless(channels, "it takes channels away")?))
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

    fn max_pool(&mut self, node: &NodeProto) -> Planning<Value> {
        let (input, from) = self.image(node, 0)?;
        let Some(&[high, wide]) = ints(node, "kernel_shape") else {
            return Err(ModelError::new("its window is not that of a picture"));
        };
        let size = usize::try_from(high).ok().zip(usize::try_from(wide).ok());
        let (high, wide) = unless(size, "its window is negative")?;
        let window = window(node, [high, wide])?;
        let side_by_side =
            window.step == window.size && [window.before, window.after] == [[0; 2]; 2];
        check(side_by_side, "its windows do not lie side by side")?;
        let [height, width] = unless(window.places(from), "its window does not fit")?;
        let to = Image::new(height, width, from.channels);
        check(to.is_some_and(|to| to.stride == from.stride), "it pools the input")?;
        self.push_image(Step::MaxPool { window, input }, to)
    }

    fn resize(&mut self, node: &NodeProto) -> Planning<Value> {
        let (input, from) = self.image(node, 0)?;
        let is_linear = text(node, "mode") == Some("linear")
            && matches!(text(node, "coordinate_transformation_mode"), None | Some("half_pixel"));
        check(is_linear, "it does not interpolate between pixel centres")?;
        let [height, width] = if node.input.len() > 3 {
            let &[1, channels, height, width] = self.integers(node, 3)? else {
                return Err(ModelError::new("its size is not that of a picture"));
            };
            check(usize::try_from(channels) == Ok(from.channels), "it changes channels")?;
            [height, width].map(|side| usize::try_from(side).ok())
        } else {
            let (_, &[1.0, 1.0, high, wide]) = self.floats(node, 2)? else {
                return Err(ModelError::new("its scale is not that of a picture"));
            };
            let scaled = |side: usize, scale: f32| (side as f32 * scale).floor();
            [scaled(from.height, high), scaled(from.width, wide)]
                .map(|side| (side >= 1.0).then_some(side as usize))
        };
        let to = height.zip(width).and_then(|(h, w)| Image::new(h, w, from.channels));
        check(to.is_some_and(|to| to.stride == from.stride), "it resizes the input")?;
        self.push_image(Step::Resize { input }, to)
    }
}

fn count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |count, side| count.checked_mul(*side))
}

fn input(node: &NodeProto, index: usize) -> Planning<&str> {
    unless(node.input.get(index).map(String::as_str), "it reads too little")
}

/// The window of a convolution or of pooling.
fn window(node: &NodeProto, size: [usize; 2]) -> Planning<Window> {
    let pairs = |name: &str, default: [usize; 2]| match ints(node, name) {
        None => Ok(default),
        Some(&[down, across]) => {
            let pair = usize::try_from(down).ok().zip(usize::try_from(across).ok());
            unless(pair.map(|(down, across)| [down, across]), "its window is negative")
        }
        Some(_) => Err(ModelError::new("its window is not that of a picture")),
    };
    check(pairs("dilations", [1, 1])? == [1, 1], "its window has gaps")?;
    check(pairs("kernel_shape", size)? == size, "its window and weights differ")?;
    let step = pairs("strides", [1, 1])?;
    check(step[0] > 0 && step[1] > 0 && size[0] > 0 && size[1] > 0, "its window stands still")?;
    let pads = ints(node, "pads").unwrap_or(&[0; 4]).iter().map(|pad| usize::try_from(*pad).ok());
    let pads = unless(pads.collect::<Option<Vec<_>>>(), "it cuts off borders")?;
    let &[top, left, bottom, right] = &pads[..] else {
        return Err(ModelError::new("its borders are not those of a picture"));
    };
    let is_small = pads.iter().zip([size, size].concat()).all(|(pad, side)| *pad <= side);
    check(is_small, "its borders are wider than its window")?;
    Ok(Window { size, step, before: [top, left], after: [bottom, right] })
}

fn ints<'a>(node: &'a NodeProto, name: &str) -> Option<&'a [i64]> {
    let attribute = node.attribute.iter().find(|a| a.name.as_deref() == Some(name))?;
    Some(&attribute.ints)
}

fn int(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute.iter().find(|a| a.name.as_deref() == Some(name))?.i
}

fn float(node: &NodeProto, name: &str) -> Option<f32> {
    node.attribute.iter().find(|a| a.name.as_deref() == Some(name))?.f
}

fn text<'a>(node: &'a NodeProto, name: &str) -> Option<&'a str> {
    node.attribute.iter().find(|a| a.name.as_deref() == Some(name))?.s.as_deref()
}
