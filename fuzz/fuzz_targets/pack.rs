//! A stranger's bytes as a pack: an error, or a header that survives being written again and frames of the size
//! it says; never a panic.
#![no_main]

use std::io::Cursor;

use gaze_core::Cell;
use gaze_core::pack::{PackFile, PackHeader};
use libfuzzer_sys::fuzz_target;

/// Larger frames are left out: a few bytes may claim them, and decoding takes its time.
const MAX_PIXELS: usize = 1 << 18;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = PackHeader::from_bytes(bytes) {
        let written = header.to_bytes();
        let again = PackHeader::from_bytes(&written).expect("what is written can be read");
        assert_eq!(again.to_bytes(), written);
        let frames = if header.still.is_some() { header.grid.cells() as usize } else { 0 };
        assert_eq!(again.frames().len(), frames);
        assert_eq!(again.rig.map(|span| span.len), header.rig.map(|span| span.len));
        assert_eq!(again.blink.map(|span| span.len), header.blink.map(|span| span.len));
    }
    let Ok(mut pack) = PackFile::from_reader(Cursor::new(bytes)) else { return };
    let size = pack.header().frame_size;
    if size.area() > MAX_PIXELS {
        return;
    }
    let is_sound = pack.check(&()).is_ok();
    match pack.rig() {
        Ok(rig) => assert_eq!(rig.is_some(), pack.header().rig.is_some()),
        Err(error) => assert!(!is_sound, "a checked rig can be read: {error}"),
    }
    match pack.blink() {
        Ok(blink) => {
            assert_eq!(blink.is_some(), pack.header().blink.is_some());
            for (layout, strip) in blink {
                assert_eq!(strip.size(), layout.strip_size());
                for patch in layout.patches(0.3, -0.7, 0.6) {
                    assert!(patch.layers.iter().all(|(place, _)| place.is_within(strip.size())));
                    assert!(patch.left >= 0.0 && patch.left <= size.width.into());
                }
            }
        }
        Err(error) => assert!(!is_sound, "checked closed eyes can be read: {error}"),
    }
    if pack.header().still.is_none() {
        return;
    }
    for cell in [Cell { row: 0, col: 0 }, Cell { row: 1, col: 1 }] {
        match pack.frame(cell) {
            Ok(frame) => assert_eq!(frame.size(), size),
            Err(error) => assert!(!is_sound, "a checked pack can be read: {error}"),
        }
    }
});
