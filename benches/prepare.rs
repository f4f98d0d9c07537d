//! Preparation by stages, on the 410 x 512 crop of the example portrait enlarged to 512 x 640.
//!
//! `cargo bench -p gaze-bench --bench prepare`. What a stage costs against the whole is worth more than milliseconds, which
//! differ between machines and with what else runs.

use std::sync::LazyLock;

use divan::Bencher;
use gaze_face::embedded::{EmbeddedEngine, kernels};
use gaze_face::faces::{Face, FaceModels, PersonMask};
use gaze_face::matting::{Head, Plane, channels, cut_out, person_matte};
use gaze_face::{Frame, Portrait, PrepareOptions, Size};
use gaze_rig::Rect;
use gaze_rig::layers::Layers;
use gaze_rig::rig::Texture;
use image::imageops::FilterType;

const SIZE: Size = Size { width: 512, height: 640 };
/// The part of the picture that is prepared: puts the face in its middle.
const CROP: [u32; 4] = [20, 0, 410, 512];

fn main() {
    divan::main();
}

/// What the stages take from each other.
struct Stages {
    portrait: Portrait,
    models: FaceModels,
    face: Face,
    mask: PersonMask,
    head: Head,
    rgb: [Plane; 3],
    matte: Plane,
}

static STAGES: LazyLock<Stages> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
    let picture = image::open(path).expect("the fixture is a picture");
    let [x, y, width, height] = CROP;
    let crop = picture.crop_imm(x, y, width, height);
    let crop = crop.resize_exact(SIZE.width, SIZE.height, FilterType::CatmullRom).to_rgba8();
    let frame = Frame::from_pixels(SIZE, crop.into_raw()).expect("four bytes a pixel");
    let portrait = Portrait::from_frame(frame).expect("the crop has a fair size");
    let models = FaceModels::embedded().expect("the models are in the crate");
    let face = models.find_faces(&portrait).expect("the models run").swap_remove(0);
    let mask = models.person_mask(&portrait, &face).expect("the model runs");
    let (head, rgb) = (Head::of(&face), channels(portrait.frame()));
    let matte = person_matte(&head, &mask, &rgb);
    Stages { portrait, models, face, mask, head, rgb, matte }
});

/// Room around the person, as the embedded engine has it, in pixels.
fn fringe(head: &Head) -> f32 {
    0.07 * head.iod
}

#[divan::bench(sample_size = 1)]
fn load_models() -> FaceModels {
    FaceModels::embedded().expect("the models are in the crate")
}

#[divan::bench(sample_size = 1)]
fn find_faces(bencher: Bencher) {
    let s = &*STAGES;
    bencher.bench_local(|| s.models.find_faces(&s.portrait));
}

#[divan::bench(sample_size = 1)]
fn mask_person(bencher: Bencher) {
    let s = &*STAGES;
    bencher.bench_local(|| s.models.person_mask(&s.portrait, &s.face));
}

#[divan::bench(sample_size = 1)]
fn refine_matte(bencher: Bencher) {
    let s = &*STAGES;
    bencher.bench_local(|| person_matte(&s.head, &s.mask, &s.rgb));
}

/// Only where the background is removed.
#[divan::bench(sample_size = 1)]
fn remove_background(bencher: Bencher) {
    let s = &*STAGES;
    bencher.bench_local(|| cut_out(s.portrait.frame(), &s.rgb, &s.matte, &s.head));
}

#[divan::bench(sample_size = 1)]
fn fill_layers(bencher: Bencher) {
    let s = &*STAGES;
    bencher.bench_local(|| {
        Layers::over_background(s.portrait.frame(), &s.matte, fringe(&s.head), None)
    });
}

#[divan::bench(sample_size = 1)]
fn measure_head(bencher: Bencher) {
    let s = &*STAGES;
    bencher.bench_local(|| kernels::head_fields(&s.head, SIZE, &s.matte));
}

#[divan::bench(sample_size = 1)]
fn measure_brows_and_lids(bencher: Bencher) {
    let s = &*STAGES;
    bencher.bench_local(|| kernels::feature_fields(&s.head, &s.face));
}

#[divan::bench(sample_size = 1)]
fn fit_eyes(bencher: Bencher) {
    let s = &*STAGES;
    bencher.bench_local(|| kernels::eyes(&s.face, &s.rgb));
}

/// Of the part that moves.
#[divan::bench(sample_size = 1)]
fn double_texture(bencher: Bencher) {
    let s = &*STAGES;
    let layers = Layers::over_background(s.portrait.frame(), &s.matte, fringe(&s.head), None);
    let moving = Rect { x: 130, y: 0, width: 256, height: 250 };
    bencher.bench_local(|| Texture::from_pixels(SIZE, &layers.person, moving));
}

#[divan::bench(sample_size = 1)]
fn all_of_it(bencher: Bencher) {
    let engine = EmbeddedEngine::new().expect("the models are in the crate");
    bencher.bench_local(|| engine.build_rig(&STAGES.portrait, &PrepareOptions::default(), &()));
}
