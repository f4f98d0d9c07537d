//! The player: takes input and arrivals, answers what to decode, drop and draw. Without frames it says when to draw the
//! gaze itself: for a rig, which can be drawn in any pose.

use gaze_rig::Grid;

use crate::blend::{Layer, Layers, SWEEP_TRAVEL};
use crate::blinking::Blinking;
use crate::cache::Cache;
use crate::decode_queue::cells_to_decode;
use crate::gaze::Gaze;
use crate::grid_coordinates::{CellIndex, Point, cell_gaze};
use crate::idle_motion::IdleMotion;

/// Flag of [`Player::tick`]: the picture must be drawn again.
pub const DRAW: u32 = 1;
/// Flag of [`Player::tick`]: it moves on, so another animation frame is wanted.
pub const MOVING: u32 = 2;

/// Decoded frames unless set: 64 MB of 410 x 512.
const DEFAULT_CAPACITY: usize = 76;
/// A rig is drawn anew when its gaze has moved by more than this: less moves no pixel by a hundredth.
const LEAST_MOVE: f64 = 0.0002;
/// Frames for which room is made at a time: about as many as are decoded at once.
const ROOM_FRAMES: usize = 4;

/// One face that looks where it is told.
///
/// ```
/// use gaze_rig::{Grid, pack::coarse_to_fine};
/// use gaze_tracker::{Player, grid_coordinates::Point, player::{DRAW, MOVING}};
///
/// let grid = Grid::from_side(4)?;
/// let order: Vec<u16> = coarse_to_fine(grid).iter().map(|c| (c.row * 4 + c.col) as u16).collect();
/// let mut player = Player::new(1.0);
/// player.set_frames(grid, &order);
/// player.arrived_all();
/// player.aim(Point { x: 1.0, y: -1.0 }, 0.0);
/// player.cut(0.0);
/// let cell = player.next_decode(4).expect("the cell that is looked at");
/// assert!(player.decoded(cell));
/// assert_eq!(player.tick(16.0), DRAW);
/// assert_eq!(player.layers().next().map(|layer| layer.cell), Some(3));
/// assert_eq!(player.tick(33.0) & MOVING, 0);
/// # Ok::<(), gaze_rig::Error>(())
/// ```
#[derive(Debug)]
pub struct Player {
    grid: Option<Grid>,
    order: Vec<CellIndex>,
    gaze: Gaze,
    cache: Cache,
    idle_motion: IdleMotion,
    blinking: Blinking,
    /// How far a whole sweep moves a face on screen, in px.
    travel_px: f64,
    shown: Layers,
    /// The gaze that a rig was drawn in last.
    drawn: Point,
    /// How far the eyes are closed in what was drawn last, 0 to 1.
    closing: f64,
    /// Whether the next tick must draw even if the picture is the same.
    is_stale: bool,
}

impl Player {
    /// Without frames, as it stays for a rig. `seed` decides where it looks when idle, and when it blinks.
    pub fn new(seed: f64) -> Self {
        Self {
            grid: None,
            order: Vec::new(),
            gaze: Gaze::default(),
            cache: Cache::new(DEFAULT_CAPACITY),
            idle_motion: IdleMotion::new(seed),
            // Not at the moments of its glances.
            blinking: Blinking::new(seed + 0.5),
            travel_px: 0.0,
            shown: Layers::default(),
            drawn: Point::default(),
            closing: 0.0,
            is_stale: true,
        }
    }

    /// A new source, of which nothing has arrived; `order` has its cells in the order of storage. The gaze
    /// stays where it is.
    pub fn set_frames(&mut self, grid: Grid, order: &[CellIndex]) {
        let cells = grid.cells();
        self.grid = Some(grid);
        self.order = order.iter().copied().filter(|&cell| u32::from(cell) < cells).collect();
        self.gaze.set_grid(self.grid);
        self.cache.reset(cells as usize);
        self.shown = Layers::default();
        self.is_stale = true;
    }

    /// How fast the gaze follows: the share of the remaining distance covered in 1/60 s, above 0; from 1 on
    /// it cuts. Other values change nothing.
    pub fn set_smoothing(&mut self, share: f64) {
        self.gaze.set_smoothing(share);
    }

    /// How large the part of the picture that moves is on screen: its longer side in device px. Frames that are far
    /// apart there are not blended.
    pub fn set_moving_side(&mut self, px: f64) {
        self.travel_px = px * SWEEP_TRAVEL;
    }

    /// Decoded frames that it may hold, at least 5.
    pub fn set_capacity(&mut self, frames: usize) {
        self.cache.set_capacity(frames);
    }

    /// The bytes of a cell are there.
    pub fn arrived(&mut self, cell: CellIndex) {
        self.cache.arrived(cell);
    }

    /// The bytes of every cell are there.
    pub fn arrived_all(&mut self) {
        self.cache.arrived_all();
    }

    /// The cell to decode next, if there is one, less than `max_in_flight` are being decoded and there is
    /// room. From then on it is being decoded.
    pub fn next_decode(&mut self, max_in_flight: usize) -> Option<CellIndex> {
        if self.cache.decoding() >= max_in_flight {
            return None;
        }
        let cell = self.decode_queue().into_iter().find(|&cell| self.cache.is_undecoded(cell))?;
        self.cache.begin(cell).then_some(cell)
    }

    /// A cell that was asked for is decoded. Says whether its frame is kept; otherwise drop it.
    pub fn decoded(&mut self, cell: CellIndex) -> bool {
        self.cache.decoded(cell)
    }

    /// A cell that was asked for cannot be decoded; it is not asked for again.
    pub fn failed(&mut self, cell: CellIndex) {
        self.cache.failed(cell);
    }

