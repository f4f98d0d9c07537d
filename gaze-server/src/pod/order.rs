//! What a client asks for, out of the body of its request.

use std::io::Cursor;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use gaze_core::{Crop, FaceChoice, Grid};
use image::metadata::Orientation;
use image::{ImageDecoder, ImageFormat, ImageReader};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::id::PodSessionId;
use super::refusal::Refusal;
use crate::picture;

/// Some clients pad, others don't.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What `POST /generate` and `POST /jobs` take.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct GenerateBody {
    /// A JPEG, PNG or WebP in base 64, with or without `data:...;base64,` before it.
    image_base64: String,
    /// The session's name: letters, digits, `_` and `-`, 64 at most.
    session_id: String,
    /// Whether everything but the person becomes transparent.
    #[serde(default)]
    remove_background: bool,
    /// Cells a side: an even number from 2 to 60.
    #[serde(default = "default_grid")]
    grid_size: u32,
    /// Which of several faces: the one there, or nearest to it. Without it the largest.
    #[serde(default)]
    face: Option<FacePoint>,
    /// The middle of both eyes of the face, found or not, also no human one. It takes the place of `face`.
    #[serde(default)]
    eyes: Option<[FacePoint; 2]>,
    /// What is kept of the picture around that face: `none` (all of it), `bust` (head and chest, 4:5) or `head` (square).
    /// Without it all of it.
    #[serde(default)]
    crop: Option<String>,
}

/// A point of the upright picture.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FacePoint {
    /// Share of its width, 0 at the left, 1 at the right.
    x: f32,
    /// Share of its height, 0 at the top, 1 at the bottom.
    y: f32,
}

fn default_grid() -> u32 {
    30
}

/// A picture that is to be rendered, and how.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) id: PodSessionId,
    pub(crate) picture: Vec<u8>,
    pub(crate) settings: Settings,
}

/// All but the picture's bytes. Two orders with equal settings are for the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Name of the picture's file, by its kind.
    pub(crate) picture: String,
    pub(crate) picture_sha256: String,
    pub(crate) remove_background: bool,
    pub(crate) grid_size: u32,
    /// A point of the upright picture, in pixels.
    pub(crate) face: Option<(f32, f32)>,
    /// Both eyes, in the same way; none where a face is to be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) eyes: Option<[(f32, f32); 2]>,
    /// Name of what is kept of it; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) crop: Option<String>,
}

impl Settings {
    pub(crate) fn face_choice(&self) -> FaceChoice {
        match (self.eyes, self.face) {
            (Some(eyes), _) => FaceChoice::Eyes(eyes.map(<[f32; 2]>::from)),
            (None, Some((x, y))) => FaceChoice::At { x, y },
            (None, None) => FaceChoice::Largest,
        }
    }

    pub(crate) fn crop(&self) -> Crop {
        self.crop.as_deref().and_then(Crop::from_name).unwrap_or_default()
    }
}

impl Order {
    /// Reads and checks a body: 422 where it is not what it must be, 400 where the picture is not.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, Refusal> {
        let body: GenerateBody = serde_json::from_slice(json).map_err(|e| {
            Refusal::unprocessable(format!("the body is not as /openapi.json says: {e}"))
        })?;
        let id: PodSessionId =
            body.session_id.parse().map_err(|e| Refusal::unprocessable(format!("{e}")))?;
        Grid::from_side(body.grid_size)
            .map_err(|e| Refusal::unprocessable(format!("grid_size: {}", e.message())))?;
        let crop = body.crop.map_or(Some(Crop::None), |name| Crop::from_name(&name));
        let crop =
            crop.ok_or_else(|| Refusal::unprocessable("crop: use \"none\", \"bust\" or \"head\""))?;
        let picture = decode(&body.image_base64)?;
        picture::check(&picture).map_err(|e| Refusal::from(&e))?;
        let face = body.face.map(|point| in_pixels(&point, &picture)).transpose()?;
        let eyes = match &body.eyes {
            Some([a, b]) => Some([in_pixels(a, &picture)?, in_pixels(b, &picture)?]),
            None => None,
        };
        let settings = Settings {
            picture: format!("input.{}", ending_of(&picture)),
            picture_sha256: hex::encode(Sha256::digest(&picture)),
            remove_background: body.remove_background,
            grid_size: body.grid_size,
            face,
            eyes,
            crop: (crop != Crop::None).then(|| crop.name().to_owned()),
        };
        Ok(Self { id, picture, settings })
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    let text = match text.strip_prefix("data:") {
        Some(rest) => rest.split_once(";base64,").map_or("", |(_, data)| data),
        None => text,
    };
    let bad = || {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "image_base64 holds no picture: put a JPEG, PNG or WebP there, in base 64",
        )
    };
    let bytes = if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        BASE64.decode(dense)
    } else {
        BASE64.decode(text)
    };
    bytes.ok().filter(|bytes| !bytes.is_empty()).ok_or_else(bad)
}

