//! The embedded engine's pictures, compared with golden ones that were looked at.
//!
//! See `tests/golden/README.md` for what each shows and when to bless it.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod gallery;
mod scene;
mod stored;

use std::sync::OnceLock;

use gallery::Gallery;
use gaze_core::Rect;
use scene::{Scene, glancing, looking, raised_brows, stacked};

// Parts of the head's scene.
const HEAD_AND_HAIR: Rect = Rect { x: 46, y: 10, width: 164, height: 184 };
const LEFT_OF_HEAD: Rect = Rect { x: 34, y: 30, width: 64, height: 110 };
const RIGHT_OF_HEAD: Rect = Rect { x: 150, y: 30, width: 64, height: 110 };
const FACE: Rect = Rect { x: 74, y: 64, width: 104, height: 110 };
// Parts of the enlarged face's.
const EYES: Rect = Rect { x: 144, y: 264, width: 240, height: 60 };
const BROWS: Rect = Rect { x: 144, y: 224, width: 240, height: 100 };

fn head() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(Scene::head)
}

fn face() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(Scene::face)
}

#[test]
fn head_up_left() {
    Gallery::open().check("head_up_left", &head().part(&looking(-15.0, -15.0), HEAD_AND_HAIR));
}

#[test]
fn head_down_right() {
    Gallery::open().check("head_down_right", &head().part(&looking(15.0, 15.0), HEAD_AND_HAIR));
}

#[test]
fn face_half_way() {
    Gallery::open().check("face_half_way", &head().part(&looking(6.5, -4.0), FACE));
}

#[test]
fn face_at_the_border() {
    let scene = Scene::close_up();
    Gallery::open().check("face_at_the_border", &scene.whole(&looking(15.0, 15.0)));
}

#[test]
fn uncovered_background() {
    let parts = [
        head().part(&looking(15.0, 0.0), LEFT_OF_HEAD),
        head().part(&looking(-15.0, 0.0), RIGHT_OF_HEAD),
    ];
    Gallery::open().check("uncovered_background", &stacked(&parts));
}

#[test]
fn removed_background() {
    let scene = Scene::cut_out();
    let parts = [
        scene.part(&looking(12.0, -6.0), LEFT_OF_HEAD),
        scene.part(&looking(12.0, -6.0), RIGHT_OF_HEAD),
    ];
    Gallery::open().check("removed_background", &stacked(&parts));
}

#[test]
fn eyes_left_and_right() {
    let parts = [-15.0, 15.0].map(|x| face().part(&glancing(x, 0.0), EYES));
    Gallery::open().check("eyes_left_and_right", &stacked(&parts));
}

#[test]
fn eyes_up_and_down() {
    let parts = [-15.0, 15.0].map(|y| face().part(&glancing(0.0, y), EYES));
    Gallery::open().check("eyes_up_and_down", &stacked(&parts));
}

#[test]
fn soft_eyes() {
    let scene = Scene::soft_face();
    let parts = [-15.0, 15.0].map(|x| scene.part(&glancing(x, x), EYES));
    Gallery::open().check("soft_eyes", &stacked(&parts));
}

#[test]
fn blink() {
    let parts = [
        face().part(&glancing(9.0, 0.0).with_blinks([0.5, 0.25]), EYES),
        face().part(&glancing(0.0, 0.0).with_blink(1.0), EYES),
    ];
    Gallery::open().check("blink", &stacked(&parts));
}

#[test]
fn brows() {
    Gallery::open().check("brows", &face().part(&raised_brows(), BROWS));
}

#[test]
fn rig_of_version_1() {
    let parts = [
        stored::opaque(&looking(-15.0, -15.0)),
        stored::opaque(&looking(15.0, 6.0)),
        stored::opaque_and_small(&looking(9.0, 15.0)),
    ];
    Gallery::open().check("rig_of_version_1", &stacked(&parts));
}

#[test]
fn clear_rig_of_version_1() {
    Gallery::open()
        .check("clear_rig_of_version_1", &stored::clear_and_small(&looking(15.0, -15.0)));
}
