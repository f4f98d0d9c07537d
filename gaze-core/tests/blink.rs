//! Closed eyes in packs: what is stored closes the eyes of any frame, and nothing jumps.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fs;
use std::path::Path;

use gaze_core::pack::{BlinkLayout, PackFile};
use gaze_core::{
    AXIS_EXTENT, Engine, EngineDescription, Frame, GazeGenerator, GenerateOptions, Grid, Observer,
    Portrait, Pose, PrepareRequest, PreparedPortrait, Result, Size, Sweep, Warning, inspect,
};

const SIZE: Size = Size { width: 160, height: 120 };
/// Middles of the eyes at rest, and how far they go to the ends of the sweep, in px; half an eye's width and height.
const EYES: [[f32; 2]; 2] = [[50.0, 52.0], [110.0, 55.0]];
const TRAVEL: [f32; 2] = [13.0, 8.0];
const HALF: [f32; 2] = [12.0, 7.0];

/// Draws a face of shaded skin with two dark eyes, whose upper lids come down where it blinks; or stay.
#[derive(Clone, Copy)]
struct Face {
    has_lids: bool,
    has_alpha: bool,
}

impl Face {
    /// Shade of a place, 0 to 255.
    fn shade(&self, pose: &Pose, x: f32, y: f32) -> f32 {
        let shift =
            [pose.pupil_x / AXIS_EXTENT * TRAVEL[0], -pose.pupil_y / AXIS_EXTENT * TRAVEL[1]];
        let [x, y] = [x - shift[0], y - shift[1]];
        let mut shade = 150.0 + 40.0 * (x * 0.05).sin() + 20.0 * (y * 0.09).cos();
        for ([eye_x, eye_y], closed) in EYES.into_iter().zip(pose.blink) {
            let closed = if self.has_lids { closed } else { 0.0 };
            let (dx, dy) = ((x - eye_x) / HALF[0], (y - eye_y) / HALF[1]);
            let inside = ((1.0 - dx.hypot(dy)) * HALF[1]).clamp(0.0, 1.0);
            let below = ((dy + 1.0 - 1.75 * closed) * HALF[1]).clamp(0.0, 1.0);
            shade += (30.0 - shade) * inside * below;
        }
        shade
    }
}

impl Engine for Face {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("face")
    }

    fn prepare(
        &self,
        _: &PrepareRequest<'_>,
        _: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        Ok(Box::new(*self))
    }
}

impl PreparedPortrait for Face {
    fn frame_size(&self) -> Size {
        SIZE
    }

    fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        for (at, pixel) in (0..).zip(frame.pixels_mut().chunks_exact_mut(4)) {
            let (x, y) = (at % SIZE.width, at / SIZE.width);
            let shade = self.shade(pose, x as f32, y as f32).round() as u8;
            let alpha = if self.has_alpha && y < 20 { 0 } else { 255 };
            pixel.copy_from_slice(&[shade, shade.saturating_sub(10), shade / 2, alpha]);
        }
        Ok(())
    }
}

fn options() -> GenerateOptions {
    GenerateOptions::default().with_grid(Grid::from_side(4).unwrap()).with_blink(true)
}

fn generate(face: Face, options: GenerateOptions, out: &Path) {
    let portrait = Portrait::from_frame(Frame::new(SIZE)).unwrap();
    GazeGenerator::new(face).with_options(options).generate(&portrait, out, &()).unwrap();
}

const FACE: Face = Face { has_lids: true, has_alpha: false };

/// The picture `under` with its eyes closed as a player does it.
fn closed(
    under: &Frame,
    layout: &BlinkLayout,
    strip: &Frame,
    [x, y]: [f64; 2],
    closing: f64,
) -> Frame {
    let mut frame = under.clone();
    let cover = layout.cover(closing);
    for patch in layout.patches(x, y, closing) {
        for (at, pixel) in (0..).zip(frame.pixels_mut().chunks_exact_mut(4)) {
            let [u, v] =
                [f64::from(at % SIZE.width) - patch.left, f64::from(at / SIZE.width) - patch.top];
            let is_inside = u > -1.0
                && v > -1.0
                && u < f64::from(patch.size.width)
                && v < f64::from(patch.size.height);
            if !is_inside {
                continue;
            }
            // Premultiplied, bilinear.
            let mut sum = [0.0; 4];
            for (place, weight) in &patch.layers {
                for (du, dv) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let (cu, cv) = (u.floor() as i64 + du, v.floor() as i64 + dv);
                    if cu < 0
                        || cv < 0
                        || cu >= i64::from(place.width)
                        || cv >= i64::from(place.height)
                    {
                        continue;
                    }
                    let share =
                        weight * (1.0 - (u - cu as f64).abs()) * (1.0 - (v - cv as f64).abs());
                    let texel = strip.pixel(place.x + cu as u32, place.y + cv as u32);
                    let alpha = f64::from(texel[3]) / 255.0;
                    (0..3).for_each(|c| sum[c] += share * alpha * f64::from(texel[c]));
                    sum[3] += share * alpha;
                }
            }
            for (channel, sum_here) in pixel.iter_mut().zip(&sum[..3]) {
                let below = f64::from(*channel) * (1.0 - cover * sum[3]);
                *channel = (below + cover * sum_here).round() as u8;
            }
        }
    }
    frame
}

/// Mean and worst difference within what an eye takes and some room around it.
fn difference(a: &Frame, b: &Frame) -> (f64, f64) {
    let pairs = a.pixels().iter().zip(b.pixels());
    let differences: Vec<f64> = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).collect();
    let worst = differences.iter().copied().fold(0.0, f64::max);
    (differences.iter().sum::<f64>() / differences.len() as f64, worst)
}

