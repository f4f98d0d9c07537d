//! Which job comes next: an order that keeps all threads busy and memory bounded.
//!
//! Sheets are rendered group by group (a quadrant and its smaller twin show the same cells). A full-size
//! sheet is encoded as soon as its last cell has arrived, for these are the longest jobs; small sheets
//! wait until there is nothing to render, so that they fill the gaps at the end. Where frames take long to come it is
//! the other way round: the encoding of a sheet begins with its first rows and follows the frames, but one thread always
//! takes frames, so that whoever makes them never waits. A sheet is encoded by one thread, which may take longer than its
//! frames alone: so the groups overlap, and all sheets are encoded side by side, where there is memory for them.

use std::collections::VecDeque;
use std::mem;

use super::groups::{Group, groups_of, overlapped};
use crate::canvas::Canvas;
use gaze_rig::{Cell, SheetSpec};

/// Slow frames left when the extra jobs begin, which need frames of the whole sweep but hardly the last ones. So few
/// that all of them can come while nobody takes them, for the extra jobs wait for some.
const EARLY_CELLS: usize = 8;
/// Threads besides, where frames are slow and groups follow each other: the two sheets of a group are encoded while their
/// frames come, and mostly wait.
const FOLLOWING_THREADS: usize = 2;

/// Something for a thread to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    /// Render a cell and put it on the sheets that show it.
    Render(Cell),
    /// Encode the sheet of this index.
    Encode(usize),
    /// Run the extra job of this index.
    Extra(usize),
    /// Nothing now, but jobs that run may bring new ones.
    Wait,
    /// Nothing any more.
    Finish,
}

/// What is known of a sheet.
#[derive(Debug)]
struct Sheet {
    bytes: usize,
    /// Cells to come, of each row.
    missing_cells: Vec<u32>,
    /// Rows from the top of which none is missing.
    rows_there: u32,
    /// Rows with which its encoding begins.
    first_rows: u32,
    /// Whether no other sheet of its group is larger.
    is_full: bool,
}

/// All that is left to do.
#[derive(Debug)]
pub(super) struct Scheduler {
    budget: usize,
    /// Threads, where those that render mostly wait.
    waiting_threads: Option<usize>,
    /// Threads that do something else than render.
    elsewhere: usize,
    in_flight: usize,
    waiting: VecDeque<Group>,
    /// Cells of the groups that were admitted.
    cells: VecDeque<Cell>,
    sheets: Vec<Sheet>,
    ready: Vec<usize>,
    sheets_left: usize,
    extras: VecDeque<usize>,
}

impl Scheduler {
    /// Jobs for `sheets` and `extras` more, with canvases of at most `budget` bytes at a time; one
    /// group is always admitted.
    pub(super) fn new(
        sheets: &[SheetSpec],
        with_alpha: bool,
        extras: usize,
        budget: usize,
    ) -> Self {
        let waiting = groups_of(sheets, with_alpha);
        let is_full = |index: usize| waiting.iter().any(|group| group.sheets[0] == index);
        let known = sheets.iter().enumerate().map(|(index, spec)| Sheet {
            bytes: Canvas::bytes(spec.size(), with_alpha),
            missing_cells: vec![spec.cols(); spec.rows() as usize],
            rows_there: 0,
            first_rows: spec.rows(),
            is_full: is_full(index),
        });
        let known: Vec<Sheet> = known.collect();
        Self {
            budget,
            waiting_threads: None,
            elsewhere: 0,
            in_flight: 0,
            waiting,
            cells: VecDeque::new(),
            sheets_left: known.len(),
            sheets: known,
            ready: Vec::new(),
            extras: (0..extras).collect(),
        }
    }

    /// For frames that take longer to come than to encode, rendered by so many threads and some more: no sheet waits for the
    /// end, and the encoding of those for which `first_rows` names a number begins with so many rows of frames.
    pub(super) fn with_slow_frames(mut self, threads: usize, first_rows: &[Option<u32>]) -> Self {
        for (sheet, first_rows) in self.sheets.iter_mut().zip(first_rows) {
            sheet.first_rows = first_rows.unwrap_or(sheet.first_rows);
        }
        let groups = self.waiting.len();
        self.waiting = overlapped(mem::take(&mut self.waiting), first_rows);
        let following =
            if self.waiting.len() < groups { self.sheets.len() } else { FOLLOWING_THREADS };
        self.waiting_threads = Some(threads + following);
        self
    }

