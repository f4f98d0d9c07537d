//! The steps of a network.

use rten_simd::{Isa, SimdOp};

use super::dense::{ConvolveDense, Dense};
use super::depthwise::{ConvolveDepthwise, Depthwise};
use super::finish::{Activation, Residual, finish};
use super::tensor::{Image, Window};

/// A place for what flows between steps.
pub(super) type Slot = usize;

/// One step: what it reads, what it does.
#[derive(Debug)]
pub(super) enum Step {
    Convolve {
        weights: Weights,
        window: Window,
        input: Slot,
        /// What is added before the activation.
        residual: Option<Slot>,
        activation: Activation,
    },
    /// The sum of two pictures, of which the second may have fewer channels.
    Add {
        inputs: [Slot; 2],
        activation: Activation,
    },
    /// A picture whose channels are each multiplied by the pixel of another.
    Scale {
        input: Slot,
        gate: Slot,
    },
    Activate {
        input: Slot,
        activation: Activation,
    },
    /// The largest of each window, which lie side by side.
    MaxPool {
        window: Window,
        input: Slot,
    },
    /// One pixel, the mean of all.
    Average {
        input: Slot,
    },
    /// Interpolated between pixel centres.
    Resize {
        input: Slot,
    },
    /// Pixels whose channels are a block of pixels each.
    Unfold {
        input: Slot,
        block: [usize; 2],
    },
    /// The channels of every pixel, without what fills vectors.
    Flatten {
        input: Slot,
    },
    /// Numbers one after the other.
    Join {
        inputs: Vec<Slot>,
    },
}

#[derive(Debug)]
pub(super) enum Weights {
    Dense(Dense),
    Depthwise(Depthwise),
}

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Image(Image),
    Numbers(usize),
}

impl Content {
    pub(super) fn numbers(self) -> usize {
        match self {
            Content::Image(image) => image.numbers(),
            Content::Numbers(count) => count,
        }
    }

    /// As a picture; numbers are pixels of one row.
    fn image(self) -> Image {
        match self {
            Content::Image(image) => image,
            Content::Numbers(width) => Image { height: 1, width, channels: 1, stride: 1 },
        }
    }
}

/// What steps read from.
pub(super) struct Slots<'a> {
    pub(super) contents: &'a [Content],
    pub(super) values: &'a [Vec<f32>],
}

impl Slots<'_> {
    fn get(&self, slot: Slot) -> (&[f32], Image) {
        let content = self.contents[slot];
        (&self.values[slot][..content.numbers()], content.image())
    }
}

impl Step {
    /// All that it reads.
    pub(super) fn inputs(&self) -> Vec<Slot> {
        match self {
            Step::Convolve { input, residual, .. } => {
                std::iter::once(*input).chain(*residual).collect()
            }
            Step::Add { inputs, .. } => inputs.to_vec(),
            Step::Scale { input, gate } => vec![*input, *gate],
            Step::Activate { input, .. }
            | Step::MaxPool { input, .. }
            | Step::Average { input }
            | Step::Resize { input }
            | Step::Unfold { input, .. }
            | Step::Flatten { input } => vec![*input],
            Step::Join { inputs } => inputs.clone(),
        }
    }

