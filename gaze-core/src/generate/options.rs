//! What a run is asked for.

use crate::quality::{RIG_QUALITY, SHEET_QUALITY, check_quality};
use gaze_face::threads::check_threads;
use gaze_face::{Crop, EyeStyle, FaceChoice, PrepareOptions};
use gaze_rig::{Error, ErrorKind, Grid, Result, SheetLayout, Sweep};

/// Smallest [`GenerateOptions::max_size`], in pixels: less shows no face.
const MIN_MAX_SIZE: u32 = 32;

/// How sheets are generated.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// Which poses are rendered. Default: the contract's 30 x 30.
    pub sweep: Sweep,
    /// How the cells are spread over files. Default: quadrants.
    pub layout: SheetLayout,
    /// WebP quality of the sheets, 0 to 100. Default: 70.
    pub quality: u8,
    /// Longer side of a frame at most, in pixels; smaller portraits keep their size. Default: 512.
    pub max_size: u32,
    /// Threads that render and encode, at most 256; 0 for one a core. Default: 0.
    pub threads: usize,
    /// Which face to animate. Default: the largest.
    pub face: FaceChoice,
    /// What of the portrait is kept around that face, from the picture as large as it was read. Default: all of it.
    pub crop: Crop,
    /// Make everything but the person transparent. Default: false.
    pub remove_background: bool,
    /// How eyes are drawn. Default: [`EyeStyle::Auto`].
    pub eyes: EyeStyle,
    /// Write `frames.gaze` beside the sheets: the same frames in one file, for the player. Default: true.
    pub pack: bool,
    /// Write the live rig, as `portrait.gaze` and as a part of `frames.gaze`: for engines that make one, and frames of at most
    /// [`RIG_MAX_AREA`](gaze_rig::rig::RIG_MAX_AREA) pixels. Default: true.
    pub rig: bool,
    /// WebP quality of the live rig's picture, 0 to 100. Default: 85.
    pub rig_quality: u8,
    /// Continue where an interrupted run of the same frames stopped, and leave what is finished for the next run
    /// if this one is. For engines that take long; they keep it beside the output folder. Default: true.
    pub resume: bool,
    /// Replace an output folder that is not empty. Files in it that are not gaze's are kept, and a run that would replace
    /// the portrait's own file is refused.
    /// Default: false.
    pub force: bool,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            sweep: Sweep::default(),
            layout: SheetLayout::default(),
            quality: SHEET_QUALITY,
            max_size: 512,
            threads: 0,
            face: FaceChoice::default(),
            crop: Crop::default(),
            remove_background: false,
            eyes: EyeStyle::default(),
            pack: true,
            rig: true,
            rig_quality: RIG_QUALITY,
            resume: true,
            force: false,
        }
    }
}

impl GenerateOptions {
    /// Checks every range that does not depend on the portrait.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] naming the option.
    pub fn check(&self) -> Result<()> {
        self.sweep.check()?;
        check_quality(self.quality)?;
        check_quality(self.rig_quality)?;
        check_threads(self.threads)?;
        if self.max_size < MIN_MAX_SIZE {
            let message =
                format!("the maximum size is {} px: use {MIN_MAX_SIZE} or more", self.max_size);
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        Ok(())
    }

    /// Renders another sweep.
    #[must_use]
    pub fn with_sweep(mut self, sweep: Sweep) -> Self {
        self.sweep = sweep;
        self
    }

    /// Renders the same sweep on another grid.
    #[must_use]
    pub fn with_grid(mut self, grid: Grid) -> Self {
        self.sweep.grid = grid;
        self
    }

    /// Spreads the cells over files in another way.
    #[must_use]
    pub fn with_layout(mut self, layout: SheetLayout) -> Self {
        self.layout = layout;
        self
    }

    /// Encodes sheets better or smaller: 0 to 100.
    #[must_use]
    pub fn with_quality(mut self, quality: u8) -> Self {
        self.quality = quality;
        self
    }

    /// Makes frames larger or smaller: their longer side in pixels.
    #[must_use]
    pub fn with_max_size(mut self, max_size: u32) -> Self {
        self.max_size = max_size;
        self
    }

    /// Uses a fixed number of threads; 0 for one a core.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Animates another face than the largest.
    #[must_use]
    pub fn with_face(mut self, face: FaceChoice) -> Self {
        self.face = face;
        self
    }

    /// Keeps a part of the portrait around the face.
    #[must_use]
    pub fn with_crop(mut self, crop: Crop) -> Self {
        self.crop = crop;
        self
    }

    /// Makes everything but the person transparent, or not.
    #[must_use]
    pub fn with_background_removed(mut self, remove_background: bool) -> Self {
        self.remove_background = remove_background;
        self
    }

    /// Draws eyes in another way.
    #[must_use]
    pub fn with_eyes(mut self, eyes: EyeStyle) -> Self {
        self.eyes = eyes;
        self
    }

    /// Writes `frames.gaze` beside the sheets, or not.
    #[must_use]
    pub fn with_pack(mut self, pack: bool) -> Self {
        self.pack = pack;
        self
    }

    /// Writes the live rig, or not.
    #[must_use]
    pub fn with_rig(mut self, rig: bool) -> Self {
        self.rig = rig;
        self
    }

    /// Stores the live rig's picture better or smaller: 0 to 100.
    #[must_use]
    pub fn with_rig_quality(mut self, quality: u8) -> Self {
        self.rig_quality = quality;
        self
    }

    /// Continues interrupted runs and leaves work for the next, or not.
    #[must_use]
    pub fn with_resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Replaces results in an output folder that is not empty, or not.
    #[must_use]
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// What an engine needs to know.
    pub(super) fn prepare_options(&self) -> PrepareOptions {
        PrepareOptions::default()
            .with_face(self.face)
            .with_crop(self.crop)
            .with_background_removed(self.remove_background)
            .with_eyes(self.eyes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_are_named() {
        let check = |change: fn(&mut GenerateOptions)| {
            let mut options = GenerateOptions::default();
            change(&mut options);
            options.check().unwrap_err().to_string()
        };
        assert!(check(|o| o.quality = 101).contains("quality"));
        assert!(check(|o| o.max_size = 1).contains("maximum size"));
        assert!(check(|o| o.threads = 1000).contains("threads"));
        assert!(check(|o| o.sweep.eyebrow = f32::NAN).contains("eyebrow"));
    }
}
