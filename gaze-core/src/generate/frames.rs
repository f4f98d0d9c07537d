//! Frames handed out in order while all threads render.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use crate::frame_source::FrameSource;
use crate::sync::{catch_panic, wait};
use gaze_face::PreparedPortrait;
use gaze_face::threads::lock;
use gaze_rig::{Cell, Error, Frame, Result, Size, Sweep};

/// Frames that are rendered or wait to be taken, for each thread: so that no thread waits for a reader that takes them
/// unevenly.
const IN_FLIGHT: usize = 2;

/// The frames of a sweep with their cells, row by row. Made by
/// [`GazeGenerator::frames`](crate::GazeGenerator::frames).
///
/// Threads render ahead of whoever takes the frames, by two frames a thread at most. They end when the iterator is
/// dropped.
#[derive(Debug)]
pub struct Frames {
    line: Arc<Line>,
    driver: Option<JoinHandle<()>>,
    cells: Vec<Cell>,
    frame_size: Size,
    has_alpha: bool,
}

/// What the reader and the threads share.
#[derive(Debug)]
struct Line {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Index of the first cell that no thread has taken.
    next_to_render: usize,
    /// Index of the next frame to hand out.
    next_to_take: usize,
    /// Most frames between these two.
    in_flight: usize,
    ready: BTreeMap<usize, Frame>,
    /// The first error, until it is handed out.
    error: Option<Error>,
    /// No more is rendered or handed out.
    ended: bool,
}

impl Frames {
    pub(super) fn begin(prepared: Box<dyn PreparedPortrait>, sweep: Sweep, threads: usize) -> Self {
        let cells: Vec<Cell> = sweep.cells().collect();
        let (frame_size, has_alpha) = (prepared.frame_size(), prepared.has_alpha());
        let threads = threads.max(1);
        let state = State {
            next_to_render: 0,
            next_to_take: 0,
            in_flight: threads * IN_FLIGHT,
            ready: BTreeMap::new(),
            error: None,
            ended: false,
        };
        let line = Arc::new(Line { state: Mutex::new(state), changed: Condvar::new() });
        // Owns the portrait, which whatever is begun with it borrows.
        let driver = {
            let (line, cells) = (line.clone(), cells.clone());
            thread::spawn(move || {
                let drive = || line.drive(prepared.as_ref(), &sweep, &cells, threads);
                if let Err(error) = catch_panic(drive) {
                    line.fail(error);
                }
            })
        };
        Self { line, driver: Some(driver), cells, frame_size, has_alpha }
    }

    /// Width and height of every frame.
    pub fn frame_size(&self) -> Size {
        self.frame_size
    }

    /// Whether frames have transparent pixels.
    pub fn has_alpha(&self) -> bool {
        self.has_alpha
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn fail(&self, error: Error) {
        let mut state = self.lock();
        if !state.ended {
            state.error.get_or_insert(error);
        }
        self.changed.notify_all();
    }

    fn drive(
        &self,
        prepared: &dyn PreparedPortrait,
        sweep: &Sweep,
        cells: &[Cell],
        threads: usize,
    ) -> Result<()> {
        let frames = FrameSource::begin(prepared, sweep, cells, None)?;
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    if let Err(error) = catch_panic(|| self.render(&frames, cells)) {
                        self.fail(error);
                    }
                });
            }
        });
        Ok(())
    }

    /// Renders until there is nothing left to do.
    fn render(&self, frames: &FrameSource<'_>, cells: &[Cell]) -> Result<()> {
        while let Some(index) = self.next_index(cells.len()) {
            let mut frame = Frame::new(frames.frame_size());
            frames.render(cells[index], &mut frame)?;
            self.lock().ready.insert(index, frame);
            self.changed.notify_all();
        }
        Ok(())
    }

    /// The next cell to render, when there is room for it; none at the end.
    fn next_index(&self, count: usize) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.ended || state.error.is_some() || state.next_to_render == count {
                return None;
            }
            if state.next_to_render < state.next_to_take + state.in_flight {
                state.next_to_render += 1;
                return Some(state.next_to_render - 1);
            }
            state = wait(&self.changed, state);
        }
    }
}

impl Iterator for Frames {
    type Item = Result<(Cell, Frame)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut state = self.line.lock();
        loop {
            let index = state.next_to_take;
            if state.ended || index == self.cells.len() {
                return None;
            }
            // Frames before an error are lost with it: nobody wants half a sweep.
            if let Some(error) = state.error.take() {
                state.ended = true;
                self.line.changed.notify_all();
                return Some(Err(error));
            }
            if let Some(frame) = state.ready.remove(&index) {
                state.next_to_take += 1;
                self.line.changed.notify_all();
                return Some(Ok((self.cells[index], frame)));
            }
            state = wait(&self.line.changed, state);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let state = self.line.lock();
        let left = if state.ended { 0 } else { self.cells.len() - state.next_to_take };
        // An error is the last item, whatever was left.
        (usize::from(left > 0), Some(left))
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.line.lock().ended = true;
        self.line.changed.notify_all();
        if let Some(driver) = self.driver.take() {
            // Its panics were caught.
            let _ = driver.join();
        }
    }
}
