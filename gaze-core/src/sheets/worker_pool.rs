//! Threads that render, place and encode all sheets of a sweep on several threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::growing_sheet::GrowingSheet;
use super::scheduler::{Job, Scheduler};
use crate::canvas::{FramePlanes, Parity};
use crate::codec::Wanted;
use crate::codecs::codec_of;
use crate::frame_source::FrameSource;
use crate::marking::Mark;
use crate::sync::{catch_panic, wait};
use gaze_face::threads::lock;
use gaze_rig::{Cell, Error, Frame, Observer, Progress, Result, SheetSpec, Stage};

/// Most bytes of unfinished sheets held at a time. A run needs little else besides the engine, so that
/// one at 512 x 640 and 30 x 30 stays below 400 MB.
pub(super) const CANVAS_BUDGET: usize = 260 << 20;

/// A job of the caller's that is done when threads would be idle, for instance a preview.
pub(crate) type Extra<'a> = Box<dyn FnOnce() -> Result<()> + Send + 'a>;

/// Where encoded sheets go. Called from several threads, once a sheet.
pub(crate) type Sink<'a> = dyn Fn(&SheetSpec, &[u8]) -> Result<()> + Sync + 'a;

/// Takes every frame by itself as well. Called from several threads, once a cell, in any order.
pub(crate) type FrameSink<'a> = dyn Fn(Cell, &Frame) -> Result<()> + Sync + 'a;

/// What is rendered and encoded, and how.
pub(crate) struct WorkerPool<'a> {
    /// Begun in the order of [`cell_order`](super::groups::cell_order).
    pub(crate) frames: &'a FrameSource<'a>,
    pub(crate) sheets: &'a [SheetSpec],
    /// 0 to 100.
    pub(crate) quality: u8,
    /// At least 1.
    pub(crate) threads: usize,
    /// What every sheet carries.
    pub(crate) mark: &'a Mark,
    pub(crate) observer: &'a dyn Observer,
    /// Where frames go besides the sheets.
    pub(crate) frame_sink: Option<&'a FrameSink<'a>>,
}

impl WorkerPool<'_> {
    /// Renders every cell once and hands each sheet, encoded, to `sink` as soon as it is complete. The
    /// bytes do not depend on the number of threads.
    ///
    /// # Errors
    /// The first error of the engine, the encoder, the sink or an extra job;
    /// [`Cancelled`](gaze_rig::ErrorKind::Cancelled) when the observer says so.
    pub(crate) fn run(&self, extras: Vec<Extra<'_>>, sink: &Sink<'_>) -> Result<()> {
        let with_alpha = self.frames.has_alpha();
        let mut scheduler = Scheduler::new(self.sheets, with_alpha, extras.len(), CANVAS_BUDGET);
        let mut threads = self.threads.max(1);
        let first_rows = first_rows(self.sheets, self.frames.are_kept(), with_alpha);
        if self.frames.are_kept() {
            scheduler = scheduler.with_slow_frames(threads, &first_rows);
            threads = scheduler.waiting_threads().unwrap_or(threads);
        }
        let run = Run {
            pool: self,
            sink,
            with_alpha,
            scheduler: Mutex::new(scheduler),
            changed: Condvar::new(),
            stopped: AtomicBool::new(false),
            error: Mutex::new(None),
            canvases: self.sheets.iter().map(|_| Mutex::new(None)).collect(),
            first_rows,
            extras: extras.into_iter().map(|extra| Mutex::new(Some(extra))).collect(),
            tally: Mutex::new(Tally { frames: 0, sheets: 0 }),
        };
        run.tell(Tally { frames: 0, sheets: 0 }, None);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| run.work());
            }
        });
        match run.error.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// With how many rows of frames the encoding of each sheet begins; none for those that must be whole, as all are where
/// frames come quickly.
pub(crate) fn first_rows(
    sheets: &[SheetSpec],
    are_slow: bool,
    with_alpha: bool,
) -> Vec<Option<u32>> {
    // Alpha is cleaned and written as a whole.
    let may_follow = are_slow && !with_alpha;
    let of = |spec: &SheetSpec| codec_of(spec.format()).first_rows(spec.size(), spec.rows());
    sheets.iter().map(|spec| of(spec).filter(|_| may_follow)).collect()
}

/// What the threads of one run share.
struct Run<'a> {
    pool: &'a WorkerPool<'a>,
    sink: &'a Sink<'a>,
    with_alpha: bool,
    scheduler: Mutex<Scheduler>,
    changed: Condvar,
    stopped: AtomicBool,
    error: Mutex<Option<Error>>,
    /// One for each sheet, from its first frame until it is encoded.
    canvases: Vec<Mutex<Option<GrowingSheet>>>,
    /// With how many rows of frames the encoding of each begins; none for those that must be whole.
    first_rows: Vec<Option<u32>>,
    extras: Vec<Mutex<Option<Extra<'a>>>>,
    /// Held while the observer is told, so that its counts only rise.
    tally: Mutex<Tally>,
}

#[derive(Clone, Copy)]
struct Tally {
    frames: u32,
    sheets: u32,
}

