//! The outline of an eye that is larger than the models think: in drawings, whose eyes are no human ones.

use super::eye_shape::EyeShape;
use crate::matting::Plane;
use gaze_rig::rig::{EyeFrame, LidCurve, RigEye};

/// What is looked at around an eye, in eye widths: beside its corners, and above and below the line between them.
const BESIDE: f32 = 0.4;
const HEIGHT: f32 = 0.6;
/// Samples an eye width.
const SAMPLES: f32 = 50.0;
/// Where the skin's colour is looked at, in eye widths above and below the lids.
const SKIN: [f32; 2] = [0.30, 0.45];
/// How colourful skin must be to be told from an eye, and the share of that below which something is an eye's.
const LEAST_COLOR: f32 = 0.12;
const EYE_SHARE: f32 = 0.5;
/// What is darker than this share of the skin is a lash or a line of a drawing, of either.
const LEAST_LIGHT: f32 = 0.35;
/// An outline must be so much larger than the models' to be believed.
const LARGER: f32 = 1.2;
/// Colours of samples beside each other that differ by no more belong together, in grey levels.
const ALIKE: f32 = 12.0;
/// Room above and below what is seen of the eye, in eye widths: its edge is soft, and lashes are an upper lid's.
const MARGIN: [f32; 2] = [0.035, 0.015];
/// Points of a lid.
const POINTS: usize = 17;

/// The eye with the outline that is seen, where it reaches further than the models' outline; `rgb` from 0 to 255. Everything
/// between the lids belongs to an eye, and what goes on from there and has too little of the skin's colour.
pub(super) fn with_seen_outline(eye: RigEye, shape: &EyeShape, rgb: &[Plane; 3]) -> RigEye {
    let Some(raster) = Raster::around(shape, rgb) else { return eye };
    // Up to the next edge, or where there is none all around, up to the skin's colour.
    let grown = [ALIKE, 0.5 * ALIKE, 0.0].map(|alike| raster.grown(alike, shape));
    let [before, _] = raster.extent();
    for raster in grown {
        let [after, at_border] = raster.extent();
        if at_border == 0 && after as f32 >= LARGER * before as f32 {
            return raster.outline(eye);
        }
    }
    eye
}

/// An eye's surroundings in its frame.
#[derive(Clone)]
struct Raster {
    frame: EyeFrame,
    cols: usize,
    rows: usize,
    /// What is the eye's.
    eye: Vec<bool>,
    /// What looks like an eye.
    like: Vec<bool>,
    colors: Vec<[f32; 3]>,
}

impl Raster {
    fn around(shape: &EyeShape, rgb: &[Plane; 3]) -> Option<Self> {
        let color = |place: [f32; 2]| {
            let [x, y] = shape.frame.to_pixels(place);
            rgb.each_ref().map(|plane| plane.at(x, y))
        };
        let skin = (0..9).flat_map(|i| {
            let t = (i as f32 + 0.5) / 9.0;
            let (upper, lower) = (shape.upper.at(t), shape.lower.at(t));
            SKIN.into_iter().flat_map(move |away| [[t, upper - away], [t, lower + away]])
        });
        let mut skin: Vec<(f32, f32)> =
            skin.map(|p| (colorful(color(p)), luma(color(p)))).collect();
        skin.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (least, light) = skin[skin.len() / 3];
        if least < LEAST_COLOR {
            return None;
        }
        let cols = ((1.0 + 2.0 * BESIDE) * SAMPLES) as usize;
        let rows = (2.0 * HEIGHT * SAMPLES) as usize;
        let mut raster = Self {
            frame: shape.frame,
            cols,
            rows,
            eye: Vec::new(),
            like: Vec::new(),
            colors: Vec::new(),
        };
        for i in 0..cols * rows {
            let [t, h] = raster.place(i);
            let is_within =
                (0.0..1.0).contains(&t) && h > shape.upper.at(t) && h < shape.lower.at(t);
            let seen = color([t, h]);
            raster.colors.push(seen);
            raster.eye.push(is_within);
            raster.like.push(
                is_within || colorful(seen) < EYE_SHARE * least && luma(seen) > LEAST_LIGHT * light,
            );
        }
        Some(raster)
    }

    /// A sample's place in the eye's frame.
    fn place(&self, i: usize) -> [f32; 2] {
        let at = |at: usize| (at as f32 + 0.5) / SAMPLES;
        [at(i % self.cols) - BESIDE, at(i / self.cols) - HEIGHT]
    }

    /// Samples of the eye, and those of them at the border.
    fn extent(&self) -> [usize; 2] {
        let eye = || (0..self.eye.len()).filter(|i| self.eye[*i]);
        let is_at_border = |i: &usize| {
            let (col, row) = (i % self.cols, i / self.cols);
            col == 0 || row == 0 || col + 1 == self.cols || row + 1 == self.rows
        };
        [eye().count(), eye().filter(is_at_border).count()]
    }

