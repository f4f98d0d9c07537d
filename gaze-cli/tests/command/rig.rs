//! `portrait.gaze`: generated alone, checked, turned into sheets, shown.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::program::{astronaut, code, command, gaze, path, small_sheets, text};
use crate::sheets::ask;

/// A small live rig.
fn rig(target: &Path) -> PathBuf {
    let given = ["--only-rig", "--max-size", "128", "--out", path(target)];
    let output = gaze(&[&["generate", path(&astronaut())][..], &given].concat());
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    target.to_owned()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_rig_alone_is_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let astronaut = astronaut();
    let generate = |more: &[&str]| {
        let given = ["generate", path(&astronaut), "--only-rig", "--max-size", "128"];
        command(&[&given[..], more].concat()).current_dir(dir.path()).output().unwrap()
    };
    let output = generate(&[]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("portrait.gaze: a live rig of 128 x 128 px, "));
    assert!(text(&output.stderr).contains("finished portrait.gaze"));
    let again = generate(&[]);
    assert_eq!(code(&again), 6);
    assert!(text(&again.stderr).contains("--force"), "{}", text(&again.stderr));

    let output = generate(&["--out", "face", "--json"]);
    assert_eq!(code(&output), 0);
    let stdout = text(&output.stdout);
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = &lines[lines.len() - 1];
    assert_eq!(last["event"], "complete");
    assert_eq!(last["out"], path(&Path::new("face").join("portrait.gaze")));
    assert_eq!(last["rig"]["width"], 128);
    assert!(last["crop"].is_null() && last.as_object().unwrap().contains_key("crop"));
    let file = fs::read(dir.path().join("face/portrait.gaze")).unwrap();
    assert_eq!(last["files"][0]["name"], "portrait.gaze");
    assert_eq!(last["files"][0]["bytes"], file.len());
    let stages: Vec<&str> = lines.iter().filter_map(|line| line["stage"].as_str()).collect();
    let mut told = stages.clone();
    told.dedup();
    assert_eq!(told, ["loading", "initializing", "preparing", "stitching", "complete"]);
    assert!(file == fs::read(dir.path().join("portrait.gaze")).unwrap());

    let output = generate(&["--out", "me.gaze", "--remove-background", "--rig-quality", "60"]);
    assert_eq!(code(&output), 0);
    let inspected = gaze(&["inspect", path(&dir.path().join("me.gaze"))]);
    assert!(text(&inspected.stdout).contains("transparent"), "{}", text(&inspected.stdout));
    assert_eq!(names(dir.path()), ["face", "me.gaze", "portrait.gaze"]);
    assert_eq!(names(&dir.path().join("face")), ["portrait.gaze"]);
}

#[test]
fn what_only_sheets_have_is_refused_beside_a_rig() {
    for option in [
        &["--grid", "20"][..],
        &["--mode", "single"],
        &["--quality", "60"],
        &["--threads", "2"],
        &["--no-pack"],
        &["--no-rig"],
        &["--no-resume"],
    ] {
        let output = gaze(&[&["generate", "a.png", "--only-rig"][..], option].concat());
        assert_eq!(code(&output), 2, "{option:?}");
        let said = text(&output.stderr);
        assert!(said.contains("cannot be used with") && said.contains(option[0]), "{said}");
    }
    let output = gaze(&["generate", "a.png", "--only-rig", "--engine", "liveportrait"]);
    assert_eq!(code(&output), 2);
    let said = text(&output.stderr);
    assert!(said.contains("makes no live rig") && said.contains("--engine embedded"), "{said}");
    let output = gaze(&["generate", "a.png", "--only-rig", "--rig-quality", "101"]);
    assert_eq!(code(&output), 2);
}

