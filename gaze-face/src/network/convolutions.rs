//! Nodes whose windows walk over pictures.

use rten_onnx::onnx::NodeProto;

use super::attributes::{int, ints, text};
use super::builder::{Builder, Planning, Value, check, unless};
use super::dense::Dense;
use super::depthwise::{Depthwise, SIZES};
use super::finish::Activation;
use super::graph::ModelError;
use super::step::{Content, Step, Weights};
use super::tensor::{Image, Window};

impl Builder {
    pub(super) fn convolve(&mut self, node: &NodeProto) -> Planning<Value> {
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
    pub(super) fn convolve_transposed(&mut self, node: &NodeProto) -> Planning<Value> {
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
        let folded = self.push(step, Content::Image(folded))?;
        self.push_image(Step::Unfold { input: folded, block: [high, wide] }, Some(to))
    }

    pub(super) fn widen(&self, node: &NodeProto) -> Planning<Value> {
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

    pub(super) fn max_pool(&mut self, node: &NodeProto) -> Planning<Value> {
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

    pub(super) fn resize(&mut self, node: &NodeProto) -> Planning<Value> {
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