/// What happens to the file of a sheet.
enum File<'a> {
    Started(&'a str),
    Finished(&'a str),
}

impl Run<'_> {
    /// Does jobs until none is left or the run is stopped. A panic of the engine, the sink or the
    /// observer stops the run like an error.
    fn work(&self) {
        if let Err(error) = catch_panic(|| self.do_jobs()) {
            self.stop(error);
        }
    }

    fn do_jobs(&self) -> Result<()> {
        let size = self.pool.frames.frame_size();
        let mut frame = Frame::new(size);
        let mut planes = FramePlanes::new(size, self.with_alpha);
        loop {
            self.pool.observer.check_cancelled()?;
            match self.next_job() {
                Job::Render(cell) => self.render(cell, &mut frame, &mut planes)?,
                Job::Encode(sheet) => self.encode(sheet)?,
                Job::Extra(index) => {
                    let extra = lock(&self.extras[index]).take();
                    extra.expect("an extra job is handed out once")()?;
                    lock(&self.scheduler).extra_done();
                    self.changed.notify_all();
                }
                Job::Wait | Job::Finish => return Ok(()),
            }
        }
    }

    /// The next job; `Finish` when there is none left or the run is stopped.
    fn next_job(&self) -> Job {
        let mut scheduler = lock(&self.scheduler);
        loop {
            if self.stopped.load(Ordering::Relaxed) {
                return Job::Finish;
            }
            match scheduler.next() {
                Job::Wait => {
                    scheduler = wait(&self.changed, scheduler);
                }
                job => return job,
            }
        }
    }

    /// Keeps the first error and lets no thread begin another job.
    fn stop(&self, error: Error) {
        lock(&self.error).get_or_insert(error);
        // The lock makes sure that no thread is between its look at the flag and its wait.
        let _scheduler = lock(&self.scheduler);
        self.stopped.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    fn render(&self, cell: Cell, frame: &mut Frame, planes: &mut FramePlanes) -> Result<()> {
        self.pool.frames.render(cell, frame)?;
        if let Some(sink) = self.pool.frame_sink {
            sink(cell, frame)?;
        }
        planes.load(frame);
        for (index, spec) in self.pool.sheets.iter().enumerate() {
            let Some(place) = spec.placement_of(cell) else { continue };
            planes.align(frame, Parity::of(place.x, place.y));
            lock(&self.canvases[index])
                .get_or_insert_with(|| {
                    GrowingSheet::new(spec, self.with_alpha, self.first_rows[index])
                })
                .place(planes, place.x, place.y);
            lock(&self.scheduler).arrived(index, place.row);
        }
        self.changed.notify_all();
        let mut tally = lock(&self.tally);
        tally.frames += 1;
        let frames = self.pool.frames.grid().cells();
        if tally.frames == frames && self.with_alpha {
            let removed = Progress::start(Stage::RemovingBackground, frames).with_current(frames);
            self.pool.observer.on_progress(&removed);
        }
        self.tell(*tally, None);
        Ok(())
    }

    fn encode(&self, index: usize) -> Result<()> {
        let spec = &self.pool.sheets[index];
        self.tell(*lock(&self.tally), Some(File::Started(spec.file_name())));
        let is_cancelled =
            || self.stopped.load(Ordering::Relaxed) || self.pool.observer.is_cancelled();
        let (codec, quality) = (codec_of(spec.format()), self.pool.quality);
        let encoded = if self.first_rows[index].is_some() {
            let view = self.with_sheet(index, GrowingSheet::view);
            let frame_height = spec.frame_size().height;
            codec.encode_growing_sheet(&view, quality, &|wanted| {
                if let Wanted::Above(row) = wanted {
                    self.with_sheet(index, GrowingSheet::chosen);
                    self.wait_for_rows(index, row.div_ceil(frame_height));
                }
                !is_cancelled()
            })
        } else {
            let sheet = lock(&self.canvases[index]).take();
            let sheet = sheet.expect("a sheet is encoded once, when all its frames are there");
            codec.encode_sheet(&mut sheet.into_canvas(), quality, &is_cancelled)
        };
        lock(&self.canvases[index]).take();
        (self.sink)(spec, &self.pool.mark.webp(encoded?))?;
        lock(&self.scheduler).encoded(index);
        self.changed.notify_all();
        let mut tally = lock(&self.tally);
        tally.sheets += 1;
        self.tell(*tally, Some(File::Finished(spec.file_name())));
        Ok(())
    }

    fn with_sheet<T>(&self, index: usize, work: impl FnOnce(&mut GrowingSheet) -> T) -> T {
        let mut sheet = lock(&self.canvases[index]);
        work(sheet.as_mut().expect("a sheet is there from its first frame until it is encoded"))
    }

    /// Waits until so many rows of frames are on a sheet, or the run is stopped.
    fn wait_for_rows(&self, sheet: usize, rows: u32) {
        let mut scheduler = lock(&self.scheduler);
        while scheduler.rows_there(sheet) < rows && !self.stopped.load(Ordering::Relaxed) {
            scheduler = wait(&self.changed, scheduler);
        }
    }

    /// Tells the observer: frames until the last is rendered, from then on sheets.
    fn tell(&self, tally: Tally, file: Option<File<'_>>) {
        let progress = self.progress(tally);
        let progress = match file {
            None => progress,
            Some(File::Started(name)) => progress.with_started(name),
            Some(File::Finished(name)) => progress.with_finished(name),
        };
        self.pool.observer.on_progress(&progress);
    }

    fn progress(&self, tally: Tally) -> Progress {
        let frames = self.pool.frames.grid().cells();
        if tally.frames < frames {
            return Progress::start(Stage::Generating, frames).with_current(tally.frames);
        }
        let sheets = self.pool.sheets.len() as u32;
        Progress::start(Stage::Stitching, sheets).with_current(tally.sheets)
    }
}
