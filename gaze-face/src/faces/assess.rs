//! Warnings about a face: what may look wrong in the result.

use super::{EyeLandmarks, Face, FaceChoice, Warning, WarningKind};

/// Below this openness an eye is closed or nearly so, and its iris moves by half or less; open eyes have 0.31 to 0.50,
/// those of people who laugh or squint 0.20 to 0.30.
const CLOSED_OPENNESS: f32 = 0.18;
/// Distance between the eyes as seen, against the same in depth, below which a head is turned.
const TURNED_FORESHORTENING: f32 = 0.88;
/// Corner to corner, in pixels: below it an iris has hardly four pixels.
const SMALL_EYE_WIDTH: f32 = 9.0;
/// The same, below which eyes can be moved but hardly show it.
const DISTANT_EYE_WIDTH: f32 = 12.0;
/// Times that a crop must show a face larger to be worth it.
const CROP_WORTH: f32 = 1.5;
/// Beyond this the picture, not the head, is tilted.
const TURNED_PICTURE_DEG: f32 = 60.0;
/// Photographs and paintings of people lie above these.
pub(super) const SURE_PRESENCE: f32 = 0.99999;
const SURE_DETECTION: f32 = 0.7;
/// Radius of an iris against the width of its eye; cartoons reach 0.26.
const IRIS_SHARES: std::ops::RangeInclusive<f32> = 0.12..=0.4;

/// What may look wrong with `face`, taken by `choice` from among `others`: nothing, for most portraits.
pub fn warnings(face: &Face, others: &[Face], choice: FaceChoice) -> Vec<Warning> {
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
    let is_sure = face.presence >= SURE_PRESENCE && face.detection_score >= SURE_DETECTION;
    if !is_sure || !face.eyes.iter().all(is_plausible) {
        warn(
            WarningKind::DoubtfulFace,
            "this may not be a human face: check the result, or use a clear photograph".into(),
        );
    }
    let eye_width = least_eye_width(face);
    if eye_width < SMALL_EYE_WIDTH {
        warn(
            WarningKind::SmallFace,
            format!(
                "the face is small (its eyes are {eye_width:.0} pixels wide): use a picture that shows it larger"
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
    // Who has chosen knows that there are others.
    if !others.is_empty() && choice == FaceChoice::Largest {
        warn(
            WarningKind::SeveralFaces,
            format!(
                "{} faces were found: choose another than the largest by index or position, if that is meant",
                others.len() + 1
            ),
        );
    }
    warnings
}

/// That `count` of the two eyes, 1 or 2, are drawn in the soft style.
pub(crate) fn soft_eyes(count: usize) -> Warning {
    let message = if count > 1 {
        "the irises cannot be told from their surroundings well enough to move by themselves: the \
         eyes move softly, with a smaller range"
    } else {
        "one iris cannot be told from its surroundings well enough to move by itself: that eye \
         moves softly, with a smaller range"
    };
    Warning { kind: WarningKind::SoftEyes, message: message.to_owned() }
}

/// The same warnings, with the advice to crop where that is worth it: it would show the `face` of the frame so many times
/// as large as it is now.
pub fn advise_crop(mut warnings: Vec<Warning>, face: &Face, times: f32) -> Vec<Warning> {
    let eye_width = least_eye_width(face);
    if eye_width >= DISTANT_EYE_WIDTH || times < CROP_WORTH {
        return warnings;
    }
    let message = format!(
        "the face is small in the frame (its eyes are {eye_width:.0} pixels wide), where the picture shows it {times:.1} \
         times as large"
    );
    let distant = Warning { kind: WarningKind::DistantFace, message };
    match warnings.iter_mut().find(|warning| warning.kind == WarningKind::SmallFace) {
        Some(small) => *small = distant,
        None => warnings.push(distant),
    }
    warnings
}

fn least_eye_width(face: &Face) -> f32 {
    face.eye_widths().into_iter().fold(f32::MAX, f32::min)
}

/// Whether the iris has the size and place of a human one.
fn is_plausible(eye: &EyeLandmarks) -> bool {
    let [outer, inner] = eye.corners();
    let width = eye.width();
    let middle = [0, 1].map(|i| (outer[i] + inner[i]) / 2.0);
    let [x, y] = eye.iris_center;
    IRIS_SHARES.contains(&(eye.iris_radius / width))
        && (x - middle[0]).hypot(y - middle[1]) < width / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;
    use gaze_rig::Hint;

    fn kinds(face: &Face) -> Vec<WarningKind> {
        warnings(face, &[], FaceChoice::Largest).iter().map(|w| w.kind).collect()
    }

    #[test]
    fn an_ordinary_face_has_no_warning() {
        assert_eq!(kinds(&face_at(200.0, 200.0, 80.0)), []);
    }

    #[test]
    fn each_trouble_has_its_warning() {
        let plain = face_at(200.0, 200.0, 80.0);
        let mut closed = plain.clone();
        closed.eyes[1].openness = 0.15;
        assert_eq!(kinds(&closed), [WarningKind::ClosedEyes]);

        let mut turned = plain.clone();
        for corner in turned.topology.eyes[0].corners() {
            turned.mesh[corner][2] += 50.0;
        }
        assert_eq!(kinds(&turned), [WarningKind::TurnedHead]);

        assert_eq!(kinds(&face_at(200.0, 200.0, 20.0)), [WarningKind::SmallFace]);
        let doubtful = Face { presence: 0.99, ..plain.clone() };
        assert_eq!(kinds(&doubtful), [WarningKind::DoubtfulFace]);
        let mut odd = plain.clone();
        odd.eyes[0].iris_center[1] += 40.0;
        assert_eq!(kinds(&odd), [WarningKind::DoubtfulFace]);

        let mut sideways = plain.clone();
        for point in &mut sideways.mesh {
            *point = [point[1], point[0], point[2]];
        }
        assert_eq!(kinds(&sideways), [WarningKind::TurnedPicture]);

        let small = face_at(200.0, 200.0, 20.0);
        let told = |face: &Face, times| {
            let all = advise_crop(warnings(face, &[], FaceChoice::Largest), face, times);
            all.into_iter().map(|warning| warning.kind).collect::<Vec<_>>()
        };
        assert_eq!(told(&small, 1.2), [WarningKind::SmallFace]);
        assert_eq!(told(&small, 3.0), [WarningKind::DistantFace], "in its place");
        assert_eq!(told(&face_at(200.0, 200.0, 26.0), 3.0), [WarningKind::DistantFace]);
        assert_eq!(told(&plain, 3.0), []);
        let distant = &advise_crop(Vec::new(), &small, 3.0)[0];
        assert_eq!(distant.hint(), Some(Hint::CropCloser));
        assert!(distant.to_string().ends_with("3.0 times as large: crop closer to the face"));

        let other = [face_at(50.0, 50.0, 40.0)];
        let told = warnings(&plain, &other, FaceChoice::Largest);
        assert_eq!(told[0].kind, WarningKind::SeveralFaces);
        assert!(told[0].message.starts_with("2 faces"));
        for choice in [FaceChoice::Index(0), FaceChoice::At { x: 200.0, y: 200.0 }] {
            assert_eq!(warnings(&plain, &other, choice), []);
        }
    }
}
