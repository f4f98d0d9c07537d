//! Writes small folders for the player's browser tests: frames of a flat colour that tells their cell, within
//! a border that never moves.
//!
//!     cargo run -p gaze-tools --bin player_fixtures -- DIR

use std::path::Path;

use gaze_core::{
    AXIS_EXTENT, Engine, EngineDescription, Frame, GazeGenerator, Grid, Observer, Portrait, Pose,
    PrepareRequest, PreparedPortrait, Rect, Result, SheetLayout, Size, Warning,
};

const SIZE: Size = Size { width: 64, height: 80 };
/// The part whose colour changes.
const MOVING: Rect = Rect { x: 16, y: 16, width: 32, height: 48 };

struct Swatches;

struct PreparedSwatches {
    has_alpha: bool,
}

impl Engine for Swatches {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("swatches")
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        _observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        Ok(Box::new(PreparedSwatches { has_alpha: request.options().remove_background }))
    }
}

impl PreparedPortrait for PreparedSwatches {
    fn frame_size(&self) -> Size {
        SIZE
    }

    fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    fn moving_rect(&self) -> Rect {
        MOVING
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        // Red from left to right, green from top to bottom, 8 to 248.
        let channel = |value: f32| (128.0 + value * 120.0 / AXIS_EXTENT).round() as u8;
        let moving = [channel(pose.pupil_x), channel(-pose.pupil_y), 128, 255];
        let border = [40, 80, 200, if self.has_alpha { 0 } else { 255 }];
        for (at, pixel) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            let (x, y) = (at as u32 % SIZE.width, at as u32 / SIZE.width);
            let moves = (MOVING.x..MOVING.x + MOVING.width).contains(&x)
                && (MOVING.y..MOVING.y + MOVING.height).contains(&y);
            pixel.copy_from_slice(if moves { &moving } else { &border });
        }
        Ok(())
    }
}

fn main() -> Result<()> {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "target/player-fixtures".to_owned());
    let dir = Path::new(&dir);
    let portrait = Portrait::from_frame(Frame::new(SIZE))?;
    let generator = |side| {
        let mut options = gaze_core::GenerateOptions::default();
        options.force = true;
        options.quality = 95;
        Ok::<_, gaze_core::Error>(
            GazeGenerator::new(Swatches).with_options(options).with_grid(Grid::from_side(side)?),
        )
    };
    generator(6)?.generate(&portrait, dir.join("six"), &())?;
    generator(20)?.generate(&portrait, dir.join("twenty"), &())?;
    generator(30)?.generate(&portrait, dir.join("thirty"), &())?;
    generator(6)?.with_background_removed().generate(&portrait, dir.join("clear"), &())?;
    generator(6)?.with_layout(SheetLayout::Single).generate(&portrait, dir.join("single"), &())?;
    Ok(())
}
