//! From a prepared portrait to a folder of results: sheets, pack, live rig and the pictures beside them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::options::GenerateOptions;
use super::outcome::Outcome;
use super::previews;
use crate::frame_source::{FrameSource, work_folder};
use crate::marking::Mark;
use crate::pack::blink::blink_section;
use crate::pack::writer::{PackSections, PackShape, PackWriter};
use crate::pack::{PACK_FILE, PackHeader};
use crate::quality::pack_quality;
use crate::rig_file::RIG_FILE;
use crate::sheets::{Extra, FrameSink, WorkerPool, cell_order, first_rows};
use gaze_face::PreparedPortrait;
use gaze_face::threads::thread_count;
use gaze_output::{OutputFolder, failed};
use gaze_rig::{
    CLEAR_PLACEHOLDER, Error, ErrorKind, Frame, Manifest, Observer, Progress, Provenance, Result,
    SheetSpec, Size, Stage,
};

/// Files beside the sheets, the pack and the rig, in the order of the documentation.
pub(crate) const COMPANIONS: [&str; 4] =
    ["metadata.json", "input.jpg", "contact.png", "preview.webp"];
/// Where frames wait for their place in the pack, in the temporary folder.
const SPOOL_FILE: &str = "frames.spool";

/// What a folder of results is made of.
pub(super) struct FolderRun<'a> {
    pub(super) options: &'a GenerateOptions,
    pub(super) prepared: &'a dyn PreparedPortrait,
    /// The portrait in the size of the frames.
    pub(super) portrait: &'a Frame,
    /// The section of the live rig, where one is written.
    pub(super) rig: Option<Vec<u8>>,
    /// What makes it.
    pub(super) provenance: Provenance,
    pub(super) start: Instant,
    pub(super) prepare_time: Duration,
    pub(super) observer: &'a dyn Observer,
}

impl FolderRun<'_> {
    /// Renders and writes everything and moves it to its place, where files that `is_replaced` says so of are replaced.
    /// `check` is asked right before.
    ///
    /// # Errors
    /// Those of the engine, the encoder and the folder; whatever `check` says.
    pub(super) fn write(
        self,
        folder: OutputFolder,
        is_replaced: impl Fn(&OsStr) -> bool,
        check: impl Fn() -> Result<()>,
    ) -> Result<Outcome> {
        let Self { options, prepared, observer, .. } = self;
        let manifest = manifest_of(prepared, options);
        let sheets = manifest.sheets()?;
        let sweep = &options.sweep;
        let mark = Mark::new(&self.provenance);
        let sweeping = Instant::now();
        let are_slow = prepared.work_key(&[]).is_some();
        let order = cell_order(&sheets, &first_rows(&sheets, are_slow, manifest.has_alpha));
        let work = work_folder(prepared, sweep, &order, &folder, options.resume);
        let frames = FrameSource::begin(prepared, sweep, &order, work.as_deref())?;
        let extras: Vec<Extra<'_>> = vec![
            Box::new(|| {
                let preview = previews::preview_webp(&frames, observer)?;
                folder.write("preview.webp", &mark.webp(preview))
            }),
            Box::new(|| {
                let overview = previews::contact_png(&frames, observer)?;
                folder.write("contact.png", &mark.png(overview))
            }),
            Box::new(|| {
                let portrait = previews::portrait_jpeg(self.portrait)?;
                folder.write("input.jpg", &Mark::of_portraits().jpeg(portrait))
            }),
        ];
        let sink = |spec: &SheetSpec, webp: &[u8]| folder.write(spec.file_name(), webp);
        let writer = match options.pack {
            true => Some(self.pack_writer(&folder)?),
            false => None,
        };
        let to_pack = writer.as_ref().map(|writer| |cell, frame: &Frame| writer.add(cell, frame));
        let frame_sink = to_pack.as_ref().map(|add| add as &FrameSink<'_>);
        let pool =
            WorkerPool { frame_sink, ..worker_pool(&frames, &sheets, options, &mark, observer) };
        pool.run(extras, &sink)?;
        let (sweep_time, network_time) = (sweeping.elapsed(), prepared.network_time());
        observer.check_cancelled()?;
        let rig = self.rig.as_deref();
        let mut rest = Frame::new(prepared.frame_size());
        if writer.is_some() || manifest.has_alpha {
            frames.render_at(0.0, 0.0, &mut rest)?;
        }
        if manifest.has_alpha {
            let clear = previews::clear_webp(&rest, options.quality)?;
            folder.write(CLEAR_PLACEHOLDER, &mark.webp(clear))?;
        }
        if let Some(writer) = writer {
            let blink = match options.blink {
                true => blink_section(prepared, sweep, pack_quality(options.quality), observer)?,
                false => None,
            };
            let sections = PackSections { rig, blink: blink.as_deref() };
            let path = folder.part(PACK_FILE);
            writer.finish(&rest, sections, &self.provenance, &path, observer)?;
        }
        if let (Some(section), Some(rig)) = (rig, prepared.rig()) {
            folder.write(RIG_FILE, &rig.file_of_section(section, &self.provenance)?)?;
        }
        folder.write(COMPANIONS[0], manifest.to_json_made_by(&self.provenance).as_bytes())?;
        let files = self.list_files(&folder, &manifest)?;
        // Kept until the results are in place, unless it lies among them.
        let (outside, inside) = if options.resume { (work, None) } else { (None, work) };
        remove_work(inside)?;
        check()?;
        folder.commit(is_replaced)?;
        remove_work(outside)?;
        // Until then the work is locked, so that no run begins with what is about to be removed.
        let resumed_frames = frames.resumed();
        drop(frames);
        observer.on_progress(&Progress::start(Stage::Complete, 0));
        Ok(Outcome {
            manifest,
            crop: prepared.crop(),
            provenance: self.provenance,
            warnings: prepared.warnings().to_vec(),
            files,
            prepare_time: self.prepare_time,
            sweep_time,
            network_time,
            resumed_frames,
            total_time: self.start.elapsed(),
        })
    }

    fn pack_writer(&self, folder: &OutputFolder) -> Result<PackWriter> {
        let shape = PackShape {
            grid: self.options.sweep.grid,
            frame_size: self.prepared.frame_size(),
            has_alpha: self.prepared.has_alpha(),
            moving: self.prepared.moving_rect(),
        };
        let quality = pack_quality(self.options.quality);
        PackWriter::create(shape, quality, folder.part(SPOOL_FILE), folder.target_of(PACK_FILE))
    }

    fn list_files(&self, folder: &OutputFolder, manifest: &Manifest) -> Result<Vec<(String, u64)>> {
        let sheets = manifest.sheets()?;
        let pack = self.options.pack.then_some(PACK_FILE);
        let rig = self.rig.is_some().then_some(RIG_FILE);
        let names = sheets.iter().map(SheetSpec::file_name).chain(pack).chain(rig);
        let clear = manifest.has_alpha.then_some(CLEAR_PLACEHOLDER);
        let names = names.chain(COMPANIONS).chain(clear);
        names.map(|name| Ok((name.to_owned(), folder.size_of(name)?))).collect()
    }
}

