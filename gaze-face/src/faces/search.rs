//! Where to look: the whole picture first, then in tiles and turned until a face is found.

use std::f32::consts::{FRAC_PI_2, PI};

use super::detector::{Detection, Detector};
use super::mesh::{MIN_FIRST_LOGIT, Mesh, MeshModel};
use super::pyramid::Pyramid;
use super::region::Region;
use gaze_rig::{Result, Size};

/// Presence below which there is no face. Photographed and painted faces have 12 to 32, a dog up
/// to 2.6.
const MIN_LOGIT: f32 = 4.0;
/// Presence of a face that is well seen and stands as the region does.
const SURE_LOGIT: f32 = 12.0;
/// A detection this sure stands the way it was looked at; wrong ways reach 0.85.
const PLAIN_SCORE: f32 = 0.9;
/// Side of the square for a closer look, against the box.
const CLOSE_UP_MARGIN: f32 = 2.6;
/// Where faces are less to be expected a detection must be this sure to be looked at.
const RARE_SCORE: f32 = 0.6;
/// Detections of one pass that may prove false before it is given up: bounds the time spent on
/// textures.
const MAX_FALSE_DETECTIONS: usize = 4;
/// Faces looked for in all: bounds the time spent on crowds.
const MAX_FACES: usize = 32;
/// Two bounds are of the same face where they share more than this of the smaller: faces do not
/// lie in each other.
const SAME_FACE_SHARE: f32 = 0.5;
/// Neighbouring tiles share this part of their side, so that a face too small for the next larger
/// tiles (which see 15 % of their side) lies whole in one.
const TILE_OVERLAP: f32 = 0.4;
/// A picture with this longer side, in pixels, is looked through in eighths, too: each is as large as the detector's input.
const LARGE_SIDE: u32 = 1024;
/// Turns of the picture, upright first: rarer ones later.
const TURNS: [f32; 3] = [PI, FRAC_PI_2, -FRAC_PI_2];

/// A face found somewhere in the picture.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) mesh: Mesh,
    /// The detector's, 0.5 to 1.
    pub(super) detection_score: f32,
    bounds: [f32; 4],
}

/// All faces, largest first.
pub(super) fn find_meshes(
    detector: &Detector,
    mesh_model: &MeshModel,
    pyramid: &Pyramid<'_>,
) -> Result<Vec<Found>> {
    let size = pyramid.size();
    let mut search = Search { detector, mesh_model, pyramid, found: Vec::new() };
    // Always upright, the whole picture and halves: faces down to 6 or 8 % of the longer side.
    search.look(tiles(size, 1), 0.0, 0.0)?;
    search.look(tiles(size, 2), 0.0, 0.0)?;
    // The rest only while no face is sure, cheap looks first.
    let turned_whole = TURNS.map(|turn| (1, turn));
    let turned_halves = TURNS.map(|turn| (2, turn));
    let is_large = size.width.max(size.height) >= LARGE_SIDE;
    let smaller = [(4, 0.0), (8, 0.0)].into_iter().take(if is_large { 2 } else { 1 });
    for (parts, turn) in turned_whole.into_iter().chain(smaller).chain(turned_halves) {
        if search.found.iter().any(Found::is_sure) {
            break;
        }
        search.look(tiles(size, parts), turn, RARE_SCORE)?;
    }
    let mut found = search.found;
    if found.iter().any(Found::is_sure) {
        found.retain(Found::is_sure);
    }
    for Found { mesh, bounds, .. } in &mut found {
        // Only the points: presence stays that of the look which confirmed the face.
        mesh.points = mesh_model.run_steadied(pyramid, mesh.face_region())?;
        *bounds = mesh.bounds();
    }
    found.sort_by(|a, b| area(b.bounds).total_cmp(&area(a.bounds)));
    Ok(found)
}

/// The mesh of the human face that fills a square, if one is there.
pub(super) fn human_mesh(
    mesh_model: &MeshModel,
    pyramid: &Pyramid<'_>,
    square: Region,
) -> Result<Option<Mesh>> {
    let first = mesh_model.run(pyramid, square)?;
    if first.logit < MIN_FIRST_LOGIT {
        return Ok(None);
    }
    let mesh = mesh_model.run(pyramid, first.face_region())?;
    Ok((mesh.logit >= MIN_LOGIT).then_some(mesh))
}

struct Search<'a> {
    detector: &'a Detector,
    mesh_model: &'a MeshModel,
    pyramid: &'a Pyramid<'a>,
    found: Vec<Found>,
}

