//! Which combinations are measured, and in which order: one property after the other, each with the best of the others so
//! far, so that a few minutes do.

use std::collections::VecDeque;

use crate::runtime::device::Device;
use crate::runtime::provider::{ArenaGrowth, ConvSearch};
use crate::tuning::{Arithmetic, Combination};

/// Another combination must save so much of the time to be taken instead of one that is nearer to the default: what is
/// less is noise.
const MARGIN: f64 = 0.02;

/// What can differ on a device.
#[derive(Debug, Clone)]
pub(super) struct Axes {
    /// The first is what others are compared with.
    pub(super) arithmetics: Vec<Arithmetic>,
    /// Frames at a time beside 1, rising.
    pub(super) batches: Vec<usize>,
    /// Threads beside ONNX Runtime's own choice.
    pub(super) threads: Vec<usize>,
    /// Layout, search, workspace and memory are CUDA's.
    pub(super) is_cuda: bool,
    pub(super) has_graphs: bool,
}

impl Axes {
    /// For a device on a machine of so many cores, and a decoder whose file holds 16-bit floats or not.
    pub(super) fn of(device: Device, cores: usize, is_half: bool) -> Self {
        let is_cuda = matches!(device, Device::Cuda(_));
        let is_cpu = device == Device::Cpu;
        let arithmetics = match (is_half, is_cuda) {
            // There is nothing else in the file.
            (true, _) => vec![Arithmetic::Fp16],
            (false, true) => vec![Arithmetic::Fp32, Arithmetic::Tf32, Arithmetic::Fp16],
            (false, false) => vec![Arithmetic::Fp32],
        };
        Self {
            arithmetics,
            batches: if is_cpu { vec![2] } else { vec![2, 4, 8, 16] },
            threads: if is_cpu { vec![cores] } else { Vec::new() },
            is_cuda,
            has_graphs: device.gpu_index().is_some(),
        }
    }

    /// What all others are compared with.
    pub(super) fn base(&self) -> Combination {
        Combination {
            arithmetic: self.arithmetics.first().copied().unwrap_or_default(),
            ..Combination::default()
        }
    }
}

/// What is varied at a time, in this order.
#[derive(Debug, Clone, Copy)]
enum Property {
    Base,
    Arithmetic,
    Layout,
    Threads,
    Batch,
    Search,
    Graph,
    Workspace,
    Arena,
    /// The best with every other arithmetic and batch, for a table of both.
    Rest,
}

const ORDER: [Property; 10] = [
    Property::Base,
    Property::Arithmetic,
    Property::Layout,
    Property::Threads,
    Property::Batch,
    Property::Search,
    Property::Graph,
    Property::Workspace,
    Property::Arena,
    Property::Rest,
];

/// What is left to measure.
pub(super) struct Plan {
    axes: Axes,
    left: std::slice::Iter<'static, Property>,
    queue: VecDeque<Combination>,
    seen: Vec<Combination>,
    failed: Vec<Combination>,
    best: Option<(Combination, f64)>,
}

impl Plan {
    pub(super) fn new(axes: Axes) -> Self {
        Self {
            axes,
            left: ORDER.iter(),
            queue: VecDeque::new(),
            seen: Vec::new(),
            failed: Vec::new(),
            best: None,
        }
    }

    /// The combination to measure next; none where all have been. Its time goes to [`record`](Self::record).
    pub(super) fn next(&mut self) -> Option<Combination> {
        loop {
            if let Some(next) = self.queue.pop_front() {
                self.seen.push(next);
                return Some(next);
            }
            let property = *self.left.next()?;
            for variant in self.variants(property) {
                let is_known = self.seen.contains(&variant) || self.queue.contains(&variant);
                if !is_known && !self.failed.iter().any(|failed| is_larger(&variant, failed)) {
                    self.queue.push_back(variant);
                }
            }
        }
    }

    /// Takes the time of a combination that was measured, in any unit.
    pub(super) fn record(&mut self, combination: Combination, time: f64) {
        if self.best.is_none_or(|(_, best)| time < best * (1.0 - MARGIN)) {
            self.best = Some((combination, time));
        }
    }

    /// Leaves out larger batches of one that failed: they need more memory.
    pub(super) fn skip_larger(&mut self, failed: Combination) {
        self.queue.retain(|next| !is_larger(next, &failed));
        self.failed.push(failed);
    }

    /// The best so far.
    pub(super) fn best(&self) -> Option<Combination> {
        self.best.map(|(best, _)| best)
    }

    /// The most frames at a time.
    pub(super) fn largest_batch(&self) -> usize {
        self.axes.batches.last().copied().unwrap_or(1)
    }

    /// About how many will have been measured in the end.
    pub(super) fn about(&self) -> usize {
        let axes = &self.axes;
        let (arithmetics, batches) = (axes.arithmetics.len(), axes.batches.len());
        let of_cuda = if axes.is_cuda { 5 } else { 0 };
        let rest = (arithmetics - 1) * batches;
        let all = arithmetics
            + axes.threads.len()
            + batches
            + of_cuda
            + usize::from(axes.has_graphs)
            + rest;
        all.max(self.seen.len() + self.queue.len())
    }

