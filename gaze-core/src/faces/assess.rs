//! What may go wrong with a face, told before it does.

use super::{Face, Warning, WarningKind};

/// Below this openness an eye is closed or nearly so; open eyes have 0.31 to 0.50.
const CLOSED_OPENNESS: f32 = 0.27;
/// Distance between the eyes as seen, against the same in depth, below which a head is turned.
const TURNED_FORESHORTENING: f32 = 0.88;
/// Corner to corner, in pixels: below it an iris has hardly four pixels.
const SMALL_EYE_WIDTH: f32 = 9.0;
/// Beyond this the picture, not the head, is tilted.
const TURNED_PICTURE_DEG: f32 = 60.0;
/// Presence and detection scores of photographed faces lie above these.
const SURE_PRESENCE: f32 = 0.9;
const SURE_DETECTION: f32 = 0.75;

/// What may look wrong with `face`, one of `faces`: nothing, for most portraits.
pub fn warnings(face: &Face, faces: &[Face]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |kind, message: String| warnings.push(Warning { kind, message });
    let closed: Vec<_> = face.eyes.iter().filter(|eye| eye.openness < CLOSED_OPENNESS).collect();
    if !closed.is_empty() {
        let which = if closed.len() == 2 { "both eyes are" } else { "one eye is" };
        warn(
            WarningKind::ClosedEyes,
            format!(
                "{which} closed or nearly so and will hardly move: use a portrait with open eyes"
            ),
        );
    }
    if face.foreshortening() < TURNED_FORESHORTENING {
        warn(
            WarningKind::TurnedHead,
            "the head is turned away, so the far eye may look wrong: a frontal portrait works best"
                .into(),
        );
    }
    if face.presence < SURE_PRESENCE || face.detection_score < SURE_DETECTION {
        warn(
            WarningKind::DoubtfulFace,
            "this may not be a human face: check the result, or use a clear photograph".into(),
        );
    }
    let eye_width = face.eye_widths().into_iter().fold(f32::MAX, f32::min);
    if eye_width < SMALL_EYE_WIDTH {
        warn(
            WarningKind::SmallFace,
            format!(
                "the face is small (its eyes are {eye_width:.0} pixels wide): crop the picture closer to it"
            ),
        );
    }
    let roll = face.roll_deg();
    if roll.abs() > TURNED_PICTURE_DEG {
        warn(
            WarningKind::TurnedPicture,
            format!(
                "the face is turned by {:.0} degrees: rotate the picture so that it stands upright",
                roll.abs()
            ),
        );
    }
    if faces.len() > 1 {
        warn(
            WarningKind::SeveralFaces,
            format!(
                "{} faces were found: choose another than the largest by index or position, if that is meant",
                faces.len()
            ),
        );
    }
    warnings
}
