//! A stranger's bytes as a portrait: an error or a picture within its limits, never a panic.
#![no_main]

use gaze_core::Portrait;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(portrait) = Portrait::from_bytes(bytes) else { return };
    let size = portrait.size();
    assert_eq!(portrait.frame().pixels().len(), size.area() * 4);
    let small = portrait.resized(96).size();
    assert!(small.width <= size.width && small.height <= size.height);
    assert!(small.width.max(small.height) <= 96 && small.width.min(small.height) >= 1);
});
