//! The face models on a real portrait, and on others where GAZE_PORTRAITS names a folder of them.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gaze_face::faces::{Face, FaceModelBytes, FaceModels, choose_face, warnings};
use gaze_face::{ErrorKind, FaceChoice, Frame, Portrait, Size, WarningKind};
use image::{Rgba, RgbaImage, imageops};
use sha2::{Digest, Sha256};

static MODELS: LazyLock<FaceModels> = LazyLock::new(|| FaceModels::embedded().unwrap());

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn astronaut_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astronaut.png")
}

fn astronaut() -> RgbaImage {
    image::open(astronaut_file()).unwrap().into_rgba8()
}

fn portrait(picture: &RgbaImage) -> Portrait {
    let mut frame = Frame::new(Size { width: picture.width(), height: picture.height() });
    frame.pixels_mut().copy_from_slice(picture);
    Portrait::from_frame(frame).unwrap()
}

fn faces_in(picture: &RgbaImage) -> Vec<Face> {
    MODELS.find_faces(&portrait(picture)).unwrap()
}

#[track_caller]
fn only_face_in(picture: &RgbaImage) -> Face {
    let mut faces = faces_in(picture);
    assert_eq!(faces.len(), 1, "faces found");
    faces.remove(0)
}

fn width(face: &Face) -> f32 {
    let [left, _, right, _] = face.bounds();
    right - left
}

fn kinds(face: &Face) -> Vec<WarningKind> {
    warnings(face, &[], FaceChoice::Largest).iter().map(|w| w.kind).collect()
}

/// Mean distance of mesh points, in shares of the face's width. `to_expected` maps the pixels of
/// the picture the face was found in to those of the expected one.
fn mesh_error(face: &Face, expected: &Face, to_expected: impl Fn(f32, f32) -> [f32; 2]) -> f32 {
    let distances = face.mesh.iter().zip(&expected.mesh).map(|(p, e)| {
        let [x, y] = to_expected(p[0], p[1]);
        (x - e[0]).hypot(y - e[1])
    });
    distances.sum::<f32>() / face.mesh.len() as f32 / width(expected)
}

#[test]
fn landmarks_agree_with_mediapipe() {
    #[derive(serde::Deserialize)]
    struct Reference {
        mesh: Vec<[f32; 3]>,
        irises: [[f32; 3]; 2],
    }
    let json = std::fs::read_to_string(fixture("astronaut-landmarks.json")).unwrap();
    let reference: Reference = serde_json::from_str(&json).unwrap();
    let face = only_face_in(&astronaut());
    assert_eq!(kinds(&face), [], "an ordinary portrait");

    let mut expected = face.clone();
    expected.mesh = reference.mesh;
    // MediaPipe's own results spread by 0.6 % on this face over padded and scaled copies.
    let error = mesh_error(&face, &expected, |x, y| [x, y]);
    assert!(error < 0.007, "mesh differs by {:.2} % of the face width", error * 100.0);
    let depth = face.mesh.iter().zip(&expected.mesh).map(|(a, b)| (a[2] - b[2]).abs()).sum::<f32>();
    assert!(depth / face.mesh.len() as f32 / width(&face) < 0.01, "depth has the scale of x and y");

    for ((eye, [x, y, radius]), eye_width) in
        face.eyes.iter().zip(reference.irises).zip(face.eye_widths())
    {
        let off = (eye.iris_center[0] - x).hypot(eye.iris_center[1] - y) / eye_width * 140.0;
        assert!(off < 3.0, "iris centre off by {off:.1} px on an eye of 140 px");
        assert!((eye.iris_radius / radius - 1.0).abs() < 0.1);
        assert!((0.31..0.5).contains(&eye.openness), "openness {}", eye.openness);
    }
}

