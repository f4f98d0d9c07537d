//! Runs the whole pipeline on a stand-in engine, a plain warp of any picture, and prints time, use of the
//! cores and peak memory (Linux): what the pipeline itself costs, apart from the engine.
//!
//! `cargo run --release -p gaze-tools --bin pipeline_load -- picture.png out [grid] [width] [height] [threads] [alpha]`

use std::error::Error;
use std::time::Instant;

use gaze_core::{
    Engine, EngineDescription, Frame, GazeGenerator, GenerateOptions, Grid, Observer, Portrait,
    Pose, PrepareRequest, PreparedPortrait, Result, Size, Warning,
};

struct WarpEngine;

struct Warp {
    source: Frame,
    has_alpha: bool,
    /// How far each pixel follows the gaze, 0 to 1.
    follow: Vec<f32>,
}

impl Engine for WarpEngine {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("warp")
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        _observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let has_alpha = request.options().remove_background;
        let mut source = request.portrait().frame().clone();
        let Size { width, height } = source.size();
        let mut follow = Vec::with_capacity(source.size().area());
        for at in 0..source.size().area() as u32 {
            let (x, y) = (at % width, at / width);
            let (dx, dy) = (x as f32 / width as f32 - 0.5, y as f32 / height as f32 - 0.4);
            follow.push((-12.0 * (dx * dx + dy * dy)).exp());
        }
        for (pixel, follow) in source.pixels_mut().chunks_exact_mut(4).zip(&follow) {
            let alpha = ((follow - 0.3) * 2000.0).clamp(0.0, 255.0) as u8;
            pixel[3] = if has_alpha { alpha } else { 255 };
        }
        Ok(Box::new(Warp { source, has_alpha, follow }))
    }
}

impl PreparedPortrait for Warp {
    fn frame_size(&self) -> Size {
        self.source.size()
    }

    fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        let Size { width, height } = self.source.size();
        let source = self.source.pixels();
        let target = frame.pixels_mut().chunks_exact_mut(4);
        for ((at, target), follow) in target.enumerate().zip(&self.follow) {
            let (x, y) = ((at as u32 % width) as f32, (at as u32 / width) as f32);
            let x = (x - follow * pose.pupil_x * 1.3).clamp(0.0, width as f32 - 1.01);
            let y = (y + follow * pose.pupil_y * 1.3).clamp(0.0, height as f32 - 1.01);
            let at = (y as usize * width as usize + x as usize) * 4;
            let (fx, fy) = (x.fract(), y.fract());
            let below = at + width as usize * 4;
            for c in 0..4 {
                let row = |at: usize| {
                    f32::from(source[at + c]) * (1.0 - fx) + f32::from(source[at + 4 + c]) * fx
                };
                target[c] = (row(at) * (1.0 - fy) + row(below) * fy + 0.5) as u8;
            }
        }
        Ok(())
    }
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |at: usize, default: u32| arguments.get(at).map_or(Ok(default), |a| a.parse());
    let [_, picture, out, ..] = arguments.as_slice() else {
        return Err("give a picture and a folder".into());
    };
    let (width, height) = (number(4, 410)?, number(5, 512)?);
    let picture = image::open(picture)?.resize_exact(width, height, image::imageops::Triangle);
    let mut frame = Frame::new(Size { width, height });
    frame.pixels_mut().copy_from_slice(&picture.to_rgba8());
    let portrait = Portrait::from_frame(frame)?;
    let mut options = GenerateOptions::default();
    options.sweep.grid = Grid::from_side(number(3, 30)?)?;
    options.max_size = width.max(height);
    options.threads = number(6, 0)? as usize;
    options.remove_background = arguments.get(7).is_some_and(|a| a == "alpha");
    options.force = true;
    let generator = GazeGenerator::new(WarpEngine).with_options(options);

    let prepared = generator.prepare(&portrait, &())?;
    let mut frame = Frame::new(prepared.frame_size());
    let start = Instant::now();
    for i in 0..20 {
        prepared.render(&Pose::default().with_pupils(i as f32 - 10.0, 0.0), &mut frame)?;
    }
    println!("render        {:6.2} ms a frame", start.elapsed().as_secs_f64() * 50.0);

    let (cpu, start) = (cpu_seconds(), Instant::now());
    let outcome = generator.generate(&portrait, out, &())?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - cpu;
    let threads = match generator.options().threads {
        0 => std::thread::available_parallelism()?.get(),
        threads => threads,
    };
    println!("wall          {wall:6.2} s");
    println!("cpu           {cpu:6.2} s");
    println!("cores in use  {:6.2} of {threads}", cpu / wall);
    println!("peak memory   {:6} MB", peak_kilobytes() / 1024);
    for (name, bytes) in &outcome.files {
        println!("{name:14}{bytes:9} bytes");
    }
    Ok(())
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    // Fields 14 and 15 of the line, in hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|p| p.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