#[test]
fn a_rig_lies_beside_the_sheets_unless_it_is_not_wanted() {
    let dir = tempfile::tempdir().unwrap();
    for (more, has_rig) in [(&[][..], true), (&["--no-rig"], false)] {
        let out = dir.path().join(has_rig.to_string());
        let given = ["--out", path(&out), "--grid", "2", "--max-size", "128"];
        let output = gaze(&[&["generate", path(&astronaut())][..], &given, more].concat());
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert_eq!(out.join("portrait.gaze").exists(), has_rig);
        let output = gaze(&["inspect", path(&out)]);
        assert_eq!(code(&output), 0);
        let said = text(&output.stdout);
        assert!(said.contains("frames.gaze is sound") && said.contains("all 4 sheets are sound"));
        for file in ["portrait.gaze", "frames.gaze"] {
            assert_eq!(said.contains(&format!("the live rig in {file} is sound: ")), has_rig);
        }
        // What is made of the sheets again takes the rig along.
        let pack = fs::read(out.join("frames.gaze")).unwrap();
        assert_eq!(code(&gaze(&["pack", path(&out), "--force"])), 0);
        let again = fs::read(out.join("frames.gaze")).unwrap();
        let begin = |pack: &[u8]| pack.windows(4).position(|kind| kind == b"PICT");
        assert_eq!(begin(&pack).is_some(), has_rig);
        assert_eq!(begin(&again), begin(&pack));
    }
}

#[test]
fn inspect_checks_a_rig_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let face = dir.path().join("face");
    let file = face.join("portrait.gaze");
    rig(&face);
    for named in [&face, &file] {
        let output = gaze(&["inspect", path(named)]);
        assert_eq!(code(&output), 0, "{}", text(&output.stdout));
        let said = text(&output.stdout);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("128 x 128 px") && said.contains("(image/webp)"), "{said}");
        for part in ["MOVE ", "EYES ", "MATT ", "PICT "] {
            assert!(said.contains(part), "{said}");
        }
    }
    let sound = fs::read(&file).unwrap();
    for (damage, says) in [
        (&sound[..sound.len() - 1], "its header says"),
        (b"hello", "not a gaze pack"),
        (&[&sound[..400], &[!sound[400]], &sound[401..]].concat(), "is not what was written"),
    ] {
        fs::write(&file, damage).unwrap();
        for named in [&face, &file] {
            let output = gaze(&["inspect", path(named)]);
            assert_eq!(code(&output), 6);
            let said = text(&output.stdout);
            assert!(said.starts_with("portrait.gaze: ") && said.contains(says), "{said}");
        }
    }
    small_sheets(&face);
    fs::write(&file, sound).unwrap();
    let said = text(&gaze(&["inspect", path(&face)]).stdout);
    assert!(said.contains("portrait.gaze: does not fit metadata.json: it holds a live rig of 128"));
}

#[test]
fn a_rig_becomes_sheets_and_frames() {
    let dir = tempfile::tempdir().unwrap();
    let face = dir.path().join("face");
    let file = rig(&face).join("portrait.gaze");
    let output = gaze(&["pack", path(&file), "--grid", "4"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let results = face.join("portrait-gaze");
    assert!(text(&output.stdout).contains("portrait-gaze: 16 frames of 128 x 128 px"));
    let expected = ["contact.png", "frames.gaze", "input.jpg", "metadata.json", "portrait.gaze"]
        .into_iter()
        .chain(["preview.webp", "q0.webp", "q1.webp", "q2.webp", "q3.webp"]);
    assert!(names(&results).iter().eq(expected), "{:?}", names(&results));
    assert!(fs::read(results.join("portrait.gaze")).unwrap() == fs::read(&file).unwrap());
    assert_eq!(code(&gaze(&["inspect", path(&results)])), 0);
    let again = gaze(&["pack", path(&face), "--grid", "4"]);
    assert_eq!(code(&again), 6, "it is there already");
    assert!(text(&again.stderr).contains("--force"));

    // Smaller, by the folder, on one sheet.
    let small = dir.path().join("small");
    let given = ["--grid", "2", "--mode", "single", "--max-size", "64", "--quality", "50"];
    let output = gaze(&[&["pack", path(&face), "--out", path(&small)][..], &given].concat());
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(small.join("sheet.webp").exists() && !small.join("portrait.gaze").exists());
    assert_eq!(code(&gaze(&["inspect", path(&small)])), 0);

    // Not over the rig itself.
    let output = gaze(&["pack", path(&face), "--out", path(&face), "--force", "--grid", "2"]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stderr).contains("choose another folder"), "{}", text(&output.stderr));
    assert_eq!(names(&face), ["portrait-gaze", "portrait.gaze"]);
}

#[test]
fn what_has_no_rig_gets_no_sheets() {
    let dir = tempfile::tempdir().unwrap();
    let sheets = dir.path().join("sheets");
    small_sheets(&sheets);
    for option in
        [["--grid", "4"], ["--out", "elsewhere"], ["--max-size", "64"], ["--mode", "single"]]
    {
        let output = gaze(&[&["pack", path(&sheets)][..], &option].concat());
        assert_eq!(code(&output), 2);
        assert!(text(&output.stderr).contains("name a portrait.gaze"), "{}", text(&output.stderr));
    }
    assert_eq!(code(&gaze(&["pack", path(&sheets)])), 0);
    let output = gaze(&["pack", path(&sheets.join("frames.gaze"))]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stderr).contains("no live rig"), "{}", text(&output.stderr));
    assert_eq!(code(&gaze(&["pack", path(&sheets.join("q0.webp"))])), 6);
    assert_eq!(names(dir.path()), ["sheets"]);
}