    /// With what looks like an eye and touches it or, below the upper lid of `shape`, differs by no more than so many grey
    /// levels from what it touches.
    fn grown(&self, alike: f32, shape: &EyeShape) -> Self {
        let mut grown = self.clone();
        let mut next: Vec<usize> = (0..self.eye.len()).filter(|i| self.eye[*i]).collect();
        let is_alike = |a: usize, b: usize| {
            let [t, h] = self.place(b);
            // Above are lashes and the shade of a lid.
            if h < shape.upper.at(t) {
                return false;
            }
            let apart = |c: usize| (self.colors[a][c] - self.colors[b][c]).abs();
            apart(0).max(apart(1)).max(apart(2)) <= alike
        };
        while let Some(i) = next.pop() {
            let (col, row) = (i % self.cols, i / self.cols);
            let beside = [
                (col > 0).then(|| i - 1),
                (col + 1 < self.cols).then_some(i + 1),
                (row > 0).then(|| i - self.cols),
                (row + 1 < self.rows).then_some(i + self.cols),
            ];
            for other in beside.into_iter().flatten() {
                if !grown.eye[other] && (self.like[other] || is_alike(i, other)) {
                    grown.eye[other] = true;
                    next.push(other);
                }
            }
        }
        grown
    }

    /// First and last height of the eye in a column, in eye widths.
    fn column(&self, col: usize) -> Option<[f32; 2]> {
        let rows = || (0..self.rows).filter(|row| self.eye[row * self.cols + col]);
        let height = |row: usize| self.place(row * self.cols)[1];
        Some([height(rows().next()?), height(rows().next_back()?)])
    }

    fn outline(&self, eye: RigEye) -> RigEye {
        let columns: Vec<(f32, [f32; 2])> = (0..self.cols)
            .filter_map(|col| Some((self.place(col)[0], self.column(col)?)))
            .collect();
        let (Some(first), Some(last)) = (columns.first(), columns.last()) else { return eye };
        let corner = |(t, [upper, lower]): &(f32, [f32; 2])| {
            self.frame.to_pixels([*t, (upper + lower) / 2.0])
        };
        let (start, end) = (corner(first), corner(last));
        let (dx, dy) = (end[0] - start[0], end[1] - start[1]);
        let width = dx.hypot(dy).max(1.0);
        let along = [dx / width, dy / width];
        let frame = EyeFrame { corner: start, along, across: [-along[1], along[0]], width };
        let lid = |side: usize, away: f32| {
            let points: Vec<[f32; 2]> = (0..POINTS)
                .map(|i| {
                    let at = i * (columns.len() - 1) / (POINTS - 1);
                    let around = &columns[at.saturating_sub(1)..(at + 2).min(columns.len())];
                    let height = around.iter().map(|(_, heights)| heights[side]).sum::<f32>();
                    let height = height / around.len() as f32 + away;
                    frame.to_frame(self.frame.to_pixels([columns[at].0, height]))
                })
                .collect();
            LidCurve::through(&points)
        };
        let (upper, lower) = (lid(0, -MARGIN[0]), lid(1, MARGIN[1]));
        // The skin ends where it did.
        let raised = (eye.upper.at(0.5) * eye.frame.width - upper.at(0.5) * width).max(0.0);
        let skin = (eye.lid_skin * eye.frame.width - raised).max(0.0) / width;
        RigEye { frame, upper, lower, lid_skin: skin.min(RigEye::MOST_LID_SKIN), ..eye }
    }
}

fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// How much warmer than grey a colour is: skin is, whites and most irises are less.
fn colorful([r, g, b]: [f32; 3]) -> f32 {
    (r - b) / luma([r, g, b]).max(16.0)
}

#[cfg(test)]
mod tests {
    use super::super::lid_skin::lid_skin;
    use super::super::rig_builder::rig_eye;
    use super::*;
    use crate::faces::fake::{eye_between, face_at};
    use crate::matting::Head;

    /// An eye that is `larger` than its outline, drawn on skin of a colour: the outline and the eye made of it.
    fn eye(larger: f32, skin: [f32; 3]) -> (RigEye, RigEye) {
        let lid = |height: f32| {
            std::array::from_fn(|i| {
                let t = i as f32 / 8.0;
                [100.0 + 60.0 * t, 100.0 + height * (std::f32::consts::PI * t).sin()]
            })
        };
        let shape = EyeShape::of(&eye_between(lid(14.0), lid(-16.0), [130.0, 100.0], 9.0), 0);
        let rgb: [Plane; 3] = std::array::from_fn(|c| {
            Plane::from_fn(260, 200, |x, y| {
                let [x, y] = [x as f32 - 130.0, y as f32 - 100.0];
                let is_eye = (x / (30.0 * larger)).hypot(y / (15.0 * larger)) < 1.0;
                if is_eye { [225.0, 222.0, 220.0][c] } else { skin[c] }
            })
        });
        let plain = rig_eye(&shape, lid_skin(&Head::of(&face_at(130.0, 100.0, 90.0)), &shape, 0));
        (plain.clone(), with_seen_outline(plain, &shape, &rgb))
    }

    #[test]
    fn lids_reach_around_all_of_a_drawn_eye() {
        let (_, seen) = eye(1.35, [225.0, 165.0, 130.0]);
        let height = |lid: &LidCurve| lid.at(0.5) * seen.frame.width;
        assert!((seen.frame.width - 81.0).abs() < 4.0, "{}", seen.frame.width);
        assert!((height(&seen.upper) + 20.25).abs() < 2.0, "{}", height(&seen.upper));
        assert!((height(&seen.lower) - 20.25).abs() < 2.0, "{}", height(&seen.lower));
    }

    #[test]
    fn eyes_that_the_models_know_stay_as_they_are() {
        for (larger, skin) in [(0.85, [225.0, 165.0, 130.0]), (1.35, [150.0; 3])] {
            let (plain, seen) = eye(larger, skin);
            assert_eq!(
                (plain.frame.corner, plain.frame.width),
                (seen.frame.corner, seen.frame.width)
            );
        }
    }
}
