//! Overhead of a LivePortrait sweep: its time divided by the time inside the decoder, with a decoder that takes so many
//! milliseconds a frame without using the processor, as a graphics card does. Whole runs on this machine's cores, and
//! other numbers of cores in virtual time, with the durations of this machine's parts. Prints a table in Markdown.
//!
//! `cargo run --release -p gaze-bench --bin liveportrait_overhead -- [--calls 12,25,50] [--cores 2,4,8] [--rounds 1]`

use std::error::Error;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::Parser;
use gaze_core::embedded::EmbeddedEngine;
use gaze_core::kernels::{
    Machine, PackKernel, SheetKernel, SweepCosts, simulate_sweep, time_previews,
};
use gaze_core::{
    Engine, Frame, GazeGenerator, GenerateOptions, Grid, Manifest, Portrait, PrepareRequest,
    SheetLayout, SheetSpec, Sweep,
};
use gaze_liveportrait::kernels::{CropKernel, SleepingEngine, ahead};

/// Poses a side of the frames that crops are taken from.
const DRAWN_SIDE: u32 = 6;
/// Times that each part is measured; the shortest counts, for others may use the machine.
const REPEATS: usize = 5;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value = "examples/astronaut.png")]
    portrait: std::path::PathBuf,
    /// Frames a side of the sweep.
    #[arg(long, default_value_t = 30)]
    grid: u32,
    #[arg(long, default_value_t = 512)]
    max_size: u32,
    /// Milliseconds a frame.
    #[arg(long, value_delimiter = ',', default_values_t = [12, 25, 50])]
    calls: Vec<u64>,
    /// Frames a call.
    #[arg(long, default_value_t = 4)]
    batch: usize,
    /// Cores to simulate.
    #[arg(long, value_delimiter = ',', default_values_t = [2, 4, 8])]
    cores: Vec<usize>,
    /// Real runs of each call; the one with the least overhead counts. None: simulate alone.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let portrait = Portrait::open(&arguments.portrait)?;
    let options = {
        let mut options = GenerateOptions::default();
        options.sweep = Sweep::default().with_grid(Grid::from_side(arguments.grid)?);
        options.max_size = arguments.max_size;
        options.resume = false;
        options
    };
    let drawn = GazeGenerator::new(EmbeddedEngine::new()?)
        .with_grid(Grid::from_side(DRAWN_SIDE)?)
        .with_max_size(arguments.max_size)
        .frames(&portrait, &())?
        .map(|drawn| drawn.map(|(_, frame)| frame))
        .collect::<gaze_core::Result<Vec<Frame>>>()?;
    let mut engine = SleepingEngine::new(drawn.clone(), Duration::ZERO, arguments.batch)?;
    let parts = Parts::measure(&engine, &portrait, &drawn, &options)?;
    parts.print();

    let cores = available_parallelism()?.get();
    println!("| a frame, ms | cores | | sweep, s | inside the decoder, s | overhead |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for &call in &arguments.calls {
        let mut engine_of_call = engine.with_call(Duration::from_millis(call));
        let mut best: Option<(f64, f64)> = None;
        for _ in 0..arguments.rounds {
            let (after, sweep, inside) = run(engine_of_call, &portrait, &options)?;
            engine_of_call = after;
            if best.is_none_or(|(s, i)| sweep / inside < s / i) {
                best = Some((sweep, inside));
            }
        }
        engine = engine_of_call;
        if let Some((sweep, inside)) = best {
            row(call, cores, "measured", sweep, inside);
        }
        for &cores in &arguments.cores {
            for (what, follows) in
                [("simulated, sheets encoded when whole", false), ("simulated", true)]
            {
                let costs = SweepCosts { call: call as f64 / 1000.0, ..parts.costs.clone() };
                let batch = arguments.batch;
                let machine = Machine { cores, batch, ahead: ahead(batch), follows };
                let (sweep, inside) = simulate_sweep(&parts.sheets, &costs, machine);
                row(call, cores, what, sweep, inside);
            }
        }
    }
    Ok(())
}

fn row(call: u64, cores: usize, what: &str, sweep: f64, inside: f64) {
    let overhead = sweep / inside;
    println!("| {call} | {cores} | {what} | {sweep:.2} | {inside:.2} | {overhead:.3} |");
}

/// A whole run on this machine: the engine again, seconds of the sweep and of the calls.
fn run(
    engine: SleepingEngine,
    portrait: &Portrait,
    options: &GenerateOptions,
) -> Result<(SleepingEngine, f64, f64)> {
    let folder = tempfile::tempdir()?;
    let generator = GazeGenerator::new(&engine).with_options(*options);
    let outcome = generator.generate(portrait, folder.path().join("out"), &())?;
    let inside = outcome.network_time.ok_or("the engine has no clock")?;
    let seconds = (outcome.sweep_time.as_secs_f64(), inside.as_secs_f64());
    Ok((engine, seconds.0, seconds.1))
}