#[test]
fn a_rig_becomes_one_small_page() {
    let dir = tempfile::tempdir().unwrap();
    let face = dir.path().join("face");
    let file = rig(&face).join("portrait.gaze");
    let page = dir.path().join("page.html");
    let mut pages = Vec::new();
    for named in [&face, &file] {
        let output = gaze(&["export", path(named), "--html", path(&page), "--force"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let html = fs::read_to_string(&page).unwrap();
        assert!(html.contains(r#"<script type="application/octet-stream">iUdBWkUN"#));
        assert_eq!(html.matches("application/octet-stream\">").count(), 1);
        assert!(html.contains("aspect-ratio: 128 / 128") && !html.contains("src=\"http"));
        pages.push(html);
    }
    assert!(pages[0].contains("<title>face</title>"));
    assert!(pages[1].contains("<title>portrait</title>"));
    // The page holds the player and little else.
    assert!(pages[0].len() < 60_000 + fs::read_to_string(player(dir.path())).unwrap().len());
    let output = gaze(&["export", path(&file), "--html", path(&file), "--force"]);
    assert_eq!(code(&output), 6);
    assert!(text(&output.stderr).contains("name another file"));
    fs::write(&file, "no rig").unwrap();
    assert_eq!(code(&gaze(&["export", path(&file), "--html", path(&page), "--force"])), 6);
    assert_eq!(fs::read_to_string(&page).unwrap(), pages[1], "what failed has changed nothing");
}

fn player(dir: &Path) -> PathBuf {
    let script = dir.join("gaze-tracker.js");
    assert_eq!(code(&gaze(&["player", "--out", path(&script)])), 0);
    script
}

#[test]
fn a_rig_is_served_alone_or_with_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let face = dir.path().join("face");
    let file = rig(&face).join("portrait.gaze");
    let bytes = fs::read(&file).unwrap();
    for (named, source) in [(&face, "/frames/"), (&file, "/frames/portrait.gaze")] {
        let mut server =
            command(&["preview", path(named), "--no-open"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
        let get =
            |target: &str| ask(&address, &format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n"));
        let (head, body) = get("/");
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(text(&body).contains(&format!("<gaze-tracker src=\"{source}\" blink>")));
        assert!(text(&body).contains("aspect-ratio: 128 / 128"));
        let (head, body) = get("/frames/portrait.gaze");
        assert!(head.starts_with("http/1.1 200") && body == bytes, "{head}");
        assert!(get("/frames/other").0.starts_with("http/1.1 404"));
        server.kill().unwrap();
        server.wait().unwrap();
    }
    fs::write(&file, "no rig").unwrap();
    assert_eq!(code(&gaze(&["preview", path(&file), "--no-open"])), 6);
    assert_eq!(code(&gaze(&["preview", path(&dir.path().join("no")), "--no-open"])), 3);
}
