//! `gaze generate`: portraits and engines that cannot be used.

use std::fs;

use gaze_core::{Portrait, Size};

use crate::program::{astronaut, code, gaze, path, text};

#[test]
fn bad_portraits_are_code_3() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("not-a-picture.jpg");
    fs::write(&file, "hello").unwrap();
    let out = dir.path().join("face");
    for portrait in [file, dir.path().join("missing.png"), dir.path().to_owned()] {
        let output = gaze(&["generate", path(&portrait), "--out", path(&out)]);
        assert_eq!(code(&output), 3, "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("error: "));
        assert!(!out.exists());
    }
}

/// The astronaut, 300 pixels high, in a corner of a grey picture of 1600 x 1200 pixels: a BMP file.
fn distant() -> Vec<u8> {
    const WIDE: Size = Size { width: 1600, height: 1200 };
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bmp.extend([WIDE.width, WIDE.height].map(u32::to_le_bytes).as_flattened());
    bmp.extend([1, 0, 24, 0]);
    bmp.resize(54, 0);
    let start = bmp.len();
    bmp.resize(start + WIDE.area() * 3, 128);
    let her = Portrait::open(astronaut()).unwrap().resized(300);
    for (y, row) in her.frame().view().rows().enumerate() {
        // Rows lie bottom to top, colours blue to red.
        let at = start + ((WIDE.height as usize - 1 - 260 - y) * WIDE.width as usize + 200) * 3;
        let bgr = row.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]]);
        bmp[at..].iter_mut().zip(bgr).for_each(|(to, from)| *to = from);
    }
    bmp
}

#[test]
fn a_crop_shows_a_distant_face_as_large_as_the_picture_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("wide.bmp"), distant()).unwrap();
    let generate = |out: &str, more: &[&str]| {
        let (portrait, out) = (at("wide.bmp"), at(out));
        let given = ["generate", path(&portrait), "--out", path(&out), "--engine", "embedded"];
        let output = gaze(&[&given[..], &["--grid", "2"], more].concat());
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        (text(&output.stderr).to_owned(), text(&output.stdout).to_owned())
    };
    let size = |out: &str| {
        let Size { width, height } = Portrait::open(at(out).join("input.jpg")).unwrap().size();
        (u64::from(width), u64::from(height))
    };

    let (told, _) = generate("whole", &[]);
    assert!(told.contains("use --crop bust or --crop head"), "{told}");
    assert_eq!(size("whole"), (512, 384));

    let (told, events) = generate("bust", &["--crop", "bust", "--json"]);
    assert!(!told.contains("--crop") && !events.contains("--crop"), "{told} {events}");
    let (width, height) = size("bust");
    let last: serde_json::Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    let crop = &last["crop"];
    assert_eq!((crop["width"].as_u64(), crop["height"].as_u64()), (Some(width), Some(height)));
    assert!(crop["x"].as_u64() > Some(100) && crop["y"].as_u64() > Some(100), "{crop}");
    assert!((200..320).contains(&height) && width < height, "{width} x {height}");
    let json = fs::read_to_string(at("bust").join("metadata.json")).unwrap();
    assert!(json.contains(&format!("\"imageHeight\":{height}")), "{json}");

    generate("head", &["--crop", "head", "--face-at", "340,340"]);
    let (width, height) = size("head");
    assert_eq!((width, width >= 128), (height, true));

    let wide = at("wide.bmp");
    let output = gaze(&["generate", path(&wide), "--out", path(&at("x")), "--crop", "feet"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("use none, bust or head"));
}

#[test]
fn json_errors_are_one_object_on_stdout() {
    let output = gaze(&["generate", "/nothing/here.png", "--out", "/nothing/there", "--json"]);
    assert_eq!(code(&output), 3);
    let stdout = text(&output.stdout);
    let last: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "error");
    assert_eq!(last["kind"], "invalid-input");
    assert_eq!(last["exitCode"], 3);
}

#[test]
fn liveportrait_without_models_says_how_to_get_them() {
    let portrait = astronaut();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("face");
    let models = dir.path().join("models");
    let given = ["--engine", "liveportrait", "--models", path(&models)];
    let output = gaze(&[&["generate", path(&portrait), "--out", path(&out)][..], &given].concat());
    assert_eq!(code(&output), 5);
    assert!(text(&output.stderr).contains("gaze models pull"), "{}", text(&output.stderr));
    assert!(!out.exists());
}