/// What the parts of a sweep take on a core of this machine.
struct Parts {
    sheets: Vec<SheetSpec>,
    costs: SweepCosts,
    /// Names and milliseconds, for people.
    named: Vec<(&'static str, f64)>,
}

impl Parts {
    fn measure(
        engine: &SleepingEngine,
        portrait: &Portrait,
        drawn: &[Frame],
        options: &GenerateOptions,
    ) -> Result<Self> {
        let request = PrepareRequest::new(portrait, options.max_size);
        let prepared = engine.prepare(&request, &())?;
        let (size, sweep) = (prepared.frame_size(), &options.sweep);
        let sheets = Manifest::new(sweep.grid, SheetLayout::Quadrants, size, false).sheets()?;
        let folder = tempfile::tempdir()?;
        let mut frame = Frame::new(size);

        let crops = engine.crops(portrait)?;
        let store = CropKernel::open(&folder.path().join("work"))?;
        let keep = shortest(|| store.save(0, &crops[0]).map_err(Into::into))?;
        let load = shortest(|| store.load(0).map(drop).ok_or("no crop").map_err(Into::into))?;
        let pose = sweep.pose_at(0.0, 0.0);
        let paste = shortest(|| prepared.render(&pose, &mut frame).map_err(Into::into))?;
        let spool = folder.path().join("spool");
        let pack = PackKernel::new(prepared.as_ref(), sweep, options.quality, spool)?;
        let cell = sweep.cells().next().ok_or("no cell")?;
        let packed = shortest(|| pack.add(cell, &frame).map_err(Into::into))?;
        let mut kernel = SheetKernel::new(&sheets[0]);
        let place = shortest(|| {
            kernel.place(&frame, 0, 0);
            Ok(())
        })?;
        let mut of_quadrant = Vec::new();
        for spec in sheets.iter().filter(|spec| spec.quadrant() == Some(0)) {
            let mut kernel = SheetKernel::new(spec);
            for (at, place) in spec.placements().enumerate() {
                kernel.place(&drawn[at % drawn.len()], place.x, place.y);
            }
            let mut best: Option<Vec<(u32, f64)>> = None;
            for _ in 0..REPEATS {
                let steps = kernel.encode_in_steps(options.quality, &thread_time)?;
                if best.as_ref().is_none_or(|best| sum(&steps) < sum(best)) {
                    best = Some(steps);
                }
            }
            of_quadrant.push((spec.size(), best.ok_or("no step")?));
        }
        let steps_of = |spec: &SheetSpec| {
            let same = of_quadrant.iter().find(|(size, _)| *size == spec.size());
            same.map(|(_, steps)| steps.clone()).ok_or("quadrants differ")
        };
        let steps = sheets.iter().map(steps_of).collect::<std::result::Result<Vec<_>, _>>()?;
        let cells = sweep.grid.cells() as usize;
        let pictures = time_previews(prepared.as_ref(), sweep, portrait.frame(), &thread_time)?;
        let extras: Vec<Vec<(usize, f64)>> = pictures
            .iter()
            .map(|&(frames, seconds)| {
                // Half of it making frames, which are read again, and half encoding them, at the end.
                let each = seconds / 2.0 / frames.max(1) as f64 + load;
                let needed = |at: usize| (cells - 1) * at / frames.max(1);
                let last = (if frames > 0 { cells } else { 0 }, seconds / 2.0);
                (0..frames).map(|at| (needed(at), each)).chain([last]).collect()
            })
            .collect();
        let mut named = vec![
            ("keeping a crop", keep),
            ("reading it again", load),
            ("pasting a frame", paste),
            ("encoding it for the pack", packed),
            ("converting and placing it", place),
        ];
        let names = ["encoding a sheet", "encoding a phone's sheet"];
        named.extend(names.into_iter().zip(of_quadrant.iter().map(|(_, steps)| sum(steps))));
        let names = ["preview.webp", "contact.png", "input.jpg"];
        named.extend(names.into_iter().zip(extras.iter().map(|steps| sum(steps))));
        let costs =
            SweepCosts { call: 0.0, keep, render: paste + packed + place, sheets: steps, extras };
        Ok(Self { sheets, costs, named })
    }

    fn print(&self) {
        println!("| part | ms of a core |\n| --- | --- |");
        for (name, seconds) in &self.named {
            println!("| {name} | {:.1} |", seconds * 1000.0);
        }
        println!();
    }
}

fn sum<T>(steps: &[(T, f64)]) -> f64 {
    steps.iter().map(|(_, seconds)| seconds).sum()
}

/// The least processor time of a few times, in seconds.
fn shortest(mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..4 * REPEATS {
        let start = thread_time();
        work()?;
        best = best.min((thread_time() - start).as_secs_f64());
    }
    Ok(best)
}

/// Processor time of this thread, which others that use the machine hardly change.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on Linux and macOS, and `time` is written to.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(failed, 0, "no clock of a thread's own time");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
