//! The page that makes portraits in the browser.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gaze_core::faces::FaceModelBytes;
use sha2::{Digest, Sha256};

use crate::PLAYER;
use crate::page::inline_script;

/// The page without the player and the face models, which programs have anyway. build.rs says which one it is.
const PAGE: &str = include_str!(env!("GAZE_MAKER"));
/// Where they go, and the player's digest, by which the page's policy allows it: each once in the page.
const MODELS_PLACE: &str = "<!--models-->";
const PLAYER_PLACE: &str = "{{carried-player}}";
const PLAYER_DIGEST_PLACE: &str = "{{player-digest}}";

/// The page with all that it needs: some 5 MB, one file that asks nobody for anything.
pub fn maker_page() -> String {
    let player = inline_script(PLAYER);
    let models = face_models().map(|(name, bytes)| {
        let base64 = STANDARD.encode(bytes);
        format!(
            "<script type=\"application/octet-stream\" data-name=\"{name}\">{base64}</script>\n"
        )
    });
    PAGE.replacen(PLAYER_DIGEST_PLACE, &STANDARD.encode(Sha256::digest(&player)), 1)
        .replacen(MODELS_PLACE, &models.concat(), 1)
        .replacen(PLAYER_PLACE, &player, 1)
}

/// The face models, by the names under which pages look for them.
pub fn face_models() -> [(&'static str, &'static [u8]); 4] {
    let FaceModelBytes { detector, mesh, iris, person_mask } = FaceModelBytes::BUNDLED;
    [
        ("face_detection_short_range.onnx", detector),
        ("face_landmark.onnx", mesh),
        ("iris_landmark.onnx", iris),
        ("selfie_segmentation.onnx", person_mask),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_place_for_each_part() {
        for place in [MODELS_PLACE, PLAYER_PLACE, PLAYER_DIGEST_PLACE] {
            assert_eq!(PAGE.matches(place).count(), 1, "{place}");
        }
    }

    #[test]
    fn the_page_takes_just_these_face_models() {
        // If this fails, the page was made for other models: run scripts/build-player.sh --snapshot.
        for (name, bytes) in face_models() {
            let digest = hex::encode(Sha256::digest(bytes));
            assert!(PAGE.contains(&digest), "{name}");
            assert!(PAGE.contains(name), "{name}");
        }
    }
}
