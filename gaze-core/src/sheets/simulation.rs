//! A sweep of slow frames in virtual time, for processors that this machine has not got: the real [`Scheduler`] with
//! durations that were measured. Threads share the cores evenly, as a system shares them.

use std::collections::VecDeque;

use super::groups::cell_order;
use super::scheduler::{Job, Scheduler};
use super::worker_pool::{CANVAS_BUDGET, first_rows};
use gaze_rig::SheetSpec;

/// What the parts of a sweep take, in seconds of processor time but for the call.
#[derive(Debug, Clone)]
pub struct SweepCosts {
    /// The decoder, a frame; no processor time.
    pub call: f64,
    /// Keeping a crop.
    pub keep: f64,
    /// Pasting a frame, encoding it for the pack and putting it on its sheets.
    pub render: f64,
    /// Steps of encoding each sheet: down to which row of pixels each reads, and what it takes.
    pub sheets: Vec<Vec<(u32, f64)>>,
    /// Steps of each extra job: how many frames must be there, and what it takes.
    pub extras: Vec<Vec<(usize, f64)>>,
}

/// What runs it.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    /// Cores, and as many threads that render.
    pub cores: usize,
    /// Frames of a call.
    pub batch: usize,
    /// Most crops in memory.
    pub ahead: usize,
    /// Whether sheets are encoded while their frames come, or when they are whole.
    pub follows: bool,
}

/// What one thread does.
#[derive(Debug)]
enum Doing {
    Nothing,
    /// Waits for a crop, then works.
    Frame(usize),
    /// Works or waits at a step.
    Steps {
        job: Job,
        left: VecDeque<(u32, f64)>,
    },
}

#[derive(Debug)]
struct Thread {
    doing: Doing,
    /// Processor seconds until what it does is done; none while it waits.
    work: Option<f64>,
}

struct Simulation<'a> {
    costs: &'a SweepCosts,
    machine: Machine,
    specs: &'a [SheetSpec],
    scheduler: Scheduler,
    order: Vec<gaze_rig::Cell>,
    threads: Vec<Thread>,
    now: f64,
    /// Crops decoded or being decoded, kept, and taken.
    begun: usize,
    kept: usize,
    taken: usize,
    /// When the call ends; none while the decoder waits.
    call_end: Option<f64>,
    /// A batch that the decoder wants to hand over, and one that is being kept.
    finished: Option<usize>,
    keeping: Option<(usize, f64)>,
}

/// Seconds of the whole sweep, and of the decoder's calls.
pub fn simulate_sweep(specs: &[SheetSpec], costs: &SweepCosts, machine: Machine) -> (f64, f64) {
    let first_rows = first_rows(specs, machine.follows, false);
    let order = cell_order(specs, &first_rows);
    let scheduler = Scheduler::new(specs, false, costs.extras.len(), CANVAS_BUDGET)
        .with_slow_frames(machine.cores, &first_rows);
    let threads = scheduler.waiting_threads().unwrap_or(machine.cores);
    let frames = order.len();
    let mut simulation = Simulation {
        costs,
        machine,
        specs,
        scheduler,
        order,
        threads: (0..threads).map(|_| Thread { doing: Doing::Nothing, work: None }).collect(),
        now: 0.0,
        begun: 0,
        kept: 0,
        taken: 0,
        call_end: None,
        finished: None,
        keeping: None,
    };
    while simulation.settle() {
        simulation.advance();
    }
    (simulation.now, costs.call * frames as f64)
}