impl Search<'_> {
    /// Looks for faces with at least `min_score` in squares of the picture turned by `turn`, the
    /// surest first.
    fn look(&mut self, squares: Vec<Region>, turn: f32, min_score: f32) -> Result<()> {
        let mut detections = Vec::new();
        for square in squares {
            let square = Region { angle: turn, ..square };
            detections.extend(self.detector.detect(self.pyramid, square)?);
        }
        detections.retain(|detection| detection.score >= min_score);
        detections.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut proved_false = 0;
        for detection in detections {
            let known = |found: &Found| {
                found.is_sure() && shared_part(found.bounds, detection.bounds()) > SAME_FACE_SHARE
            };
            if proved_false == MAX_FALSE_DETECTIONS || self.found.len() == MAX_FACES {
                break;
            }
            if self.found.iter().any(known) {
                continue;
            }
            match self.confirm(&detection, turn)? {
                Some(found) => self.keep(found),
                None => proved_false += 1,
            }
        }
        Ok(())
    }

    /// Adds a face, or keeps the surer of two looks at the same one.
    fn keep(&mut self, new: Found) {
        let same = |old: &&mut Found| shared_part(old.bounds, new.bounds) > SAME_FACE_SHARE;
        match self.found.iter_mut().find(same) {
            Some(old) if old.rank() >= new.rank() => {}
            Some(old) => *old = new,
            None => self.found.push(new),
        }
    }

    /// What the models say on a closer look. A face upside down can pass for a poor upright one,
    /// so unless it is plain which way it stands all four ways are tried.
    fn confirm(&self, detection: &Detection, turn: f32) -> Result<Option<Found>> {
        let mut upright: Vec<Detection> = Vec::new();
        for relative in [0.0].into_iter().chain(TURNS) {
            let side = detection.side * CLOSE_UP_MARGIN;
            let square = Region::square(detection.center, side, turn + relative);
            let same =
                |d: &Detection| shared_part(d.bounds(), detection.bounds()) > SAME_FACE_SHARE;
            upright.extend(self.detector.detect(self.pyramid, square)?.into_iter().find(same));
            // What vanishes on a closer look was none; what is plain needs no other way.
            if upright.first().is_none_or(|first| first.score >= PLAIN_SCORE) {
                break;
            }
        }
        upright.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut best: Option<Found> = None;
        for detection in upright.iter().take(2) {
            let Some(mesh) = self.refine(detection.face_region())? else { continue };
            if best.as_ref().is_none_or(|best| mesh.logit > best.mesh.logit) {
                let bounds = mesh.bounds();
                best = Some(Found { bounds, mesh, detection_score: detection.score });
            }
            if best.as_ref().is_some_and(Found::is_sure) {
                break;
            }
        }
        Ok(best.filter(|found| found.mesh.logit >= MIN_LOGIT))
    }

    /// The mesh in a region, looked at twice: the second time where the first one found the face.
    fn refine(&self, region: Region) -> Result<Option<Mesh>> {
        let first = self.mesh_model.run(self.pyramid, region)?;
        if first.logit < MIN_FIRST_LOGIT {
            return Ok(None);
        }
        let mesh = self.mesh_model.run(self.pyramid, first.face_region())?;
        Ok(Some(mesh))
    }
}

impl Found {
    /// Sure enough to stop searching.
    fn is_sure(&self) -> bool {
        self.mesh.logit >= SURE_LOGIT
    }

    /// Orders two finds of the same face.
    fn rank(&self) -> (bool, f32) {
        (self.is_sure(), self.detection_score)
    }
}

/// Overlapping squares with a side of 1 / `parts` of the longer side, that cover the picture.
fn tiles(size: Size, parts: u32) -> Vec<Region> {
    let side = size.width.max(size.height) as f32 / parts as f32;
    let centers = |length: u32| -> Vec<f32> {
        let room = length as f32 - side;
        if room <= 0.0 {
            return vec![(length as f32 - 1.0) / 2.0];
        }
        let steps = (room / (side * (1.0 - TILE_OVERLAP))).ceil().max(1.0);
        let first = (side - 1.0) / 2.0;
        (0..=steps as usize).map(|i| first + room * i as f32 / steps).collect()
    };
    let mut tiles = Vec::new();
    for y in centers(size.height) {
        tiles.extend(centers(size.width).into_iter().map(|x| Region::square([x, y], side, 0.0)));
    }
    tiles
}

fn area([left, top, right, bottom]: [f32; 4]) -> f32 {
    (right - left).max(0.0) * (bottom - top).max(0.0)
}

/// Shared area divided by the smaller area.
fn shared_part(a: [f32; 4], b: [f32; 4]) -> f32 {
    let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    let smaller = area(a).min(area(b));
    if smaller > 0.0 { shared / smaller } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_small_square_lies_whole_in_some_tile() {
        for (width, height) in [(512, 512), (720, 1280), (4000, 300), (64, 64)] {
            let size = Size { width, height };
            assert_eq!(tiles(size, 1).len(), 1);
            for parts in [2, 4] {
                let tiles = tiles(size, parts);
                let face = TILE_OVERLAP * tiles[0].size[0] * 0.99;
                let fits = |t: &Region, at: [f32; 2]| {
                    (0..2).all(|i| (t.center[i] - at[i]).abs() <= (t.size[0] - face) / 2.0 + 0.01)
                };
                let steps = |length: u32| {
                    let last = (length as f32 - face).max(0.0);
                    (0..=20).map(move |i| (last * i as f32 / 20.0 + face / 2.0) - 0.5)
                };
                for y in steps(height) {
                    for x in steps(width) {
                        let found = tiles.iter().any(|t| fits(t, [x, y]));
                        assert!(found, "({x}, {y}) of {size:?} in {parts}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_small_box_inside_a_large_one_is_the_same() {
        let large = [0.0, 0.0, 100.0, 100.0];
        assert_eq!(shared_part(large, [20.0, 20.0, 40.0, 40.0]), 1.0);
        assert_eq!(shared_part(large, [90.0, 0.0, 110.0, 100.0]), 0.5);
        assert_eq!(shared_part(large, [200.0, 0.0, 210.0, 10.0]), 0.0);
        assert_eq!(shared_part(large, [50.0, 50.0, 50.0, 50.0]), 0.0);
    }
}