#[test]
fn eye_contours_run_from_the_outer_to_the_inner_corner() {
    let face = only_face_in(&astronaut());
    for (eye, points) in face.eyes.iter().zip(&face.topology.eyes) {
        for (a, corner) in eye.corners().into_iter().zip(points.corners()) {
            let b = face.mesh[corner];
            assert!((a[0] - b[0]).hypot(a[1] - b[1]) < width(&face) * 0.04);
        }
        // Lower lid below the upper one.
        assert!(eye.lower_lid()[4][1] > eye.upper_lid()[4][1] + 2.0);
    }
    let [right, left] = face.eyes.map(|eye| eye.iris_center[0]);
    assert!(right < left, "the subject's right eye is on the left of the picture");
}

#[test]
fn turned_pictures_give_the_same_landmarks() {
    let upright = astronaut();
    let expected = only_face_in(&upright);
    let last = 511.0;
    type Back = fn(f32, f32) -> [f32; 2];
    let turned: [(RgbaImage, Back); 3] = [
        (imageops::rotate90(&upright), |x, y| [y, 511.0 - x]),
        (imageops::rotate180(&upright), |x, y| [511.0 - x, 511.0 - y]),
        (imageops::rotate270(&upright), |x, y| [511.0 - y, x]),
    ];
    assert_eq!(upright.width() as f32 - 1.0, last);
    for (picture, back) in turned {
        let face = only_face_in(&picture);
        let error = mesh_error(&face, &expected, back);
        assert!(error < 0.01, "mesh differs by {:.2} %", error * 100.0);
        assert_eq!(kinds(&face), [WarningKind::TurnedPicture]);
    }
}

/// `picture` shrunk so that a face of `face_width` takes 6 % of the longer side of a plain canvas.
fn on_canvas(picture: &RgbaImage, face_width: f32, grey: u8) -> (RgbaImage, f32) {
    const SIDE: u32 = 1200;
    let scale = 0.06 * SIDE as f32 / face_width;
    let size = [picture.width(), picture.height()].map(|n| (n as f32 * scale).round() as u32);
    let small = imageops::resize(picture, size[0], size[1], imageops::FilterType::Triangle);
    let mut canvas = RgbaImage::from_pixel(SIDE, SIDE * 3 / 4, Rgba([grey, grey, grey, 255]));
    imageops::overlay(&mut canvas, &small, 130, 333);
    (canvas, scale)
}

#[test]
fn small_faces_are_found_upright_and_turned() {
    let upright = astronaut();
    let expected = only_face_in(&upright);
    let (canvas, scale) = on_canvas(&upright, width(&expected), 230);
    let back = |x: f32, y: f32| [(x - 130.0 + 0.5) / scale - 0.5, (y - 333.0 + 0.5) / scale - 0.5];
    let face = only_face_in(&canvas);
    let error = mesh_error(&face, &expected, back);
    assert!(error < 0.015, "mesh differs by {:.2} %", error * 100.0);
    let face = only_face_in(&imageops::rotate180(&canvas));
    assert!((face.roll_deg().abs() - 180.0).abs() < 10.0);
    let face = only_face_in(&imageops::rotate90(&canvas));
    assert!((face.roll_deg() - 90.0).abs() < 10.0);

    // At the size of a frame there is little left to move.
    let small = portrait(&canvas).resized(400);
    let faces = MODELS.find_faces(&small).unwrap();
    assert_eq!(kinds(&faces[0]), [WarningKind::SmallFace]);
}

#[test]
fn a_tilted_head_keeps_its_landmarks() {
    // Turned by 35 degrees about the face by the crop of a transparent canvas.
    let upright = astronaut();
    let expected = only_face_in(&upright);
    let (sin, cos) = 35f32.to_radians().sin_cos();
    let source = |x: f32, y: f32| {
        let (dx, dy) = (x - 224.0, y - 124.0);
        [224.0 + dx * cos + dy * sin, 124.0 + dy * cos - dx * sin]
    };
    let tilted = RgbaImage::from_fn(512, 512, |x, y| {
        let [x, y] = source(x as f32, y as f32);
        imageops::interpolate_bilinear(&upright, x, y).unwrap_or(Rgba([0; 4]))
    });
    let face = only_face_in(&tilted);
    assert!(mesh_error(&face, &expected, source) < 0.01);
    assert!((face.roll_deg() - expected.roll_deg() - 35.0).abs() < 2.0);
}