#[test]
fn any_gaze_closes_its_eyes_and_nothing_jumps() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    generate(FACE, options().with_quality(95), &out);
    let mut pack = PackFile::open(out.join("frames.gaze")).unwrap();
    pack.check(&()).unwrap();
    let (layout, strip) = pack.blink().unwrap().unwrap();
    assert_eq!((layout.poses(), strip.size()), (3, layout.strip_size()));
    let render = |[x, y]: [f64; 2], blink: f64| {
        let pose = Sweep::default().pose_at((x * 15.0) as f32, (y * 15.0) as f32);
        let mut frame = Frame::new(SIZE);
        FACE.render(&pose.with_blink(blink as f32), &mut frame).unwrap();
        frame
    };
    for gaze in [[0.0, 0.0], [1.0, -1.0], [0.45, 0.3], [-0.5, -0.5], [0.1, 0.77]] {
        let open = render(gaze, 0.0);
        let (_, moved) = difference(&open, &render(gaze, 1.0));
        assert!(moved > 100.0);
        for stage in [1.0, 2.0, 3.0] {
            let drawn = render(gaze, stage / 3.0);
            let shown = closed(&open, &layout, &strip, gaze, stage / 3.0);
            // Of what a blink changes, far the most is there, and nothing else.
            let [mean, unclosed] = [&shown, &open].map(|frame| difference(frame, &drawn).0);
            assert!(mean < 0.4 * unclosed, "{gaze:?} {stage}: {mean} of {unclosed}");
        }
        // Between stages, lids are mixed of two.
        for closing in [0.2, 0.55, 0.85] {
            let shown = closed(&open, &layout, &strip, gaze, closing);
            let (mean, _) = difference(&shown, &render(gaze, closing));
            assert!(mean < 0.6, "{gaze:?} {closing}: {mean}");
        }
        // Shut, nothing of the eye is left.
        let (mean, _) = difference(&closed(&open, &layout, &strip, gaze, 1.0), &render(gaze, 1.0));
        assert!(mean < 0.5, "{gaze:?}: {mean}");
        // From one moment to the next, nothing changes by much more than what moves.
        for step in 0..40 {
            let at = |n: i32| f64::from(n) / 40.0;
            let [before, after] =
                [at(step), at(step + 1)].map(|c| closed(&open, &layout, &strip, gaze, c));
            assert!(difference(&before, &after).0 < 0.6, "{gaze:?} {step}");
        }
        let none = closed(&open, &layout, &strip, gaze, 0.0);
        assert_eq!(difference(&none, &open), (0.0, 0.0));
    }
    let report = inspect(&out).unwrap();
    assert!(report.is_sound() && report.pack.unwrap().blink.is_some(), "{:?}", report.problems);
}

#[test]
fn transparent_faces_blink_too() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    let face = Face { has_alpha: true, ..FACE };
    generate(face, options().with_background_removed(true), &out);
    let mut pack = PackFile::open(out.join("frames.gaze")).unwrap();
    pack.check(&()).unwrap();
    let (_, strip) = pack.blink().unwrap().unwrap();
    let alphas = || strip.pixels().chunks_exact(4).map(|pixel| pixel[3]);
    assert!(alphas().any(|alpha| alpha == 255) && alphas().any(|alpha| alpha == 0));
}

#[test]
fn without_lids_or_the_wish_there_is_nothing_more_than_before() {
    let parent = tempfile::tempdir().unwrap();
    let pack_of = |face: Face, options: GenerateOptions, name: &str| {
        let out = parent.path().join(name);
        generate(face, options, &out);
        fs::read(out.join("frames.gaze")).unwrap()
    };
    let without = pack_of(FACE, options().with_blink(false), "without");
    let stiff = Face { has_lids: false, ..FACE };
    assert!(
        pack_of(stiff, options(), "stiff")
            == pack_of(stiff, options().with_blink(false), "stiff-without")
    );
    let with = pack_of(FACE, options(), "with");
    // The same frames, the section behind them; one that does not know it reads them all the same.
    let blink =
        PackFile::open(parent.path().join("with/frames.gaze")).unwrap().header().blink.unwrap();
    assert_eq!(blink.end(), with.len() as u64);
    assert_eq!(with.len() as u64, without.len() as u64 + 24 + blink.len);
    assert_eq!((with[10], without[10]), (2, 0));
    // The same at any number of threads.
    assert!(pack_of(FACE, options().with_threads(3), "threads") == with);
}

#[test]
fn damaged_closed_eyes_are_found() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("face");
    generate(FACE, options(), &out);
    let path = out.join("frames.gaze");
    let sound = fs::read(&path).unwrap();
    let at = PackFile::open(&path).unwrap().header().blink.unwrap().offset as usize;
    let layout = PackFile::open(&path).unwrap().blink().unwrap().unwrap().0.to_bytes().len();
    for (from, byte, what) in
        [(0, 7, "version 7"), (4, 0, "or none"), (layout + 12, b'X', "another size")]
    {
        let mut bytes = sound.clone();
        bytes[at + from] = byte;
        fs::write(&path, &bytes).unwrap();
        let report = inspect(&out).unwrap();
        assert_eq!(report.problems.len(), 1);
        assert!(report.problems[0].message.contains(what), "{}", report.problems[0].message);
    }
    // Its picture, cut short by zeros.
    let mut bytes = sound;
    let middle = (at + layout + bytes.len()) / 2;
    bytes[middle..].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert!(!inspect(&out).unwrap().is_sound());
}
