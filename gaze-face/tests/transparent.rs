//! Portraits that are transparent themselves: people cut out, and pictures that are round.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::Path;
use std::sync::OnceLock;

use gaze_face::embedded::EmbeddedEngine;
use gaze_face::{Frame, Portrait, PrepareOptions, Sweep};
use gaze_rig::rig::{Backdrop, Rig};

const POSES: [(f32, f32); 4] = [(0.0, 0.0), (-15.0, -15.0), (15.0, 15.0), (15.0, -4.0)];
/// Under alpha 0, and never to be seen.
const HIDDEN: [u8; 4] = [0, 255, 0, 0];

struct Fixture {
    engine: EmbeddedEngine,
    opaque: Portrait,
    cut_out: Portrait,
    round: Portrait,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let engine = EmbeddedEngine::new().unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astronaut.png");
        let opaque = Portrait::open(file).unwrap().resized(256);
        let removed = PrepareOptions::default().with_background_removed(true);
        let alone = engine.build_rig(&opaque, &removed, &()).unwrap().0;
        let cut_out = changed(&alone.parts().picture, |_, _, pixel| match pixel[3] {
            0 => HIDDEN,
            _ => pixel,
        });
        let round = changed(opaque.frame(), |x, y, [r, g, b, _]| {
            let distance = (x as f32 - 120.0).hypot(y as f32 - 100.0);
            match ((100.5 - distance).clamp(0.0, 1.0) * 255.0) as u8 {
                0 => HIDDEN,
                alpha => [r, g, b, alpha],
            }
        });
        Fixture { engine, opaque, cut_out, round }
    })
}

fn changed(frame: &Frame, pixel: impl Fn(u32, u32, [u8; 4]) -> [u8; 4]) -> Portrait {
    let width = frame.size().width;
    let mut changed = frame.clone();
    for (i, out) in changed.pixels_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *out = pixel(i as u32 % width, i as u32 / width, *out);
    }
    Portrait::from_frame(changed).unwrap()
}

fn rig_of(portrait: &Portrait, options: PrepareOptions) -> Rig {
    fixture().engine.build_rig(portrait, &options, &()).unwrap().0
}

fn draw(rig: &Rig, (x, y): (f32, f32)) -> Frame {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Sweep::default().pose_at(x, y), &mut frame).unwrap();
    frame
}

fn pixels(frame: &Frame) -> &[[u8; 4]] {
    frame.pixels().as_chunks::<4>().0
}

/// How much greener than the opaque portrait's greenest the greenest pixel is that is seen.
fn assert_nothing_hidden_is_seen(frame: &Frame) {
    let green = |[r, g, b, alpha]: [u8; 4]| {
        let excess = i32::from(g) - i32::from(r.max(b));
        if alpha > 8 { excess } else { 0 }
    };
    let most = |frame: &Frame| pixels(frame).iter().map(|pixel| green(*pixel)).max().unwrap();
    let known = most(fixture().opaque.frame());
    assert!(most(frame) <= known + 6, "{} beyond {known}", most(frame));
    assert!(pixels(frame).iter().all(|pixel| pixel[3] > 0 || *pixel == [0; 4]));
}

#[test]
fn who_was_cut_out_stays_so_and_moves() {
    let f = fixture();
    let rig = rig_of(&f.cut_out, PrepareOptions::default());
    assert!(rig.has_alpha() && rig.parts().mask.is_none());
    // At rest the alpha is the portrait's own, to the bit.
    let rest = draw(&rig, (0.0, 0.0));
    let same = pixels(&rest).iter().zip(pixels(f.cut_out.frame())).all(|(a, b)| a[3] == b[3]);
    assert!(same);
    let mut outlines = Vec::new();
    for pose in POSES {
        let frame = draw(&rig, pose);
        assert_nothing_hidden_is_seen(&frame);
        outlines.push(pixels(&frame).iter().map(|pixel| pixel[3]).collect::<Vec<_>>());
    }
    assert!(outlines[1] != outlines[2], "the outline moves with the head");
    // Asking for what is done already changes nothing here.
    let again = rig_of(&f.cut_out, PrepareOptions::default().with_background_removed(true));
    let differing = pixels(&draw(&again, POSES[1]))
        .iter()
        .zip(pixels(&draw(&rig, POSES[1])))
        .filter(|(a, b)| a[3].abs_diff(b[3]) > 8)
        .count();
    assert!(differing < rest.size().area() / 200, "{differing}");
}

#[test]
fn round_pictures_stay_round() {
    let f = fixture();
    let rig = rig_of(&f.round, PrepareOptions::default());
    assert!(rig.has_alpha() && rig.parts().mask.is_some());
    let rest = draw(&rig, (0.0, 0.0));
    for pose in POSES {
        let frame = draw(&rig, pose);
        assert_nothing_hidden_is_seen(&frame);
        let same = pixels(&frame).iter().zip(pixels(f.round.frame())).all(|(a, b)| a[3] == b[3]);
        assert!(same, "{pose:?}");
        assert_eq!(frame == rest, pose == POSES[0]);
    }
}

#[test]
fn round_pictures_lose_their_background_up_to_their_edge() {
    let f = fixture();
    let removed = PrepareOptions::default().with_background_removed(true);
    let [round, opaque] = [&f.round, &f.opaque].map(|portrait| rig_of(portrait, removed));
    assert!(round.has_alpha() && round.parts().mask.is_none());
    let [rest, expected] = [&round, &opaque].map(|rig| draw(rig, POSES[0]));
    assert_nothing_hidden_is_seen(&rest);
    let shown = pixels(&rest).iter().zip(pixels(&expected)).zip(pixels(f.round.frame()));
    let shown: Vec<[u8; 3]> =
        shown.map(|((shown, expected), own)| [shown[3], expected[3], own[3]]).collect();
    let ground = shown.iter().filter(|[_, expected, own]| *own == 255 && *expected < 8);
    let left = ground.clone().filter(|[shown, ..]| *shown > 60).count();
    assert!(left * 20 < ground.count(), "{left} pixels of the background are left");
    let person = shown.iter().filter(|[_, expected, own]| *own == 255 && *expected > 250);
    let lost = person.clone().filter(|[shown, ..]| *shown < 200).count();
    assert!(lost * 20 < person.count(), "{lost} pixels of the person are gone");
    assert!(shown.iter().all(|[shown, _, own]| shown <= own), "the picture stays round");
}

#[test]
fn a_background_makes_frames_opaque() {
    let f = fixture();
    let color = [250, 240, 20];
    let asked = PrepareOptions::default().with_background(Some(color));
    let removed = asked.with_background_removed(true);
    for (portrait, options) in
        [(&f.cut_out, asked), (&f.cut_out, removed), (&f.round, asked), (&f.opaque, removed)]
    {
        let rig = rig_of(portrait, options);
        assert!(!rig.has_alpha() && matches!(rig.parts().backdrop, Backdrop::Kept { .. }));
        for pose in POSES {
            let frame = draw(&rig, pose);
            assert!(pixels(&frame).iter().all(|pixel| pixel[3] == 255));
            assert_eq!(frame.pixel(2, 2), [250, 240, 20, 255]);
        }
    }
    // What is opaque already is left alone.
    let plain = draw(&rig_of(&f.opaque, PrepareOptions::default()), POSES[1]);
    assert!(draw(&rig_of(&f.opaque, asked), POSES[1]) == plain);
}