#[test]
fn several_faces_come_largest_first() {
    let one = astronaut();
    let half = imageops::resize(&one, 256, 256, imageops::FilterType::Triangle);
    let mut both = RgbaImage::from_pixel(800, 512, Rgba([90, 110, 130, 255]));
    imageops::overlay(&mut both, &half, 0, 100);
    imageops::overlay(&mut both, &one, 280, 0);
    let portrait = portrait(&both);
    let faces = MODELS.find_faces(&portrait).unwrap();
    assert_eq!(faces.len(), 2);
    assert!(width(&faces[0]) > 1.8 * width(&faces[1]));
    let told = warnings(&faces[0], &faces[1..], FaceChoice::Largest);
    assert_eq!(told.iter().map(|w| w.kind).collect::<Vec<_>>(), [WarningKind::SeveralFaces]);

    let choose = |choice| choose_face(&faces, choice, &portrait).unwrap() as *const Face;
    assert_eq!(choose(FaceChoice::Largest), &raw const faces[0]);
    assert_eq!(choose(FaceChoice::Index(1)), &raw const faces[1]);
    assert_eq!(choose(FaceChoice::At { x: 112.0, y: 160.0 }), &raw const faces[1]);
    let error = choose_face(&faces, FaceChoice::Index(2), &portrait).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
}

#[test]
fn pictures_without_a_face_have_none() {
    let mut state = 1u32;
    let noise = RgbaImage::from_fn(300, 200, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgba([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8, 255])
    });
    let plain = RgbaImage::from_pixel(64, 64, Rgba([200, 180, 160, 255]));
    let needle = RgbaImage::from_fn(64, 4000, |x, y| Rgba([x as u8, y as u8, 0, 255]));
    let invisible = RgbaImage::new(128, 128);
    // The lower part of the portrait: suit, helmet and flag.
    let suit = imageops::crop_imm(&astronaut(), 0, 200, 512, 312).to_image();
    for picture in [noise, plain, needle, invisible, suit] {
        assert_eq!(faces_in(&picture).len(), 0, "{:?}", picture.dimensions());
    }
}

#[test]
fn transparent_portraits_are_found_and_masked() {
    let mut cut_out = astronaut();
    let face = only_face_in(&cut_out);
    let mask = MODELS.person_mask(&portrait(&cut_out), &face).unwrap();
    for (pixel, share) in cut_out.pixels_mut().zip(&mask.values) {
        pixel[3] = (share * 255.0) as u8;
    }
    let again = only_face_in(&cut_out);
    assert!(mesh_error(&again, &face, |x, y| [x, y]) < 0.01);
}

#[test]
fn the_mask_knows_person_from_background() {
    let picture = astronaut();
    let face = only_face_in(&picture);
    let check = |picture: &RgbaImage, face: &Face, inside: [u32; 2], outside: [u32; 2]| {
        let portrait = portrait(picture);
        let mask = MODELS.person_mask(&portrait, face).unwrap();
        assert_eq!(mask.size, portrait.size());
        assert_eq!(mask.values.len(), portrait.size().area());
        assert!(mask.values.iter().all(|v| (0.0..=1.0).contains(v)));
        let at = |[x, y]: [u32; 2]| mask.values[(y * mask.size.width + x) as usize];
        assert!(at(inside) > 0.9, "{} inside", at(inside));
        assert!(at(outside) < 0.1, "{} outside", at(outside));
    };
    // Hair on top, and the backdrop beside the ear.
    check(&picture, &face, [225, 40], [320, 90]);
    let turned = imageops::rotate90(&picture);
    let [inside, outside] = [[225, 40], [320, 90]].map(|[x, y]| [511 - y, x]);
    check(&turned, &only_face_in(&turned), inside, outside);
    let (canvas, scale) = on_canvas(&picture, width(&face), 230);
    let [inside, outside] = [[225, 40], [320, 90]]
        .map(|[x, y]| [130 + (x as f32 * scale) as u32, 333 + (y as f32 * scale) as u32]);
    check(&canvas, &only_face_in(&canvas), inside, outside);
}

