//! An engine that has one rig, and what tests ask of it.

use std::fs;
use std::path::Path;

use gaze_core::rig::Rig;
use gaze_core::{
    Engine, EngineDescription, Frame, GazeGenerator, Grid, Observer, Portrait, Pose,
    PrepareRequest, PreparedPortrait, Rect, Result, Size, Sweep, Warning,
};

use crate::synthetic_rig::layered_rig;

/// An engine that has one rig, whatever the portrait; or none.
pub(crate) struct OneRig(Option<Rig>);

struct Prepared(Rig, bool);

impl Engine for OneRig {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("one-rig")
    }

    fn prepare(
        &self,
        _: &PrepareRequest<'_>,
        _: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let rig = self.0.clone();
        Ok(Box::new(Prepared(rig.clone().unwrap_or_else(layered_rig), rig.is_some())))
    }
}

impl PreparedPortrait for Prepared {
    fn frame_size(&self) -> Size {
        self.0.frame_size()
    }

    fn has_alpha(&self) -> bool {
        self.0.has_alpha()
    }

    fn moving_rect(&self) -> Rect {
        self.0.moving_rect()
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn rig(&self) -> Option<&Rig> {
        self.1.then_some(&self.0)
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        self.0.draw(pose, frame)
    }
}

pub(crate) fn portrait() -> Portrait {
    Portrait::from_frame(layered_rig().parts().picture.clone()).unwrap()
}

pub(crate) fn generator(rig: Option<Rig>) -> GazeGenerator<OneRig> {
    GazeGenerator::new(OneRig(rig)).with_grid(Grid::from_side(4).unwrap())
}

pub(crate) fn draw(rig: &Rig, x: f32, y: f32) -> Frame {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Sweep::default().pose_at(x, y), &mut frame).unwrap();
    frame
}

/// Mean difference of the premultiplied channels.
pub(crate) fn difference(a: &Frame, b: &Frame) -> f64 {
    let shown = |frame: &Frame| -> Vec<i32> {
        let pixels = frame.pixels().as_chunks::<4>().0.iter();
        pixels.flat_map(|p| p.map(|v| i32::from(v) * i32::from(p[3]) / 255)).collect()
    };
    let (a, b) = (shown(a), shown(b));
    let sum: i32 = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum();
    f64::from(sum) / a.len() as f64
}

pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
