//! `metadata.json`, parsed by the browser: a parser of our own would double the player's bytes.

use gaze_rig::{MANIFEST_MAX_BYTES, ManifestKeys};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = JSON, js_name = parse, catch)]
    fn parse_json(text: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn value_of(object: &JsValue, key: &str) -> Result<JsValue, JsValue>;
}

/// The keys of the file, each of its type; what they mean together is checked by the core.
pub(super) fn read_keys(json: &[u8]) -> Result<ManifestKeys, JsError> {
    let text = std::str::from_utf8(json).ok().filter(|text| text.len() <= MANIFEST_MAX_BYTES);
    let object = text.and_then(|text| parse_json(text).ok()).filter(JsValue::is_object);
    let object = object.ok_or_else(|| {
        JsError::new(
            "metadata.json cannot be read: it is no JSON object; generate the sheets again",
        )
    })?;
    let keys = Keys(object);
    Ok(ManifestKeys {
        grid_size: keys.required("gridSize")?,
        quadrant_size: keys.number("quadrantSize")?,
        mobile_grid_size: keys.number("mobileGridSize")?,
        mobile_quadrant_size: keys.number("mobileQuadrantSize")?,
        image_width: keys.required("imageWidth")?,
        image_height: keys.required("imageHeight")?,
        has_alpha: keys.optional("hasAlpha", |value| value.as_bool())?,
        format: keys.optional("format", |value| value.as_string())?,
        mode: keys.optional("mode", |value| value.as_string())?,
        total_images: keys.number("totalImages")?,
    })
}

struct Keys(JsValue);

impl Keys {
    fn optional<T>(
        &self,
        key: &str,
        read: fn(&JsValue) -> Option<T>,
    ) -> Result<Option<T>, JsError> {
        match value_of(&self.0, key) {
            Ok(value) if value.is_null() || value.is_undefined() => Ok(None),
            Ok(value) => {
                read(&value).map(Some).ok_or_else(|| refusal(key, " has a value of the wrong kind"))
            }
            Err(_) => Ok(None),
        }
    }

    fn number(&self, key: &str) -> Result<Option<u32>, JsError> {
        self.optional(key, |value| {
            let number = value.as_f64()?;
            let whole = number as u32;
            (f64::from(whole) == number).then_some(whole)
        })
    }

    fn required(&self, key: &str) -> Result<u32, JsError> {
        self.number(key)?.ok_or_else(|| refusal(key, " is missing"))
    }
}

fn refusal(key: &str, what: &str) -> JsError {
    let sentence = ["metadata.json cannot be read: ", key, what, "; generate the sheets again"];
    JsError::new(&sentence.concat())
}
