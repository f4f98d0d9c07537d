//! The moving gaze: it follows the input and comes to rest on one cell, or without a grid exactly where it was aimed.

use gaze_rig::Grid;

use crate::follow::Follow;
use crate::grid_coordinates::{Point, cell_gaze, cell_width, nearest_cell};

/// Without new input for this long, the goal becomes the nearest cell, in ms.
const SNAP_AFTER_MS: f64 = 80.0;
/// The gaze comes to rest when it is this near to its goal, in cells.
const SETTLED_CELLS: f64 = 0.02;

/// Where the face looks and where it is going.
#[derive(Debug, Clone, Copy)]
pub struct Gaze {
    follow: Follow,
    /// What was asked for last.
    target: Point,
    /// When the goal turns from the target to the cell nearest to it; none once it has.
    snap_at: Option<f64>,
    /// Time up to which it has moved.
    clock: f64,
    settled: bool,
    /// Whether it was ever aimed. Until then it rests in the middle, on no cell.
    aimed: bool,
    grid: Option<Grid>,
}

impl Default for Gaze {
    /// At rest in the middle.
    fn default() -> Self {
        Self {
            follow: Follow::default(),
            target: Point::default(),
            snap_at: None,
            clock: f64::NEG_INFINITY,
            settled: true,
            aimed: false,
            grid: None,
        }
    }
}

impl Gaze {
    /// Another grid of cells, or none. The gaze stays where it is and then moves to a cell of the new one.
    pub fn set_grid(&mut self, grid: Option<Grid>) {
        self.grid = grid;
        self.settled = self.settled && (!self.aimed || self.at() == self.goal());
    }

    /// How fast it follows; see [`Follow::set_smoothing`].
    pub fn set_smoothing(&mut self, share: f64) {
        self.follow.set_smoothing(share);
    }

    /// Looks at a new target, clamped to -1..1. Values that are not finite change nothing. Says whether
    /// it will move.
    pub fn aim(&mut self, target: Point, now: f64) -> bool {
        if !(target.x.is_finite() && target.y.is_finite() && now.is_finite()) {
            return false;
        }
        self.advance(now);
        let target = Point { x: target.x.clamp(-1.0, 1.0), y: target.y.clamp(-1.0, 1.0) };
        if self.aimed && self.settled && target == self.target {
            return false;
        }
        self.target = target;
        self.snap_at = self.grid.map(|_| self.clock + SNAP_AFTER_MS);
        self.settled = false;
        self.aimed = true;
        true
    }

    /// Moves to the cell nearest to `target`, without waiting for input to rest.
    pub fn aim_at_cell(&mut self, target: Point, now: f64) {
        if self.aim(target, now) {
            self.snap_at = None;
        }
    }

    /// Goes to the target's cell without moving there.
    pub fn cut(&mut self, now: f64) {
        if !self.aimed {
            return;
        }
        self.advance(now);
        self.snap_at = None;
        self.follow.cut(self.goal());
        self.settled = true;
    }

    /// Moves on to the time `now`. How the time is divided into calls makes no difference.
    pub fn advance(&mut self, now: f64) {
        if !now.is_finite() || now <= self.clock {
            return;
        }
        if self.settled {
            self.clock = now;
            return;
        }
        if let Some(snap_at) = self.snap_at.filter(|&at| at <= now) {
            self.follow.step(self.target, (snap_at - self.clock) / 1000.0);
            self.clock = snap_at;
            self.snap_at = None;
        }
        self.follow.step(self.goal(), (now - self.clock) / 1000.0);
        self.clock = now;
    }

    /// Comes to rest on its cell if it is near enough.
    pub fn settle(&mut self) {
        if self.settled || self.snap_at.is_some() {
            return;
        }
        let distance = SETTLED_CELLS * cell_width(self.grid.unwrap_or(Grid::DEFAULT));
        if self.follow.is_near(self.goal(), distance) {
            self.follow.cut(self.goal());
            self.settled = true;
        }
    }

    /// What it will be in `ms` if no input comes.
    pub fn later(&self, ms: f64) -> Self {
        let mut later = *self;
        later.advance(self.clock + ms);
        later.settle();
        later
    }

    /// Where it is.
    pub fn at(&self) -> Point {
        self.follow.at()
    }

    /// How fast it moves along the faster axis, per second.
    pub fn speed(&self) -> f64 {
        self.follow.speed()
    }

    /// Where it is going: the target, or its cell once input rests.
    pub fn goal(&self) -> Point {
        match self.grid {
            Some(grid) if self.snap_at.is_none() => {
                cell_gaze(nearest_cell(self.target, grid), grid)
            }
            _ => self.target,
        }
    }

    /// Whether input has rested, so that it is known where it ends.
    pub fn is_decided(&self) -> bool {
        self.snap_at.is_none()
    }

    /// Whether it was ever aimed.
    pub fn is_aimed(&self) -> bool {
        self.aimed
    }

    /// Whether it stands still.
    pub fn is_settled(&self) -> bool {
        self.settled
    }

