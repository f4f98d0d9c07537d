//! A live face in a program of one's own: the loop of an application that draws `portrait.gaze`, whatever shows its pixels.
//!
//! `cargo run --release -p gaze-examples --example live_rig -- portrait.gaze [looks.png]`
//!
//! Takes a picture of a face, too, and makes the rig then. Draws two seconds of somebody looking after a pointer, says how long
//! a frame takes, and saves eight of them.

use std::error::Error;
use std::f32::consts::TAU;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gaze_core::rig::Rig;
use gaze_core::{
    AXIS_EXTENT, Frame, Portrait, PrepareOptions, Size, Sweep, embedded::EmbeddedEngine, rig_file,
};

/// What the application draws at.
const FRAMES_A_SECOND: u32 = 60;
/// How soon the face has turned half of its way.
const HALF_WAY: Duration = Duration::from_millis(70);

/// What a window would keep: the rig, the pixels that it shows, and where the face looks.
struct Face {
    rig: Rig,
    frame: Frame,
    gaze: [f32; 2],
}

impl Face {
    /// A face of the height that it is shown at: it is drawn at that size, not scaled.
    fn new(rig: &Rig, height: u32) -> gaze_core::Result<Self> {
        let Size { width: w, height: h } = rig.frame_size();
        let size = Size { width: (w * height).div_ceil(h), height };
        Ok(Self { rig: rig.resized(size)?, frame: Frame::new(size), gaze: [0.0; 2] })
    }

    /// One turn of the loop: looks a little further to where the pointer is, -1 to 1 each way, and draws.
    fn draw(&mut self, pointer: [f32; 2], elapsed: Duration) -> gaze_core::Result<&Frame> {
        let left = 0.5f32.powf(elapsed.as_secs_f32() / HALF_WAY.as_secs_f32());
        for (gaze, target) in self.gaze.iter_mut().zip(pointer) {
            *gaze = target * AXIS_EXTENT + (*gaze - target * AXIS_EXTENT) * left;
        }
        let pose = Sweep::default().pose_at(self.gaze[0], self.gaze[1]);
        self.rig.draw(&pose, &mut self.frame)?;
        Ok(&self.frame)
    }
}

fn open(path: &Path) -> gaze_core::Result<Rig> {
    if path.extension().is_some_and(|end| end == "gaze") {
        return rig_file::read_rig(path);
    }
    let (rig, _) = EmbeddedEngine::new()?.build_rig(
        &Portrait::open(path)?.resized(512),
        &PrepareOptions::default(),
        &(),
    )?;
    Ok(rig)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let rig = open(&arguments.next().unwrap_or(rig_file::RIG_FILE.into()))?;
    let mut face = Face::new(&rig, 400)?;

    let step = Duration::from_secs(1) / FRAMES_A_SECOND;
    let steps = 2 * FRAMES_A_SECOND;
    let (mut shown, start) = (Vec::new(), Instant::now());
    for i in 0..steps {
        // An application takes the mouse's place, and shows the pixels: RGBA, rows top to bottom.
        let angle = TAU * i as f32 / steps as f32;
        let frame = face.draw([angle.cos(), angle.sin()], step)?;
        if i % (steps / 8) == 0 {
            shown.push(frame.clone());
        }
    }
    let each = start.elapsed().as_secs_f64() * 1e3 / f64::from(steps);
    let Size { width, height } = face.frame.size();
    println!("{width} x {height} px: {each:.1} ms a frame");

    if let Some(out) = arguments.next() {
        let rows: Vec<u8> = shown.into_iter().flat_map(Frame::into_pixels).collect();
        image::save_buffer(out, &rows, width, height * 8, image::ExtendedColorType::Rgba8)?;
    }
    Ok(())
}
