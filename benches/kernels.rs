//! Kernels: what a run spends its time on, one at a time, on the 410 x 512 crop of the example portrait.
//!
//! `cargo bench -p gaze-bench`

use divan::{Bencher, black_box};
use gaze_core::embedded::EmbeddedEngine;
use gaze_core::kernels::SheetKernel;
use gaze_core::rig::{Rig, Warp};
use gaze_core::{Frame, Grid, Portrait, PrepareOptions, SheetLayout, SheetSpec, Size, Sweep};
use gaze_liveportrait::kernels::PasteKernel;

const SIZE: Size = Size { width: 410, height: 512 };
/// The first column of the crop: puts the face in its middle.
const CROP_LEFT: u32 = 20;

fn main() {
    divan::main();
}

fn portrait() -> Portrait {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
    let picture = image::open(path).expect("the fixture is a picture");
    let crop = picture.crop_imm(CROP_LEFT, 0, SIZE.width, SIZE.height).to_rgba8();
    let mut frame = Frame::new(SIZE);
    frame.pixels_mut().copy_from_slice(&crop);
    Portrait::from_frame(frame).expect("the crop has a fair size")
}

fn rig() -> Rig {
    let engine = EmbeddedEngine::new().expect("the models are in the crate");
    engine.build_rig(&portrait(), &PrepareOptions::default(), &()).expect("the crop shows a face").0
}

/// One of the four sheets of a 30 x 30 sweep: 15 x 15 cells.
fn quadrant() -> SheetSpec {
    SheetLayout::Quadrants
        .sheets(Grid::default(), SIZE)
        .expect("the sheets fit WebP")
        .swap_remove(0)
}

/// A pose of the sweep, a different one each time so that no branch is learnt.
fn poses() -> impl FnMut() -> gaze_core::Pose {
    let sweep = Sweep::default();
    let mut cells: Vec<_> = sweep.cells().collect();
    cells.sort_by_key(|cell| (cell.row * 37 + cell.col * 101) % 211);
    let mut next = 0;
    move || {
        next = (next + 1) % cells.len();
        sweep.pose(cells[next])
    }
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn prepare_portrait(bencher: Bencher) {
    let engine = EmbeddedEngine::new().expect("the models are in the crate");
    let portrait = portrait();
    bencher.bench_local(|| engine.build_rig(&portrait, &PrepareOptions::default(), &()));
}

#[divan::bench]
fn draw_frame(bencher: Bencher) {
    let rig = rig();
    let mut frame = Frame::new(rig.frame_size());
    bencher.with_inputs(poses()).bench_local_values(|pose| rig.draw(&pose, &mut frame));
}

/// Inverts a field of the size and steepness of a head's.
#[divan::bench]
fn invert_warp(bencher: Bencher) {
    let (cols, rows) = (205, 256);
    let bump = |node: usize| {
        let (x, y) = ((node % cols) as f32 - 102.0, (node / cols) as f32 - 100.0);
        let fall = (-(x * x + y * y) / 3000.0).exp();
        if fall < 0.01 { [0.0; 2] } else { [80.0 * fall, 30.0 * fall] }
    };
    let basis = vec![(0..cols * rows).map(bump).collect()];
    let warp = Warp { origin: [0, 0], spacing: 2, cols, rows, basis };
    bencher.bench_local(|| warp.backward(black_box(&[0.13])));
}

/// Frame pixels a crop pixel, by a hundred, in frames of a picture of 1280 px.
#[divan::bench(args = [30, 50, 70, 100, 200])]
fn paste_decoded_crop(bencher: Bencher, scale: u32) {
    let scale = f64::from(scale) / 100.0;
    let picture = Size { width: 1280, height: 1280 };
    let size = if scale < 1.0 { Size { width: 512, height: 512 } } else { picture };
    let mut frame = Frame::new(size);
    frame.pixels_mut().fill(255);
    let paste = PasteKernel::new(frame.clone(), picture, scale);
    let decoded: Vec<u8> =
        portrait().frame().pixels().iter().copied().cycle().take(512 * 512 * 3).collect();
    bencher.bench_local(|| paste.paste(black_box(&decoded), &mut frame));
}

#[divan::bench]
fn place_frame_on_canvas(bencher: Bencher) {
    let frame = portrait().frame().clone();
    let mut sheet = SheetKernel::new(&quadrant());
    bencher.bench_local(|| sheet.place(&frame, 410, 512));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn encode_sheet(bencher: Bencher) {
    let (rig, spec, sweep) = (rig(), quadrant(), Sweep::default());
    let mut sheet = SheetKernel::new(&spec);
    let mut frame = Frame::new(SIZE);
    for place in spec.placements() {
        rig.draw(&sweep.pose(place.cell), &mut frame).expect("the frame has the rig's size");
        sheet.place(&frame, place.x, place.y);
    }
    bencher.bench_local(|| sheet.encode(70));
}
