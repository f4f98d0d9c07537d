//! What is photographed: one portrait prepared in a few ways, in poses that single things out.

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::{
    EyeStyle, Frame, GazeGenerator, GenerateOptions, Portrait, Pose, PreparedPortrait, Rect, Size,
    Sweep,
};
use image::imageops::FilterType;
use image::{GenericImage, Rgb, RgbImage, RgbaImage, imageops};

/// The portrait in all pictures.
const PORTRAIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
/// Its head and shoulders, which are prepared in a fraction of the time of the whole.
const HEAD: Rect = Rect { x: 100, y: 0, width: 246, height: 300 };
/// Its face, hair and some background.
const FACE: Rect = Rect { x: 140, y: 4, width: 170, height: 196 };
/// Little more than the face: the head's motion has to end where it is largest.
const CLOSE_UP: Rect = Rect { x: 172, y: 62, width: 112, height: 108 };
/// How much the face is enlarged: its irises are 4 px wide, too little to see the shape of anything.
const ENLARGED: u32 = 3;
/// What shows through frames without a background: no colour of the portrait's.
const BACKDROP: Rgb<u8> = Rgb([255, 0, 200]);

/// A prepared portrait.
pub(crate) struct Scene(Box<dyn PreparedPortrait>);

impl Scene {
    /// Head and shoulders, pixel by pixel as in the photograph.
    pub(crate) fn head() -> Self {
        Self::prepare(crop(&photograph(), HEAD), GenerateOptions::default())
    }

    /// The same with the background removed.
    pub(crate) fn cut_out() -> Self {
        let mut options = GenerateOptions::default();
        options.remove_background = true;
        Self::prepare(crop(&photograph(), HEAD), options)
    }

    /// The face, enlarged.
    pub(crate) fn face() -> Self {
        Self::prepare(enlarged_face(), GenerateOptions::default())
    }

    /// The same with soft eyes.
    pub(crate) fn soft_face() -> Self {
        let mut options = GenerateOptions::default();
        options.eyes = EyeStyle::Soft;
        Self::prepare(enlarged_face(), options)
    }

    /// The face alone, pixel by pixel, up to the picture's border.
    pub(crate) fn close_up() -> Self {
        Self::prepare(crop(&photograph(), CLOSE_UP), GenerateOptions::default())
    }

    fn prepare(portrait: RgbaImage, mut options: GenerateOptions) -> Self {
        let mut pixels = Frame::new(Size { width: portrait.width(), height: portrait.height() });
        pixels.pixels_mut().copy_from_slice(&portrait);
        options.max_size = portrait.width().max(portrait.height());
        let generator = GazeGenerator::new(EmbeddedEngine::new().unwrap()).with_options(options);
        Self(generator.prepare(&Portrait::from_frame(pixels).unwrap(), &()).unwrap())
    }

    /// A pose's frame.
    pub(crate) fn whole(&self, pose: &Pose) -> RgbImage {
        self.part(pose, Rect::covering(self.0.frame_size()))
    }

    /// A part of a pose's frame, over the backdrop where it is transparent.
    pub(crate) fn part(&self, pose: &Pose, part: Rect) -> RgbImage {
        let mut frame = Frame::new(self.0.frame_size());
        self.0.render(pose, &mut frame).unwrap();
        part_of(&frame, part)
    }
}

/// A part of a frame, over the backdrop where it is transparent.
pub(crate) fn part_of(frame: &Frame, part: Rect) -> RgbImage {
    RgbImage::from_fn(part.width, part.height, |x, y| {
        let [r, g, b, alpha] = frame.pixel(part.x + x, part.y + y);
        let over = |color: u8, behind: u8| {
            let share = u32::from(alpha);
            ((u32::from(color) * share + u32::from(behind) * (255 - share) + 127) / 255) as u8
        };
        let [behind_r, behind_g, behind_b] = BACKDROP.0;
        Rgb([over(r, behind_r), over(g, behind_g), over(b, behind_b)])
    })
}

fn photograph() -> RgbaImage {
    let portrait = Portrait::open(PORTRAIT).unwrap();
    let Size { width, height } = portrait.size();
    RgbaImage::from_raw(width, height, portrait.frame().pixels().to_vec()).unwrap()
}

fn crop(picture: &RgbaImage, part: Rect) -> RgbaImage {
    imageops::crop_imm(picture, part.x, part.y, part.width, part.height).to_image()
}

fn enlarged_face() -> RgbaImage {
    let (width, height) = (ENLARGED * FACE.width, ENLARGED * FACE.height);
    imageops::resize(&crop(&photograph(), FACE), width, height, FilterType::CatmullRom)
}

/// The whole pose of a sweep, from -15 to 15 to the viewer's right and down.
pub(crate) fn looking(x: f32, y: f32) -> Pose {
    Sweep::default().pose_at(x, y)
}

/// Eyes and lids only.
pub(crate) fn glancing(x: f32, y: f32) -> Pose {
    let mut sweep = Sweep::default();
    (sweep.head_yaw_deg, sweep.head_pitch_deg, sweep.eyebrow) = (0.0, 0.0, 0.0);
    sweep.pose_at(x, y)
}

/// Brows only, all the way up.
pub(crate) fn raised_brows() -> Pose {
    let mut sweep = Sweep::default();
    (sweep.head_yaw_deg, sweep.head_pitch_deg, sweep.pupil) = (0.0, 0.0, 0.0);
    sweep.pose_at(0.0, -15.0)
}

/// Pictures of one width below each other.
pub(crate) fn stacked(pictures: &[RgbImage]) -> RgbImage {
    let height = pictures.iter().map(RgbImage::height).sum();
    let mut stack = RgbImage::new(pictures[0].width(), height);
    let mut y = 0;
    for picture in pictures {
        stack.copy_from(picture, 0, y).unwrap();
        y += picture.height();
    }
    stack
}
