//! Whatever is read as a manifest describes sheets that WebP can hold and survives being written again.
#![no_main]

use gaze_core::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| {
    if let Ok(manifest) = Manifest::from_json(json) {
        assert!(manifest.sheets().is_ok());
        assert_eq!(Manifest::from_json(manifest.to_json().as_bytes()).ok(), Some(manifest));
    }
});