/// Fails where frames of this size cannot be put on sheets or into a pack: early, before the slow part.
///
/// # Errors
/// [`ErrorKind::InvalidOption`].
pub(super) fn check_frame_size(options: &GenerateOptions, size: Size) -> Result<()> {
    options.layout.sheets(options.sweep.grid, size)?;
    if options.pack && !PackHeader::holds_frames_of(size) {
        return Err(Error::new(
            ErrorKind::InvalidOption,
            format!(
                "frames of {} x {} px are too large for a pack: use a smaller maximum size, or sheets alone",
                size.width, size.height
            ),
        ));
    }
    Ok(())
}

/// What `metadata.json` says of a prepared portrait.
pub(super) fn manifest_of(prepared: &dyn PreparedPortrait, options: &GenerateOptions) -> Manifest {
    let (size, has_alpha) = (prepared.frame_size(), prepared.has_alpha());
    Manifest::new(options.sweep.grid, options.layout, size, has_alpha)
}

/// What renders and encodes the sheets, and nothing besides.
pub(super) fn worker_pool<'a>(
    frames: &'a FrameSource<'a>,
    sheets: &'a [SheetSpec],
    options: &GenerateOptions,
    mark: &'a Mark,
    observer: &'a dyn Observer,
) -> WorkerPool<'a> {
    let (quality, threads) = (options.quality, thread_count(options.threads));
    WorkerPool { frames, sheets, quality, threads, mark, observer, frame_sink: None }
}

/// Whether a file of this name in an output folder is one that gaze writes.
pub(crate) fn is_own_file(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        COMPANIONS.contains(&name)
            || [PACK_FILE, RIG_FILE, CLEAR_PLACEHOLDER].contains(&name)
            || SheetSpec::is_file_name(name)
    })
}

fn remove_work(folder: Option<PathBuf>) -> Result<()> {
    let Some(folder) = folder.filter(|folder| folder.exists()) else { return Ok(()) };
    std::fs::remove_dir_all(&folder).map_err(|e| {
        failed("the folder of unfinished work cannot be removed: remove it", &folder, e)
    })
}
