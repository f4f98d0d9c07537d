//! What the points of the landmark models mean: the one place that knows their indices.

/// What the points of a face mesh are, as indices into [`Face::mesh`](super::Face::mesh).
///
/// Another landmark model is another constant of this type. Right and left are the subject's own: the right eye lies
/// on the left of an upright picture. Pairs have the right one first.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Topology {
    /// Points of a mesh.
    pub points: usize,
    /// Edge of the face, clockwise as seen, from the top of the forehead.
    pub oval: &'static [usize],
    /// The eyes.
    pub eyes: [EyePoints; 2],
    /// The brows.
    pub brows: [BrowPoints; 2],
    /// Where the forehead ends, in the middle.
    pub forehead: usize,
    /// Tip of the nose and the point below it.
    pub nose_tip: [usize; 2],
    /// Right corner of the mouth, left corner, middle of the upper edge and of the lower edge.
    pub lips: [usize; 4],
    /// Lowest point of the chin, in the middle.
    pub chin: usize,
    /// Where the face ends beside the ears.
    pub temples: [usize; 2],
}

/// Points of one eye in a mesh.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EyePoints {
    /// The corner towards the ear.
    pub outer_corner: usize,
    /// The corner towards the nose.
    pub inner_corner: usize,
    /// Edge of the upper lid from the outer to the inner corner, both included.
    pub upper_lid: [usize; 9],
}

impl EyePoints {
    /// Outer corner, inner corner.
    pub fn corners(&self) -> [usize; 2] {
        [self.outer_corner, self.inner_corner]
    }
}

/// Points of one brow in a mesh.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrowPoints {
    /// Upper edge from the outer to the inner end.
    pub upper_edge: [usize; 5],
    /// Lower edge from the outer to the inner end.
    pub lower_edge: [usize; 5],
}

impl Topology {
    /// The 468 points of MediaPipe's face mesh.
    pub const MEDIAPIPE: &'static Self = &Self {
        points: 468,
        oval: &[
            10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400,
            377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67,
            109,
        ],
        eyes: [
            EyePoints {
                outer_corner: 33,
                inner_corner: 133,
                upper_lid: [33, 246, 161, 160, 159, 158, 157, 173, 133],
            },
            EyePoints {
                outer_corner: 263,
                inner_corner: 362,
                upper_lid: [263, 466, 388, 387, 386, 385, 384, 398, 362],
            },
        ],
        brows: [
            BrowPoints { upper_edge: [70, 63, 105, 66, 107], lower_edge: [46, 53, 52, 65, 55] },
            BrowPoints {
                upper_edge: [300, 293, 334, 296, 336],
                lower_edge: [276, 283, 282, 295, 285],
            },
        ],
        forehead: 10,
        nose_tip: [1, 4],
        lips: [61, 291, 0, 17],
        chin: 152,
        temples: [234, 454],
    };
}

#[cfg(test)]
impl Topology {
    /// The same points counted from the end, as another model might.
    pub(crate) fn backwards(&self) -> Self {
        let at = |i: usize| self.points - 1 - i;
        Self {
            points: self.points,
            oval: self.oval.iter().map(|&i| at(i)).collect::<Vec<_>>().leak(),
            eyes: self.eyes.each_ref().map(|eye| EyePoints {
                outer_corner: at(eye.outer_corner),
                inner_corner: at(eye.inner_corner),
                upper_lid: eye.upper_lid.map(at),
            }),
            brows: self.brows.each_ref().map(|brow| BrowPoints {
                upper_edge: brow.upper_edge.map(at),
                lower_edge: brow.lower_edge.map(at),
            }),
            forehead: at(self.forehead),
            nose_tip: self.nose_tip.map(at),
            lips: self.lips.map(at),
            chin: at(self.chin),
            temples: self.temples.map(at),
        }
    }
}

/// Points of an eye's contour, as the iris model gives it: both lids, then rings around the eye and the brow.
pub(super) const CONTOUR_POINTS: usize = 71;
/// Of the contour: the lower lid from the outer to the inner corner, both included.
pub(super) const LOWER_LID: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/// Of the contour: the upper lid from the outer to the inner corner, both included.
pub(super) const UPPER_LID: [usize; 9] = [0, 9, 10, 11, 12, 13, 14, 15, 8];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_a_point_and_both_sides_are_told_apart() {
        let Topology { points, oval, eyes, brows, .. } = Topology::MEDIAPIPE;
        assert!(oval.iter().all(|i| i < points));
        let mut sorted = oval.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), oval.len(), "no point of the oval comes twice");
        let sides = [0, 1].map(|side| {
            let (eye, brow) = (&eyes[side], &brows[side]);
            assert_eq!([eye.upper_lid[0], eye.upper_lid[8]], eye.corners());
            [&eye.upper_lid[..], &brow.upper_edge, &brow.lower_edge].concat()
        });
        assert!(sides.iter().flatten().all(|i| i < points));
        assert!(sides[0].iter().all(|i| !sides[1].contains(i)));
    }

    #[test]
    fn the_lids_share_their_corners() {
        assert_eq!([UPPER_LID[0], UPPER_LID[8]], [LOWER_LID[0], LOWER_LID[8]]);
        assert!(UPPER_LID[1..8].iter().all(|i| !LOWER_LID.contains(i) && *i < CONTOUR_POINTS));
    }
}