    fn variants(&self, property: Property) -> Vec<Combination> {
        let axes = &self.axes;
        let best = self.best().unwrap_or(axes.base());
        let on_cuda = |variants: Vec<Combination>| if axes.is_cuda { variants } else { Vec::new() };
        match property {
            Property::Base => vec![axes.base()],
            Property::Arithmetic => self.with_arithmetics(best),
            Property::Layout => on_cuda(vec![Combination { prefer_nhwc: true, ..best }]),
            Property::Threads => {
                axes.threads.iter().map(|&threads| Combination { threads, ..best }).collect()
            }
            Property::Batch => self.with_batches(best),
            Property::Search => on_cuda(
                [ConvSearch::Heuristic, ConvSearch::Fixed]
                    .map(|conv_search| Combination { conv_search, ..best })
                    .to_vec(),
            ),
            Property::Graph if axes.has_graphs => vec![Combination { cuda_graph: true, ..best }],
            Property::Graph => Vec::new(),
            Property::Workspace => on_cuda(vec![Combination { conv_max_workspace: false, ..best }]),
            Property::Arena => {
                on_cuda(vec![Combination { arena: ArenaGrowth::AsRequested, ..best }])
            }
            Property::Rest => {
                let others = self.with_arithmetics(best);
                let same_batch = others.iter().copied();
                same_batch
                    .chain(others.iter().flat_map(|other| self.with_batches(*other)))
                    .collect()
            }
        }
    }

    fn with_arithmetics(&self, best: Combination) -> Vec<Combination> {
        let arithmetics = self.axes.arithmetics.iter();
        arithmetics.map(|&arithmetic| Combination { arithmetic, ..best }).collect()
    }

    fn with_batches(&self, best: Combination) -> Vec<Combination> {
        self.axes.batches.iter().map(|&batch| Combination { batch, ..best }).collect()
    }
}

/// Whether one is the other with more frames at a time.
fn is_larger(one: &Combination, other: &Combination) -> bool {
    one.batch > other.batch && Combination { batch: other.batch, ..*one } == *other
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measures by a formula; those without a time fail.
    fn measured(
        axes: Axes,
        time: impl Fn(&Combination) -> Option<f64>,
    ) -> (Vec<Combination>, Plan) {
        let mut plan = Plan::new(axes);
        let mut order = Vec::new();
        while let Some(next) = plan.next() {
            assert!(!order.contains(&next), "{next} twice");
            order.push(next);
            assert!(order.len() <= plan.about());
            match time(&next) {
                Some(time) => plan.record(next, time),
                None => plan.skip_larger(next),
            }
        }
        (order, plan)
    }

    #[test]
    fn the_first_is_what_onnx_runtime_does_by_itself() {
        for device in [Device::Cpu, Device::Cuda(0), Device::TensorRt(0), Device::CoreMl] {
            let (order, _) = measured(Axes::of(device, 4, false), |_| Some(1.0));
            assert_eq!(order[0], Combination::default());
        }
    }

    #[test]
    fn what_saves_time_is_kept_for_what_follows() {
        let time = |c: &Combination| {
            let mut time = match c.arithmetic {
                Arithmetic::Fp32 => 40.0,
                Arithmetic::Tf32 => 20.0,
                Arithmetic::Fp16 => 10.0,
            };
            time *= if c.prefer_nhwc { 0.8 } else { 1.0 };
            time *= if c.conv_search == ConvSearch::Heuristic { 0.9 } else { 1.0 };
            time *= if c.cuda_graph { 0.9 } else { 1.0 };
            // Less than the margin.
            time *= if c.conv_max_workspace { 1.0 } else { 0.99 };
            Some(time * (1.0 + 0.2 * (c.batch as f64 - 4.0).abs()))
        };
        let (order, plan) = measured(Axes::of(Device::Cuda(0), 4, false), time);
        let best = Combination {
            arithmetic: Arithmetic::Fp16,
            batch: 4,
            prefer_nhwc: true,
            conv_search: ConvSearch::Heuristic,
            cuda_graph: true,
            ..Combination::default()
        };
        assert_eq!(plan.best(), Some(best));
        // All arithmetics at all batches, for the table.
        for arithmetic in [Arithmetic::Fp32, Arithmetic::Tf32, Arithmetic::Fp16] {
            for batch in [1, 2, 4, 8, 16] {
                let is_one = |c: &&Combination| (c.arithmetic, c.batch) == (arithmetic, batch);
                assert!(order.iter().any(|c| is_one(&c)), "{arithmetic:?} {batch}");
            }
        }
    }

    #[test]
    fn larger_batches_are_left_out_where_one_does_not_fit() {
        let (order, plan) =
            measured(Axes::of(Device::Cuda(0), 4, false), |c| (c.batch < 4).then_some(1.0));
        assert!(order.iter().all(|c| c.batch <= 4), "{order:?}");
        assert_eq!(plan.best(), Some(Combination::default()));
    }

    #[test]
    fn a_device_that_refuses_all_of_cuda_is_measured_without() {
        let is_plain = |c: &Combination| {
            let same_as = Combination { batch: c.batch, ..Combination::default() };
            (*c == same_as).then(|| 10.0 / c.batch as f64)
        };
        let (_, plan) = measured(Axes::of(Device::Cuda(0), 4, false), is_plain);
        assert_eq!(plan.best(), Some(Combination { batch: 16, ..Combination::default() }));
    }

    #[test]
    fn the_cpu_is_tried_with_threads_and_a_batch() {
        let (order, _) = measured(Axes::of(Device::Cpu, 6, false), |c| Some(c.batch as f64));
        let with = |batch, threads| Combination { batch, threads, ..Combination::default() };
        assert_eq!(order, [with(1, 0), with(1, 6), with(2, 0)]);
    }

    #[test]
    fn a_file_of_16_bit_floats_has_nothing_else() {
        let (order, _) = measured(Axes::of(Device::Cuda(0), 4, true), |_| Some(1.0));
        assert!(order.iter().all(|c| c.arithmetic == Arithmetic::Fp16));
    }
}