impl Simulation<'_> {
    /// Lets everybody begin what they can; false when all is done.
    fn settle(&mut self) -> bool {
        loop {
            let mut has_changed = self.settle_decoder();
            for at in 0..self.threads.len() {
                has_changed |= self.settle_thread(at);
            }
            if !has_changed {
                break;
            }
        }
        let works = self.threads.iter().any(|thread| thread.work.is_some());
        works || self.call_end.is_some() || self.keeping.is_some()
    }

    fn settle_decoder(&mut self) -> bool {
        let mut has_changed = false;
        if let (None, Some(batch)) = (self.keeping, self.finished) {
            self.keeping = Some((batch, self.costs.keep * batch as f64));
            self.finished = None;
            has_changed = true;
        }
        let batch = self.machine.batch.min(self.order.len() - self.begun);
        let has_room = self.begun - self.taken + batch <= self.machine.ahead;
        if self.call_end.is_none() && self.finished.is_none() && batch > 0 && has_room {
            self.begun += batch;
            self.call_end = Some(self.now + self.costs.call * batch as f64);
            has_changed = true;
        }
        has_changed
    }

    fn settle_thread(&mut self, at: usize) -> bool {
        if self.threads[at].work.is_some() {
            return false;
        }
        match &mut self.threads[at].doing {
            Doing::Nothing => {
                let doing = match self.scheduler.next() {
                    Job::Render(cell) => {
                        let index = self.order.iter().position(|other| *other == cell);
                        Doing::Frame(index.expect("every cell has a place in the order"))
                    }
                    job @ Job::Encode(sheet) => Doing::Steps {
                        job,
                        left: self.costs.sheets[sheet].iter().copied().collect(),
                    },
                    job @ Job::Extra(index) => Doing::Steps {
                        job,
                        left: self.costs.extras[index]
                            .iter()
                            .map(|(frames, work)| (*frames as u32, *work))
                            .collect(),
                    },
                    Job::Wait | Job::Finish => return false,
                };
                self.threads[at].doing = doing;
                true
            }
            Doing::Frame(index) if *index < self.kept => {
                self.taken += 1;
                self.threads[at].work = Some(self.costs.render);
                true
            }
            Doing::Frame(_) => false,
            Doing::Steps { job, left } => {
                let Some((needed, work)) = left.front().copied() else {
                    match *job {
                        Job::Encode(sheet) => self.scheduler.encoded(sheet),
                        _ => self.scheduler.extra_done(),
                    }
                    self.threads[at].doing = Doing::Nothing;
                    return true;
                };
                let is_there = match *job {
                    Job::Encode(sheet) => {
                        let height = self.specs[sheet].frame_size().height;
                        !self.machine.follows
                            || self.scheduler.rows_there(sheet) >= needed.div_ceil(height)
                    }
                    _ => self.kept >= needed as usize,
                };
                if is_there {
                    left.pop_front();
                    self.threads[at].work = Some(work);
                }
                is_there
            }
        }
    }

    /// Goes on to the next moment at which something ends.
    fn advance(&mut self) {
        let working = self.threads.iter().filter_map(|thread| thread.work);
        let keeping = self.keeping.map(|(_, work)| work);
        let works: Vec<f64> = working.chain(keeping).collect();
        let speed = (self.machine.cores as f64 / works.len().max(1) as f64).min(1.0);
        let shortest = works.into_iter().fold(f64::INFINITY, f64::min) / speed;
        let call = self.call_end.map_or(f64::INFINITY, |end| end - self.now);
        let step = shortest.min(call).max(0.0);
        self.now += step;
        let done = |work: &mut f64| {
            *work -= step * speed;
            *work <= 1e-9
        };
        if self.call_end.is_some_and(|end| end <= self.now + 1e-12) {
            self.call_end = None;
            self.finished = Some(match self.begun % self.machine.batch {
                0 => self.machine.batch,
                rest => rest,
            });
        }
        if let Some((batch, work)) = &mut self.keeping
            && done(work)
        {
            self.kept += *batch;
            self.keeping = None;
        }
        for at in 0..self.threads.len() {
            let Some(work) = &mut self.threads[at].work else { continue };
            if !done(work) {
                continue;
            }
            self.threads[at].work = None;
            if let Doing::Frame(index) = self.threads[at].doing {
                for (sheet, spec) in self.specs.iter().enumerate() {
                    if let Some(place) = spec.placement_of(self.order[index]) {
                        self.scheduler.arrived(sheet, place.row);
                    }
                }
                self.threads[at].doing = Doing::Nothing;
            }
        }
    }
}