    /// Threads for frames that are slow; none says how many the others take.
    pub(super) fn waiting_threads(&self) -> Option<usize> {
        self.waiting_threads
    }

    /// Takes the next job.
    pub(super) fn next(&mut self) -> Job {
        let job = self.choose();
        self.elsewhere += usize::from(matches!(job, Job::Encode(_) | Job::Extra(_)));
        job
    }

    fn choose(&mut self) -> Job {
        if let Some(threads) = self.waiting_threads {
            if self.cells.is_empty() {
                self.admit();
            }
            if self.elsewhere + 1 >= threads
                && let Some(cell) = self.cells.pop_front()
            {
                return Job::Render(cell);
            }
        }
        // Where threads wait for frames there are no gaps at the end to fill, but many before.
        if let Some(sheet) = self.take_ready(self.waiting_threads.is_none()) {
            return Job::Encode(sheet);
        }
        let is_nearly_done = self.waiting.is_empty() && self.cells.len() <= EARLY_CELLS;
        if is_nearly_done
            && self.waiting_threads.is_some()
            && let Some(extra) = self.extras.pop_front()
        {
            return Job::Extra(extra);
        }
        if self.cells.is_empty() {
            self.admit();
        }
        if let Some(cell) = self.cells.pop_front() {
            return Job::Render(cell);
        }
        if let Some(sheet) = self.take_ready(false) {
            return Job::Encode(sheet);
        }
        // Kept for the end, where they fill the time of the last large sheets.
        if self.waiting.is_empty()
            && let Some(extra) = self.extras.pop_front()
        {
            return Job::Extra(extra);
        }
        if self.sheets_left > 0 { Job::Wait } else { Job::Finish }
    }

    /// Notes that a cell is on the sheet of this index, in this row of it.
    pub(super) fn arrived(&mut self, sheet: usize, row: u32) {
        let known = &mut self.sheets[sheet];
        known.missing_cells[row as usize] -= 1;
        let before = known.rows_there;
        let rest = &known.missing_cells[before as usize..];
        known.rows_there += rest.iter().take_while(|missing| **missing == 0).count() as u32;
        if (before + 1..=known.rows_there).contains(&known.first_rows) {
            self.ready.push(sheet);
        }
    }

    /// Rows of frames that are whole, from the top of a sheet.
    pub(super) fn rows_there(&self, sheet: usize) -> u32 {
        self.sheets[sheet].rows_there
    }

    /// Notes that a sheet is encoded and its canvas gone.
    pub(super) fn encoded(&mut self, sheet: usize) {
        self.in_flight -= self.sheets[sheet].bytes;
        self.sheets_left -= 1;
        self.elsewhere -= 1;
    }

    /// Notes that an extra job is done.
    pub(super) fn extra_done(&mut self) {
        self.elsewhere -= 1;
    }

    fn admit(&mut self) {
        let fits =
            |group: &mut Group| self.in_flight == 0 || self.in_flight + group.bytes <= self.budget;
        if let Some(group) = self.waiting.pop_front_if(fits) {
            self.in_flight += group.bytes;
            self.cells.extend(group.cells);
        }
    }