/// A point in pixels of the upright picture, of which nothing but the header is read.
fn in_pixels(point: &FacePoint, picture: &[u8]) -> Result<(f32, f32), Refusal> {
    let is_share = |value: f32| (0.0..=1.0).contains(&value);
    if !is_share(point.x) || !is_share(point.y) {
        return Err(Refusal::unprocessable("face: x and y are shares, from 0 to 1"));
    }
    let damaged = || {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "the picture is damaged: its header cannot be read; send another",
        )
    };
    let reader = ImageReader::new(Cursor::new(picture)).with_guessed_format();
    let mut decoder =
        reader.ok().and_then(|reader| reader.into_decoder().ok()).ok_or_else(damaged)?;
    let (width, height) = decoder.dimensions();
    let lies = matches!(
        decoder.orientation(),
        Ok(Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH)
    );
    let (width, height) = if lies { (height, width) } else { (width, height) };
    Ok((point.x * width as f32, point.y * height as f32))
}

fn ending_of(picture: &[u8]) -> &'static str {
    match image::guess_format(picture) {
        Ok(ImageFormat::Png) => "png",
        Ok(ImageFormat::WebP) => "webp",
        _ => "jpg",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn astronaut() -> String {
        BASE64.encode(std::fs::read("../examples/astronaut.png").unwrap())
    }

    fn read(body: &Value) -> Result<Order, Refusal> {
        Order::from_json(body.to_string().as_bytes())
    }

    #[test]
    fn a_body_may_be_as_short_as_the_contract_says() {
        let order = read(&json!({ "image_base64": astronaut(), "session_id": "a" })).unwrap();
        assert_eq!((order.settings.grid_size, order.settings.remove_background), (30, false));
        assert_eq!(order.settings.picture, "input.png");
        let url = format!("data:image/png;base64,{}\n", astronaut().trim_end_matches('='));
        let same = read(&json!({ "image_base64": url, "session_id": "a", "more": 1 })).unwrap();
        assert_eq!(same.settings, order.settings);
    }

    #[test]
    fn faces_are_named_by_shares_of_the_upright_picture() {
        let photo = std::fs::read("../examples/astronaut.png").unwrap();
        let size = ImageReader::new(Cursor::new(&photo)).with_guessed_format().unwrap();
        let (width, height) = size.into_dimensions().unwrap();
        let face = json!({ "x": 0.5, "y": 1 });
        let body = json!({ "image_base64": astronaut(), "session_id": "a", "face": face });
        let face = read(&body).unwrap().settings.face;
        assert_eq!(face, Some((width as f32 / 2.0, height as f32)));
    }

    #[test]
    fn eyes_take_the_place_of_a_face() {
        let eyes = json!([{ "x": 0, "y": 0.5 }, { "x": 1, "y": 0.5 }]);
        let mut body = json!({ "image_base64": astronaut(), "session_id": "a", "eyes": eyes });
        body["face"] = json!({ "x": 0.5, "y": 1 });
        let choice = read(&body).unwrap().settings.face_choice();
        assert_eq!(choice, FaceChoice::Eyes([[0.0, 256.0], [512.0, 256.0]]));
        body["eyes"] = json!([{ "x": 0, "y": 0.5 }]);
        assert_eq!(read(&body).unwrap_err().status, 422);
    }

    #[test]
    fn a_crop_may_be_left_out() {
        let crop = |crop: Value| {
            let mut body = json!({ "image_base64": astronaut(), "session_id": "a" });
            body["crop"] = crop;
            read(&body).map(|order| order.settings.crop()).map_err(|refusal| refusal.status)
        };
        for (given, expected) in [
            (Value::Null, Crop::None),
            ("none".into(), Crop::None),
            ("bust".into(), Crop::Bust),
            ("head".into(), Crop::Head),
        ] {
            assert_eq!(crop(given), Ok(expected));
        }
        assert_eq!(crop("feet".into()), Err(422));
        // As settings were stored before there were crops.
        let old = json!({ "picture": "input.png", "picture_sha256": "", "remove_background": false, "grid_size": 30, "face": null });
        let settings: Settings = serde_json::from_value(old).unwrap();
        assert_eq!(settings.crop(), Crop::None);
    }

    #[test]
    fn what_is_wrong_says_so() {
        let image = astronaut();
        for (body, status) in [
            (json!({}), 422),
            (json!({ "image_base64": image }), 422),
            (json!({ "image_base64": 1, "session_id": "a" }), 422),
            (json!({ "image_base64": image, "session_id": "../a" }), 422),
            (json!({ "image_base64": image, "session_id": "a", "grid_size": 7 }), 422),
            (json!({ "image_base64": image, "session_id": "a", "grid_size": -2 }), 422),
            (json!({ "image_base64": image, "session_id": "a", "face": { "x": 2, "y": 0 } }), 422),
            (json!({ "image_base64": "", "session_id": "a" }), 400),
            (json!({ "image_base64": "!!", "session_id": "a" }), 400),
            (json!({ "image_base64": "data:image/png,x", "session_id": "a" }), 400),
            (json!({ "image_base64": BASE64.encode("GIF89a"), "session_id": "a" }), 400),
        ] {
            let refusal = read(&body).unwrap_err();
            assert_eq!(refusal.status, status, "{refusal:?}");
        }
        assert_eq!(Order::from_json(b"{").unwrap_err().status, 422);
        assert_eq!(Order::from_json(&[0xff, 0]).unwrap_err().status, 422);
    }
}