#[test]
fn results_are_the_same_every_time_and_from_many_threads() {
    let portrait = Portrait::open(astronaut_file()).unwrap();
    let expected = MODELS.find_faces(&portrait).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(MODELS.find_faces(&portrait).unwrap(), expected));
        }
    });
    let fresh = FaceModels::embedded().unwrap();
    assert_eq!(fresh.find_faces(&portrait).unwrap(), expected);
}

#[test]
fn models_given_as_bytes_find_the_same_face() {
    let portrait = portrait(&astronaut());
    let expected = MODELS.find_faces(&portrait).unwrap().remove(0);
    let given = {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let read = |name| std::fs::read(folder.join(name)).unwrap();
        FaceModels::from_onnx(FaceModelBytes {
            detector: &read("face_detection_short_range.onnx"),
            mesh: &read("face_landmark.onnx"),
            iris: &read("iris_landmark.onnx"),
            person_mask: &read("selfie_segmentation.onnx"),
        })
        .unwrap()
    };
    let face = given.find_faces(&portrait).unwrap().remove(0);
    assert_eq!(face, expected);
    assert!(
        given.person_mask(&portrait, &face).unwrap()
            == MODELS.person_mask(&portrait, &expected).unwrap()
    );
}

#[test]
fn model_files_are_those_named_in_the_notice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let notice = std::fs::read_to_string(root.join("NOTICE")).unwrap();
    let mut models: Vec<_> = std::fs::read_dir(root.join("models"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "onnx"))
        .collect();
    models.sort();
    assert_eq!(models.len(), 4);
    // The repository says the same at its root, and what else there is.
    if let Ok(whole) = std::fs::read_to_string(root.join("../NOTICE")) {
        for line in notice.lines() {
            assert!(
                whole.lines().any(|other| other == line),
                "the repository's NOTICE lacks: {line}"
            );
        }
    }
    for path in models {
        let digest = Sha256::digest(std::fs::read(&path).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = format!("{digest}  {}", path.file_name().unwrap().display());
        assert!(notice.contains(&line), "NOTICE lacks: {line}");
    }
}

/// Pictures that may not be part of the repository, in the folder that `GAZE_PORTRAITS` names; none without it.
fn other_portraits() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("GAZE_PORTRAITS") else {
        eprintln!("left out: GAZE_PORTRAITS names no folder of portraits");
        return Vec::new();
    };
    let entries = std::fs::read_dir(folder).expect("GAZE_PORTRAITS names a folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "jpg" || e == "png"));
    paths.sort();
    paths
}

#[test]
fn other_portraits_are_found_small_and_turned() {
    for path in other_portraits() {
        let portrait = Portrait::open(&path).unwrap().resized(512);
        let faces = MODELS.find_faces(&portrait).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if ["cat", "dog", "kitten"].contains(&name) {
            let error = choose_face(&faces, FaceChoice::Largest, &portrait).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoFace);
            continue;
        }
        assert_eq!(faces.len(), 1, "{name}");
        let turned_head = kinds(&faces[0]).contains(&WarningKind::TurnedHead);
        assert_eq!(turned_head, name == "three-quarter-painting", "{name}");

        let Size { width: w, height: h } = portrait.size();
        let picture = RgbaImage::from_raw(w, h, portrait.frame().pixels().to_vec()).unwrap();
        let on_its_head = only_face_in(&imageops::rotate180(&picture));
        let back = |x: f32, y: f32| [w as f32 - 1.0 - x, h as f32 - 1.0 - y];
        let error = mesh_error(&on_its_head, &faces[0], back);
        assert!(error < 0.015, "{name}: turned, the mesh differs by {:.2} %", error * 100.0);
        let (canvas, _) = on_canvas(&picture, width(&faces[0]), 128);
        only_face_in(&canvas);
    }
}