    /// Writes all of `output`, which becomes `content`.
    pub(super) fn run(&self, slots: &Slots<'_>, content: Content, output: &mut [f32]) {
        let to = content.image();
        let residual = |slot: Slot| {
            let (values, image) = slots.get(slot);
            Residual { values, stride: image.stride }
        };
        match self {
            Step::Convolve { weights, window, input, residual: added, activation } => {
                let (input, from) = slots.get(*input);
                let (window, residual) = (*window, added.map(residual));
                match weights {
                    Weights::Dense(weights) => {
                        ConvolveDense {
                            weights,
                            window,
                            input,
                            from,
                            residual,
                            activation,
                            output,
                            to,
                        }
                        .dispatch();
                    }
                    Weights::Depthwise(weights) => ConvolveDepthwise {
                        weights,
                        window,
                        input,
                        from,
                        residual,
                        activation,
                        output,
                        to,
                    }
                    .dispatch(),
                }
            }
            Step::Add { inputs: [first, second], activation } => {
                output.copy_from_slice(slots.get(*first).0);
                let residual = Some(residual(*second));
                Finish { pixels: output, stride: to.stride, residual, activation }.dispatch();
            }
            Step::Activate { input, activation } => {
                output.copy_from_slice(slots.get(*input).0);
                Finish { pixels: output, stride: to.stride, residual: None, activation }.dispatch();
            }
            Step::Scale { input, gate } => {
                let (input, gate) = (slots.get(*input).0, slots.get(*gate).0);
                let pixels = input.chunks_exact(to.stride);
                for (target, pixel) in output.chunks_exact_mut(to.stride).zip(pixels) {
                    for ((target, value), gate) in target.iter_mut().zip(pixel).zip(gate) {
                        *target = value * gate;
                    }
                }
            }
            Step::MaxPool { window, input } => {
                let (input, from) = slots.get(*input);
                max_pool(input, from, *window, output, to);
            }
            Step::Average { input } => {
                let (input, from) = slots.get(*input);
                output.fill(0.0);
                for pixel in input.chunks_exact(from.stride) {
                    output.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
                }
                let share = 1.0 / from.pixels() as f32;
                output.iter_mut().for_each(|sum| *sum *= share);
            }
            Step::Resize { input } => {
                let (input, from) = slots.get(*input);
                resize(input, from, output, to);
            }
            Step::Unfold { input, block } => {
                let (input, from) = slots.get(*input);
                unfold(input, from, *block, output, to);
            }
            Step::Flatten { input } => {
                let (input, from) = slots.get(*input);
                let pixels = input.chunks_exact(from.stride);
                for (target, pixel) in output.chunks_exact_mut(from.channels).zip(pixels) {
                    target.copy_from_slice(&pixel[..from.channels]);
                }
            }
            Step::Join { inputs } => {
                let mut rest = output;
                for input in inputs {
                    let values = slots.get(*input).0;
                    let (this, behind) = rest.split_at_mut(values.len());
                    this.copy_from_slice(values);
                    rest = behind;
                }
            }
        }
    }
}

struct Finish<'a> {
    pixels: &'a mut [f32],
    stride: usize,
    residual: Option<Residual<'a>>,
    activation: &'a Activation,
}

impl SimdOp for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        finish(isa, self.pixels, self.stride, self.residual, self.activation);
    }
}

fn max_pool(input: &[f32], from: Image, window: Window, output: &mut [f32], to: Image) {
    let [high, wide] = window.size;
    for (y, row) in output.chunks_exact_mut(to.width * to.stride).enumerate() {
        for (x, target) in row.chunks_exact_mut(to.stride).enumerate() {
            for down in 0..high {
                for across in 0..wide {
                    let at = (y * high + down) * from.width + x * wide + across;
                    let pixel = &input[at * from.stride..][..from.stride];
                    if down + across == 0 {
                        target.copy_from_slice(pixel);
                        continue;
                    }
                    for (most, value) in target.iter_mut().zip(pixel) {
                        *most = if *value > *most { *value } else { *most };
                    }
                }
            }
        }
    }
}

fn resize(input: &[f32], from: Image, output: &mut [f32], to: Image) {
    // Two places and the share of the second, between pixel centres; the border goes on.
    let between = |at: usize, length: usize, target: usize| {
        let place = (at as f32 + 0.5) * length as f32 / target as f32 - 0.5;
        let place = place.clamp(0.0, (length - 1) as f32);
        let first = place as usize;
        (first, (first + 1).min(length - 1), place - first as f32)
    };
    let columns: Vec<_> = (0..to.width).map(|x| between(x, from.width, to.width)).collect();
    let mut line = vec![0.0; from.width * from.stride];
    for (y, row) in output.chunks_exact_mut(to.width * to.stride).enumerate() {
        let (upper, lower, share) = between(y, from.height, to.height);
        let [upper, lower] =
            [upper, lower].map(|y| &input[y * from.width * from.stride..][..line.len()]);
        for ((value, upper), lower) in line.iter_mut().zip(upper).zip(lower) {
            *value = upper + (lower - upper) * share;
        }
        for (target, (left, right, share)) in row.chunks_exact_mut(to.stride).zip(&columns) {
            let [left, right] = [left, right].map(|x| &line[x * from.stride..][..from.stride]);
            for ((value, left), right) in target.iter_mut().zip(left).zip(right) {
                *value = left + (right - left) * share;
            }
        }
    }
}

fn unfold(input: &[f32], from: Image, block: [usize; 2], output: &mut [f32], to: Image) {
    let [high, wide] = block;
    for (y, row) in output.chunks_exact_mut(to.width * to.stride).enumerate() {
        for (x, target) in row.chunks_exact_mut(to.stride).enumerate() {
            let pixel = y / high * from.width + x / wide;
            let part = (y % high * wide + x % wide) * to.channels;
            target.fill(0.0);
            let source = &input[pixel * from.stride + part..][..to.channels];
            target[..to.channels].copy_from_slice(source);
        }
    }
}
