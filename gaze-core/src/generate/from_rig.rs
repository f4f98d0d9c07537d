//! From a live rig to a folder of results: what players need that know no rigs.

use std::path::Path;
use std::time::Instant;

use super::folder_run::{FolderRun, check_frame_size, is_own_file};
use super::options::GenerateOptions;
use super::originals::gaze_files;
use super::outcome::Outcome;
use crate::pack::PackFile;
use crate::rig_picture::decode_picture;
use gaze_face::{PreparedPortrait, Warning};
use gaze_output::{OutputFolder, is_or_holds, refused};
use gaze_rig::resample::fitted;
use gaze_rig::rig::Rig;
use gaze_rig::{
    Error, ErrorKind, Frame, Observer, Pose, Progress, Provenance, Rect, Result, Size, Stage, Sweep,
};

/// Draws the sweep of a stored rig, `portrait.gaze` or another pack that has one, into a folder of sheets with all that
/// [`GazeGenerator::generate`](crate::GazeGenerator::generate) writes beside them. Frames are as large as the rig's picture, or
/// smaller by [`max_size`](GenerateOptions::max_size); the rig itself goes into the results where it has their size. Of the
/// options, those that concern a photograph have no meaning here.
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for options out of range or sheets that WebP cannot hold, [`ErrorKind::InvalidInput`] where the
/// rig cannot be read, [`ErrorKind::InvalidFormat`] where it is damaged or there is none, [`ErrorKind::Output`] where the
/// folder cannot be written, is not empty or holds the rig under the name of a result, [`ErrorKind::Cancelled`].
pub fn generate_from_rig(
    rig: impl AsRef<Path>,
    out_dir: impl AsRef<Path>,
    options: &GenerateOptions,
    observer: &dyn Observer,
) -> Result<Outcome> {
    let (source, start) = (rig.as_ref(), Instant::now());
    observer.on_progress(&Progress::start(Stage::Initializing, 0));
    options.check()?;
    let mut pack = PackFile::open(source)?;
    let (Some(stored), Some(section)) = (pack.stored_rig()?, pack.rig_section()?) else {
        let message = "the file holds frames, but no live rig: name one that has a rig";
        return Err(Error::new(ErrorKind::InvalidFormat, message).with_path(source));
    };
    // Older rigs say nothing: no other engine makes any.
    let about = pack.about()?;
    let provenance = about.map_or_else(
        || Provenance::by_engine("embedded"),
        |about| Provenance::from_json(about.as_bytes()),
    );
    let (whole, size) = (stored.frame_size(), fitted(stored.frame_size(), options.max_size));
    check_frame_size(options, size)?;
    refuse_to_replace_rig(source, out_dir.as_ref())?;
    let folder = OutputFolder::create(out_dir.as_ref(), options.force)?;

    observer.on_progress(&Progress::start(Stage::Preparing, 0));
    let picture = decode_picture(stored.picture(), whole).map_err(|e| e.with_path(source))?;
    let rig = stored.open_resized(picture, size)?;
    let mut rest = Frame::new(size);
    rig.draw(&Sweep::default().pose_at(0.0, 0.0), &mut rest)?;
    let run = FolderRun {
        options,
        prepared: &Opened(rig),
        portrait: &rest,
        rig: (options.rig && size == whole).then_some(section),
        provenance,
        prepare_time: start.elapsed(),
        start,
        observer,
    };
    // The rig may have been moved there meanwhile.
    let target = folder.target().to_owned();
    run.write(folder, is_own_file, || refuse_to_replace_rig(source, &target))
}

fn refuse_to_replace_rig(source: &Path, target: &Path) -> Result<()> {
    if gaze_files(target).iter().any(|file| is_or_holds(file, source)) {
        let message =
            "the results would replace the live rig that they are made of: choose another folder";
        return Err(refused(message, source));
    }
    Ok(())
}

/// A stored rig as what an engine prepares.
struct Opened(Rig);

impl PreparedPortrait for Opened {
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
        Some(&self.0)
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        self.0.draw(pose, frame)
    }
}