    fn take_ready(&mut self, only_full: bool) -> Option<usize> {
        let at = (0..self.ready.len())
            .filter(|&at| !only_full || self.sheets[self.ready[at]].is_full)
            .max_by_key(|&at| self.sheets[self.ready[at]].bytes)?;
        Some(self.ready.swap_remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::groups::OVERLAP_BUDGET;
    use gaze_rig::{Grid, SheetLayout, Size};
    use proptest::prelude::*;

    const MIB: usize = 1 << 20;

    fn sheets(side: u32) -> Vec<SheetSpec> {
        let frame = Size { width: 512, height: 640 };
        SheetLayout::Quadrants.sheets(Grid::from_side(side).unwrap(), frame).unwrap()
    }

    /// Where encoding begins with a third of the rows.
    fn thirds(specs: &[SheetSpec]) -> Vec<Option<u32>> {
        specs.iter().map(|spec| Some(spec.rows().div_ceil(3))).collect()
    }

    /// Runs everything on `threads` simulated threads that finish in an order drawn from `seed`.
    /// Returns the sheets in the order of their encoding and the most bytes in flight.
    fn simulate(
        side: u32,
        threads: usize,
        budget: usize,
        frames_are_slow: bool,
        mut seed: u32,
    ) -> (Vec<usize>, usize) {
        let specs = sheets(side);
        let mut schedule = Scheduler::new(&specs, false, 2, budget);
        if frames_are_slow {
            schedule = schedule.with_slow_frames(threads, &thirds(&specs));
        }
        let threads = schedule.waiting_threads().unwrap_or(threads);
        let (mut running, mut order, mut extras, mut peak) = (Vec::new(), Vec::new(), 0, 0);
        loop {
            while running.len() < threads {
                match schedule.next() {
                    Job::Wait | Job::Finish => break,
                    job => running.push(job),
                }
                peak = peak.max(schedule.in_flight);
            }
            if frames_are_slow && !schedule.cells.is_empty() {
                let renders = running.iter().any(|job| matches!(job, Job::Render(_)));
                assert!(renders, "nobody takes frames: {running:?}");
            }
            if running.is_empty() {
                assert_eq!(schedule.next(), Job::Finish);
                assert_eq!((extras, schedule.in_flight), (2, 0));
                return (order, peak);
            }
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // An encoding that follows the frames ends after the last of them.
            let is_free = |job: &Job| match *job {
                Job::Encode(sheet) => schedule.rows_there(sheet) == specs[sheet].rows(),
                _ => true,
            };
            let free: Vec<usize> = (0..running.len()).filter(|&at| is_free(&running[at])).collect();
            assert!(!free.is_empty(), "all wait for frames that nobody takes: {running:?}");
            match running.swap_remove(free[(seed >> 8) as usize % free.len()]) {
                Job::Render(cell) => {
                    for (index, spec) in specs.iter().enumerate() {
                        if let Some(place) = spec.placement_of(cell) {
                            schedule.arrived(index, place.row);
                        }
                    }
                }
                Job::Encode(sheet) => {
                    schedule.encoded(sheet);
                    order.push(sheet);
                }
                _ => {
                    schedule.extra_done();
                    extras += 1;
                }
            }
        }
    }

    #[test]
    fn the_largest_common_run_keeps_its_budget() {
        for (frames_are_slow, budget) in [(false, 260 * MIB), (true, OVERLAP_BUDGET)] {
            let (order, peak) = simulate(30, 2, 260 * MIB, frames_are_slow, 7);
            assert_eq!(order.len(), 8);
            assert!(peak <= budget);
        }
        // Nearly three times as many bytes: group by group, as other frames.
        let (order, peak) = simulate(50, 2, 260 * MIB, true, 7);
        assert_eq!(order.len(), 8);
        assert!(peak <= 600 * MIB, "{peak}");
    }

    /// Wall time and share of it that `threads` threads work, with jobs as long as measured at
    /// 410 x 512 px: 4 ms a frame, 1.4 s and 0.62 s a sheet, in microseconds.
    fn timed(threads: usize, budget: usize) -> (u64, f64) {
        let specs = sheets(30);
        let mut schedule = Scheduler::new(&specs, false, 3, budget);
        let (mut now, mut busy) = (0u64, 0u64);
        let mut running: Vec<(u64, Job)> = Vec::new();
        loop {
            while running.len() < threads {
                let job = schedule.next();
                let micros = match job {
                    Job::Render(_) => 4_000,
                    Job::Encode(sheet) if sheet < 4 => 1_400_000,
                    Job::Encode(_) => 620_000,
                    Job::Extra(extra) => [600_000, 250_000, 30_000][extra],
                    Job::Wait | Job::Finish => break,
                };
                busy += micros;
                running.push((now + micros, job));
            }
            let Some(first) = (0..running.len()).min_by_key(|&i| running[i].0) else {
                return (now, busy as f64 / (now * threads as u64) as f64);
            };
            let (end, job) = running.swap_remove(first);
            now = end;
            match job {
                Job::Render(cell) => {
                    for (index, spec) in specs.iter().enumerate() {
                        if let Some(place) = spec.placement_of(cell) {
                            schedule.arrived(index, place.row);
                        }
                    }
                }
                Job::Encode(sheet) => schedule.encoded(sheet),
                _ => schedule.extra_done(),
            }
        }
    }

    #[test]
    fn two_threads_are_hardly_ever_idle() {
        for budget in [260 * MIB, 1000 * MIB] {
            let (wall, share) = timed(2, budget);
            assert!(share > 0.95, "{share} of {wall} us with {} MiB", budget / MIB);
        }
    }

    #[test]
    fn slow_frames_leave_one_quadrant_for_the_end() {
        let specs = sheets(20);
        let mut schedule = Scheduler::new(&specs, false, 0, 1000 * MIB).with_slow_frames(1, &[]);
        let (mut order, mut last_cell) = (Vec::new(), 0);
        loop {
            match schedule.next() {
                Job::Render(cell) => {
                    last_cell = order.len();
                    for (index, spec) in specs.iter().enumerate() {
                        if let Some(place) = spec.placement_of(cell) {
                            schedule.arrived(index, place.row);
                        }
                    }
                }
                Job::Encode(sheet) => {
                    order.push(sheet);
                    schedule.encoded(sheet);
                }
                Job::Extra(_) | Job::Wait => unreachable!("one thread, no extras"),
                Job::Finish => break,
            }
        }
        assert_eq!((order.len(), last_cell), (8, 6), "two sheets of eight after the last frame");
    }

    #[test]
    fn encoding_begins_with_the_first_rows_and_is_over_with_the_last_frame() {
        let specs = sheets(30);
        let mut schedule =
            Scheduler::new(&specs, false, 0, 260 * MIB).with_slow_frames(2, &thirds(&specs));
        let (mut rendered, mut begun, mut whole_after) = (vec![0; 8], Vec::new(), Vec::new());
        loop {
            match schedule.next() {
                Job::Render(cell) => {
                    for (index, spec) in specs.iter().enumerate() {
                        if let Some(place) = spec.placement_of(cell) {
                            schedule.arrived(index, place.row);
                            rendered[index] += 1;
                        }
                    }
                    let count = rendered[..4].iter().sum::<usize>();
                    begun.retain(|&sheet| {
                        let is_whole = schedule.rows_there(sheet) == specs[sheet].rows();
                        if is_whole {
                            whole_after.push(count);
                            schedule.encoded(sheet);
                        }
                        !is_whole
                    });
                }
                Job::Encode(sheet) => {
                    let (at, all) = (rendered[sheet], specs[sheet].placements().count());
                    assert!(at * 3 >= all && at * 5 <= all * 2, "sheet {sheet}: {at} of {all}");
                    begun.push(sheet);
                }
                Job::Extra(_) | Job::Wait => unreachable!("frames come at once"),
                Job::Finish => break,
            }
        }
        assert!(begun.is_empty() && whole_after.len() == 8);
        // All of them have nearly all of the time, and the last frames are of one group.
        assert!(whole_after[0] > 750, "{whole_after:?}");
        assert_eq!(whole_after.iter().filter(|after| **after > 890).count(), 2, "{whole_after:?}");
    }

    #[test]
    fn slow_frames_leave_no_extra_for_the_end() {
        let specs = sheets(20);
        let mut schedule = Scheduler::new(&specs, false, 2, 1000 * MIB).with_slow_frames(2, &[]);
        let mut cells_left = Vec::new();
        loop {
            match schedule.next() {
                Job::Render(cell) => {
                    for (index, spec) in specs.iter().enumerate() {
                        if let Some(place) = spec.placement_of(cell) {
                            schedule.arrived(index, place.row);
                        }
                    }
                }
                Job::Encode(sheet) => schedule.encoded(sheet),
                Job::Extra(_) => {
                    cells_left.push(schedule.cells.len());
                    schedule.extra_done();
                }
                Job::Wait => unreachable!("whatever is begun is done at once"),
                Job::Finish => break,
            }
        }
        assert_eq!(cells_left, [EARLY_CELLS; 2]);
    }

    proptest! {
        #[test]
        fn everything_is_done_once(
            half in 1u32..=12, threads in 1usize..9, budget in 0usize..400, frames_are_slow: bool, seed: u32
        ) {
            let budget = budget * MIB;
            let (mut order, peak) = simulate(half * 2, threads, budget, frames_are_slow, seed);
            order.sort_unstable();
            let count = sheets(half * 2).len();
            prop_assert_eq!(order, (0..count).collect::<Vec<_>>());
            let largest = sheets(half * 2).iter().map(|s| Canvas::bytes(s.size(), false)).max().unwrap();
            let most = if frames_are_slow { OVERLAP_BUDGET } else { 2 * largest };
            prop_assert!(peak <= budget.max(most));
        }
    }
}
