//! Writes small folders for the player's browser tests: sheets and packs of frames that tell their cell by their colour,
//! and rigs with frames that a player must draw of them.
//!
//!     cargo run -p gaze-tools --bin player_fixtures -- DIR

mod eyes;
mod made_up;
mod rigs;
mod swatches;

use std::path::Path;

use gaze_core::{Frame, GazeGenerator, Grid, Portrait, Result, SheetLayout};

use eyes::Eyes;
use made_up::{MadeUp, Picture};
use swatches::Swatches;

fn main() -> Result<()> {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "target/player-fixtures".to_owned());
    let dir = Path::new(&dir);
    let portrait = Portrait::from_frame(Frame::new(Swatches::SIZE))?;
    let generator = |side, rig| {
        let mut options = gaze_core::GenerateOptions::default();
        options.force = true;
        options.quality = 95;
        Ok::<_, gaze_core::Error>(
            GazeGenerator::new(MadeUp(Swatches(rig)))
                .with_options(options)
                .with_grid(Grid::from_side(side)?),
        )
    };
    generator(6, None)?.generate(&portrait, dir.join("six"), &())?;
    generator(20, None)?.generate(&portrait, dir.join("twenty"), &())?;
    generator(30, None)?.generate(&portrait, dir.join("thirty"), &())?;
    generator(6, None)?.with_background_removed().generate(&portrait, dir.join("clear"), &())?;
    generator(6, None)?.with_layout(SheetLayout::Single).generate(
        &portrait,
        dir.join("single"),
        &(),
    )?;
    // Frames whose eyes close.
    for (name, is_clear) in [("blink", false), ("blink-clear", true)] {
        let options = gaze_core::GenerateOptions::default()
            .with_grid(Grid::from_side(6)?)
            .with_quality(95)
            .with_blink(true)
            .with_background_removed(is_clear)
            .with_force(true);
        let portrait = Portrait::from_frame(Frame::new(Eyes::SIZE))?;
        let generator = GazeGenerator::new(MadeUp(Eyes)).with_options(options);
        generator.generate(&portrait, dir.join(name), &())?;
    }
    // Frames and a rig: what is shown tells which of them is played.
    generator(6, Some(rigs::disc(Swatches::SIZE)?))?.generate(&portrait, dir.join("both"), &())?;
    rigs::write_all(dir)
}
