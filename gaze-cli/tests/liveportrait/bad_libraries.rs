//! What is no ONNX Runtime, or not the one that is needed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::onnxruntime;
use crate::setup::{Ended, Setup};

/// A library whose functions are these, as `FILE`.
fn library(setup: &Setup, file: &str, source: &str) -> PathBuf {
    let (code, library) = (setup.path().join("library.c"), setup.path().join(file));
    fs::write(&code, source).unwrap();
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &code]).output();
    let compiled = compiled.expect("these tests compile small libraries: install a C compiler");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    library
}

/// The same with the entrance of an ONNX Runtime of this version, and no interface behind it.
fn runtime(setup: &Setup, version: &str) -> PathBuf {
    let source = format!(
        "#include <stdint.h>
        static const void *interface(uint32_t version) {{ return 0; }}
        static const char *version(void) {{ return {version}; }}
        static const struct {{ const void *(*a)(uint32_t); const char *(*b)(void); }} base = {{ interface, version }};
        const void *OrtGetApiBase(void) {{ return &base; }}"
    );
    library(setup, "libonnxruntime.so.9", &source)
}

fn run(setup: &Setup, library: &Path) -> Ended {
    let ended = setup.run(&["--onnxruntime", library.to_str().unwrap()]);
    assert!(setup.leftovers().is_empty(), "{:?}", setup.leftovers());
    ended
}

#[test]
fn what_is_no_onnx_runtime_is_refused_with_a_remedy() {
    let setup = Setup::new(2);
    let text = setup.path().join("libonnxruntime.so");
    fs::write(&text, "not a library").unwrap();
    let other = library(&setup, "libother.so", "int other(void) { return 1; }");
    let empty = setup.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let missing = setup.path().join("nothing.so");
    for (path, words) in [
        // In the system's words.
        (&text, "cannot be loaded (/"),
        (&other, "is no ONNX Runtime"),
        (&empty, "there is no ONNX Runtime here, named by option"),
        (&missing, "there is no ONNX Runtime here, named by option"),
    ] {
        let words = [words, "pip install onnxruntime", path.to_str().unwrap()];
        run(&setup, path).assert_refused(5, &words);
    }
    // The same where a variable names it, and where the engine is chosen by what is there.
    let more = ["--engine", "auto"];
    let output = setup.command(&[]).env("ORT_DYLIB_PATH", &other).output().unwrap();
    Ended::of(&output).assert_refused(5, &["is no ONNX Runtime", "libother.so"]);
    let output = setup.command(&more).env("ORT_DYLIB_PATH", &other).output().unwrap();
    Ended::of(&output).assert_refused(5, &["is no ONNX Runtime", "libother.so"]);
}

#[test]
fn a_folder_may_name_the_library_in_it() {
    let setup = Setup::new(2);
    let old = runtime(&setup, r#""1.17.0""#);
    let folder = old.parent().unwrap().to_owned();
    run(&setup, &folder).assert_refused(5, &["1.17.0 is too old", old.to_str().unwrap()]);
}

#[test]
fn old_and_broken_ones_are_refused() {
    for (version, words) in [
        (r#""1.17.0""#, &["ONNX Runtime 1.17.0 is too old; 1.24 or later", "pip install -U"][..]),
        (r#""1.23.9""#, &["is too old"]),
        (r#""""#, &["is too old"]),
        (r#""nonsense""#, &["is too old"]),
        (r#""1.32.0""#, &["has no interface of version 24", "pip install onnxruntime"]),
        ("0", &["tells no version", "pip install onnxruntime"]),
    ] {
        let setup = Setup::new(2);
        let library = runtime(&setup, version);
        run(&setup, &library).assert_refused(5, words);
    }
    let setup = Setup::new(2);
    let library = library(&setup, "libonnxruntime.so", "void *OrtGetApiBase(void) { return 0; }");
    run(&setup, &library).assert_refused(5, &["gives no interface", "pip install onnxruntime"]);
}

#[test]
fn a_device_that_was_asked_for_is_never_replaced() {
    if onnxruntime::is_missing() {
        return;
    }
    let setup = Setup::new(2);
    for (device, remedy) in [
        ("cuda", "--device cpu"),
        ("cuda:7", "--device cpu"),
        ("tensorrt", "--device c"),
        ("coreml", "--device cpu"),
        ("directml", "--device cpu"),
    ] {
        let output = setup.command(&["--device", device]).output().unwrap();
        let ended = Ended::of(&output);
        if ended.code == 0 {
            // This machine has it.
            let events = String::from_utf8(output.stdout).unwrap();
            assert!(events.contains(&format!("liveportrait on {device}")), "{events}");
            fs::remove_dir_all(setup.out()).unwrap();
            continue;
        }
        ended.assert_refused(5, &[remedy]);
        assert!(setup.leftovers().is_empty());
    }
}