    /// Milliseconds that it takes to reach a new goal.
    pub fn travel_ms(&self) -> f64 {
        self.follow.travel_seconds() * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gaze(side: u32) -> Gaze {
        let mut gaze = Gaze::default();
        gaze.set_grid(Some(Grid::from_side(side).unwrap()));
        gaze.advance(0.0);
        gaze
    }

    fn near(a: Point, b: Point, tolerance: f64) -> bool {
        (a.x - b.x).abs() <= tolerance && (a.y - b.y).abs() <= tolerance
    }

    #[test]
    fn comes_to_rest_exactly_on_a_cell() {
        let mut gaze = gaze(30);
        gaze.aim(Point { x: 0.3, y: -0.7 }, 0.0);
        for frame in 1..120 {
            gaze.advance(f64::from(frame) * 1000.0 / 60.0);
            gaze.settle();
        }
        assert!(gaze.is_settled());
        let grid = Grid::DEFAULT;
        assert_eq!(gaze.at(), cell_gaze(nearest_cell(Point { x: 0.3, y: -0.7 }, grid), grid));
    }

    #[test]
    fn without_a_grid_it_comes_to_rest_where_it_was_aimed() {
        let mut gaze = Gaze::default();
        let target = Point { x: 0.313, y: -0.717 };
        gaze.aim(target, 0.0);
        gaze.advance(60.0);
        gaze.settle();
        assert!(!gaze.is_settled() && gaze.at() != target);
        gaze.advance(2000.0);
        gaze.settle();
        assert!(gaze.is_settled());
        assert_eq!(gaze.at(), target);
    }

    #[test]
    fn the_same_target_again_does_not_move_it() {
        let mut gaze = gaze(30);
        gaze.aim(Point { x: 0.31, y: 0.0 }, 0.0);
        gaze.cut(1.0);
        assert!(!gaze.aim(Point { x: 0.31, y: 0.0 }, 2.0));
        assert!(gaze.is_settled());
        assert!(gaze.aim(Point { x: 0.32, y: 0.0 }, 3.0));
        assert!(!gaze.is_settled());
    }

    #[test]
    fn invalid_values_are_ignored_and_time_never_runs_back() {
        let mut gaze = gaze(30);
        for (x, now) in [(f64::NAN, 1.0), (f64::INFINITY, 1.0), (0.5, f64::NAN)] {
            assert!(!gaze.aim(Point { x, y: 0.0 }, now));
        }
        gaze.aim(Point { x: 7.0, y: -7.0 }, 100.0);
        assert_eq!(gaze.goal(), Point { x: 1.0, y: -1.0 });
        gaze.advance(150.0);
        let at = gaze.at();
        gaze.advance(120.0);
        gaze.advance(f64::NAN);
        assert_eq!(gaze.at(), at);
    }

    #[test]
    fn a_new_grid_keeps_the_gaze() {
        let mut gaze = gaze(30);
        gaze.aim(Point { x: 0.5, y: 0.5 }, 0.0);
        gaze.cut(0.0);
        let at = gaze.at();
        gaze.set_grid(Grid::from_side(20).ok());
        assert_eq!(gaze.at(), at);
        assert!(!gaze.is_settled());
    }

    proptest! {
        /// Aims at given times; between them time is divided at the rate of a screen or at random.
        #[test]
        fn same_path_however_time_is_divided(
            aims in prop::collection::vec((-1.0..1.0, -1.0..1.0, 1.0..300.0), 1..6),
            cuts in prop::collection::vec(0.1..90.0, 1..40), smoothing in 0.01..=1.0,
        ) {
            let rates = [vec![1000.0 / 30.0], vec![1000.0 / 60.0], vec![1000.0 / 144.0], cuts];
            let paths: Vec<Vec<Point>> = rates.iter().map(|cuts| {
                let mut gaze = gaze(30);
                gaze.set_smoothing(smoothing);
                let (mut time, mut aim_at) = (0.0, 0.0);
                let mut cuts = cuts.iter().cycle();
                let mut path = Vec::new();
                for &(x, y, wait) in &aims {
                    gaze.aim(Point { x, y }, aim_at);
                    aim_at += wait;
                    while time < aim_at {
                        gaze.advance(time);
                        time += cuts.next().unwrap();
                    }
                    gaze.advance(aim_at);
                    path.push(gaze.at());
                }
                path
            }).collect();
            for path in &paths[1..] {
                for (a, b) in paths[0].iter().zip(path) {
                    prop_assert!(near(*a, *b, 1e-9), "{a:?} {b:?}");
                }
            }
        }

        /// From rest it goes neither beyond the target nor beyond the cell that it ends on.
        #[test]
        fn never_overshoots_a_target(x in -1.0..1.0, smoothing in 0.01..1.0, rate in 20.0..200.0) {
            let mut gaze = gaze(30);
            gaze.set_smoothing(smoothing);
            gaze.aim(Point { x, y: 0.0 }, 0.0);
            let end = cell_gaze(nearest_cell(Point { x, y: 0.0 }, Grid::DEFAULT), Grid::DEFAULT).x;
            let (low, high) = (x.min(end).min(0.0), x.max(end).max(0.0));
            for frame in 0..400 {
                gaze.advance(f64::from(frame) * 1000.0 / rate);
                let at = gaze.at().x;
                prop_assert!(at >= low - 1e-9 && at <= high + 1e-9, "{at} leaves {low}..{high}");
            }
        }
    }
}