    /// The next decoded frame to drop, so that there is room for those to decode; it is forgotten here.
    /// What is shown stays, and so does what is to be decoded unless the capacity shrank.
    pub fn next_eviction(&mut self) -> Option<CellIndex> {
        let queue = self.decode_queue();
        let undecoded = queue.iter().filter(|&&cell| self.cache.is_undecoded(cell)).count();
        let (held, capacity) = (self.cache.held(), self.cache.capacity());
        if held + undecoded.min(ROOM_FRAMES) <= capacity {
            return None;
        }
        let shown = self.shown;
        let is_free = |cell| !shown.cells().any(|other| other == cell);
        let free = self.cache.drop_oldest(|cell| is_free(cell) && !queue.contains(&cell));
        if free.is_some() || held <= capacity {
            return free;
        }
        self.cache.drop_oldest(is_free)
    }

    /// Off screen: all decoded frames are gone, and those being decoded will be refused.
    pub fn forget_decoded(&mut self) {
        self.cache.forget_decoded();
        self.shown = Layers::default();
    }

    /// The visitor looks at `target`, clamped to -1..1; values that are not finite change nothing.
    pub fn aim(&mut self, target: Point, now: f64) {
        self.idle_motion.interrupt(now);
        self.gaze.aim(target, now);
    }

    /// Goes to the target at once.
    pub fn cut(&mut self, now: f64) {
        self.gaze.cut(now);
    }

    /// Moves on to `now`, in ms, and chooses the picture. Answers with [`DRAW`] and [`MOVING`].
    pub fn tick(&mut self, now: f64) -> u32 {
        self.gaze.advance(now);
        self.gaze.settle();
        let layers = match self.grid {
            Some(grid) if self.gaze.is_aimed() => {
                Layers::of_gaze(&self.gaze, grid, self.travel_px, &self.cache)
            }
            _ => Layers::default(),
        };
        self.cache.touch(layers.cells());
        let closing = self.blinking.advance(now);
        let is_moving = !self.gaze.is_settled() || self.blinking.is_under_way();
        let mut flags = if is_moving { MOVING } else { 0 };
        let differs = match self.grid {
            Some(_) => layers.differs(&self.shown),
            None => self.has_moved(),
        };
        if self.is_stale || differs || closing != self.closing {
            self.closing = closing;
            (self.shown, self.drawn, self.is_stale) = (layers, self.gaze.at(), false);
            flags |= DRAW;
        }
        flags
    }

    /// Whether a rig that was drawn last looks elsewhere now. At rest it looks exactly at its goal.
    fn has_moved(&self) -> bool {
        let (at, drawn) = (self.gaze.at(), self.drawn);
        let way = (at.x - drawn.x).abs().max((at.y - drawn.y).abs());
        way > LEAST_MOVE || self.gaze.is_settled() && way > 0.0
    }

    /// The picture must be drawn again with the next [`tick`](Self::tick), whether it changes or not.
    pub fn redraw(&mut self) {
        self.is_stale = true;
    }

    /// What to draw, the heaviest first, weights summing to 1; nothing: only the still image.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        self.shown.iter()
    }

    /// Where it looks.
    pub fn at(&self) -> Point {
        self.gaze.at()
    }

    /// Where the picture to draw looks: between the cells that it is made of, in the middle where there are none.
    pub fn shown_at(&self) -> Point {
        let Some(grid) = self.grid else { return self.gaze.at() };
        self.layers().fold(Point::default(), |sum, Layer { cell, weight }| {
            let Point { x, y } = cell_gaze(cell, grid);
            Point { x: sum.x + weight * x, y: sum.y + weight * y }
        })
    }

    /// Where it is going to look.
    pub fn goal(&self) -> Point {
        self.gaze.goal()
    }

    /// Whether it was ever told where to look. Until then it rests in the middle.
    pub fn is_aimed(&self) -> bool {
        self.gaze.is_aimed()
    }

    /// Whether it stands still.
    pub fn is_settled(&self) -> bool {
        self.gaze.is_settled()
    }

    /// Whether it looks around by itself when nobody steers. Default: it does not.
    pub fn set_idle(&mut self, is_on: bool) {
        self.idle_motion.set_on(is_on);
    }

    /// Whether it blinks by itself. Default: it does not. Only for pictures that can show it.
    pub fn set_blinking(&mut self, is_on: bool) {
        self.blinking.set_on(is_on);
    }

    /// Blinks once with the next [`tick`](Self::tick).
    pub fn blink(&mut self) {
        self.blinking.blink();
    }

    /// How far the eyes are closed in the picture to draw, 0 to 1.
    pub fn closing(&self) -> f64 {
        self.closing
    }

    /// It is going to sleep: opens the eyes at once, and says whether the picture must be drawn again for that. The time
    /// to the next blink begins with the next [`tick`](Self::tick).
    pub fn open_eyes(&mut self) -> bool {
        self.blinking.stop();
        std::mem::replace(&mut self.closing, 0.0) != 0.0
    }

    /// Milliseconds until the next glance or blink is due, infinite when none will be.
    pub fn wait(&mut self, now: f64) -> f64 {
        self.idle_motion.wait(now).min(self.blinking.wait(now))
    }

    /// Begins the glance that is due, if one is.
    pub fn glance(&mut self, now: f64) {
        if let Some(target) = self.idle_motion.begin(now, self.gaze.travel_ms()) {
            self.gaze.aim_at_cell(target, now);
        }
    }

    fn decode_queue(&self) -> Vec<CellIndex> {
        let Some(grid) = self.grid else { return Vec::new() };
        cells_to_decode(&self.gaze, grid, self.travel_px, &self.order, &self.cache)
    }
}
