//! Draws rigs for the player, which loads this module only where it plays one.
//!
//! A [`StoredRig`] is read from the section `RIGD` of a pack. Its picture is decoded by the browser and given back to
//! [`StoredRig::open`]; the [`LiveRig`] that results draws any gaze into memory of its own.

#![expect(clippy::missing_errors_doc, reason = "these docs become TypeScript's, which says throws")]

mod claimed_size;

use gaze_rig::{Frame, Rect, Size, Sweep, rig};
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;

use self::claimed_size::claimed_size;

fn thrown(error: gaze_rig::Error) -> JsError {
    JsError::new(error.message())
}

/// A rig whose picture is to be decoded.
#[wasm_bindgen]
pub struct StoredRig(rig::StoredRig);

#[wasm_bindgen]
impl StoredRig {
    /// Reads the section of a rig. Throws where it is damaged, of a later version, or its picture claims another size
    /// than the rig.
    #[wasm_bindgen(constructor)]
    pub fn new(section: &[u8]) -> Result<StoredRig, JsError> {
        let stored = rig::StoredRig::from_section(section).map_err(thrown)?;
        // Before anybody decodes it: a few bytes may claim a picture that fills the memory.
        if claimed_size(stored.picture()) != Some(stored.frame_size()) {
            return Err(JsError::new("its picture has another size than its rig"));
        }
        Ok(StoredRig(stored))
    }

    /// Width of the picture and of a whole frame, in px.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.0.frame_size().width
    }

    /// Height of the picture and of a whole frame, in px.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.0.frame_size().height
    }

    /// Whether the picture is a JPEG, else a WebP.
    #[wasm_bindgen(getter, js_name = isJpeg)]
    pub fn is_jpeg(&self) -> bool {
        self.0.picture().format == rig::PictureFormat::Jpeg
    }

    /// Whether frames have transparent pixels.
    #[wasm_bindgen(getter, js_name = hasAlpha)]
    pub fn has_alpha(&self) -> bool {
        self.0.has_alpha()
    }

    /// Whether its eyes close.
    #[wasm_bindgen(getter, js_name = canBlink)]
    pub fn can_blink(&self) -> bool {
        self.0.can_blink()
    }

    /// A copy of the picture's file.
    pub fn picture(&self) -> Vec<u8> {
        self.0.picture().bytes.clone()
    }

    /// The rig, drawn at `width` x `height` px; `pixels` is its picture, RGBA. Throws where that has another size.
    /// This object is used up.
    pub fn open(
        self,
        pixels: Clamped<Vec<u8>>,
        width: u32,
        height: u32,
    ) -> Result<LiveRig, JsError> {
        let picture = Frame::from_pixels(self.0.frame_size(), pixels.0).map_err(thrown)?;
        self.0.open_resized(picture, Size { width, height }).map(LiveRig::new).map_err(thrown)
    }
}

/// A rig that can be drawn, and the frame it is drawn into.
#[wasm_bindgen]
pub struct LiveRig {
    rig: rig::Rig,
    frame: Frame,
    moving: Rect,
}

impl LiveRig {
    fn new(rig: rig::Rig) -> Self {
        Self { frame: Frame::new(rig.frame_size()), moving: rig.moving_rect(), rig }
    }
}

#[wasm_bindgen]
impl LiveRig {
    /// The same face, drawn at another size in px. Throws where that is none.
    pub fn resized(&self, width: u32, height: u32) -> Result<LiveRig, JsError> {
        self.rig.resized(Size { width, height }).map(LiveRig::new).map_err(thrown)
    }

    /// Draws a gaze, each from -1 to 1: x to the viewer's right, y down, with the eyes closed so far, from 0 to 1. Returns
    /// where the frame's RGBA lies in this module's memory, which may have moved.
    pub fn draw(&mut self, x: f32, y: f32, closing: f32) -> Result<*const u8, JsError> {
        let extent = gaze_rig::AXIS_EXTENT;
        let pose = Sweep::default().pose_at(x * extent, y * extent).with_blink(closing);
        self.rig.draw(&pose, &mut self.frame).map_err(thrown)?;
        Ok(self.frame.pixels().as_ptr())
    }

    /// What gazes change, in px: left, top, width and height.
    pub fn moving(&self) -> Vec<u32> {
        let Rect { x, y, width, height } = self.moving;
        vec![x, y, width, height]
    }
}
