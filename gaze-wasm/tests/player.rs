//! The player as a page uses it: its guarantees hold after any sequence of calls.

use std::collections::BTreeSet;

use gaze_rig::{Grid, pack::coarse_to_fine};
use gaze_tracker::Player;
use gaze_tracker::grid_coordinates::{Point, cell_position, grid_position, nearest_cell};
use gaze_tracker::player::{DRAW, MOVING};
use proptest::prelude::*;

/// A page: holds the frames that the player asked for, as a browser would hold bitmaps.
struct Page {
    player: Player,
    frames: BTreeSet<u16>,
    in_flight: Vec<u16>,
    capacity: usize,
    now: f64,
}

impl Page {
    fn new(side: u32, capacity: usize) -> Self {
        let mut player = Player::new(7.0);
        player.set_capacity(capacity);
        let mut page =
            Self { player, frames: BTreeSet::new(), in_flight: Vec::new(), capacity, now: 0.0 };
        page.load(side);
        page
    }

    fn load(&mut self, side: u32) {
        let grid = Grid::from_side(side).expect("an even side");
        let cells = coarse_to_fine(grid);
        let order: Vec<u16> =
            cells.iter().map(|cell| (cell.row * side + cell.col) as u16).collect();
        self.player.set_frames(grid, &order);
        self.frames.clear();
        self.in_flight.clear();
    }

    /// The cell that makes most of the picture.
    fn cell(&self) -> Option<u16> {
        self.player.layers().next().map(|layer| layer.cell)
    }

    fn drop_frames(&mut self) {
        while let Some(cell) = self.player.next_eviction() {
            assert!(self.frames.remove(&cell), "drops {cell}, which is not decoded");
        }
    }

    /// One animation frame: moves on, makes room, decodes what is asked for at once.
    fn frame(&mut self) -> u32 {
        self.now += 16.0;
        let flags = self.player.tick(self.now);
        self.check();
        self.drop_frames();
        while let Some(cell) = self.player.next_decode(4) {
            self.finish(cell);
        }
        self.check();
        flags
    }

    fn finish(&mut self, cell: u16) {
        if self.player.decoded(cell) {
            assert!(self.frames.insert(cell));
        }
    }

    fn check(&self) {
        let layers: Vec<_> = self.player.layers().collect();
        assert!(layers.len() <= 4);
        assert!(
            layers.iter().all(|layer| self.frames.contains(&layer.cell)),
            "draws a frame that is not decoded"
        );
        let sum: f64 = layers.iter().map(|layer| layer.weight).sum();
        assert!(layers.is_empty() || (sum - 1.0).abs() < 1e-9);
        assert!(layers.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
    }

    /// Runs until it stands still, 20 s at most.
    fn rest(&mut self) {
        for _ in 0..1250 {
            if self.frame() & MOVING == 0 {
                return;
            }
        }
        panic!("never stands still");
    }
}

#[test]
fn nothing_is_looked_at_before_the_first_aim() {
    let mut page = Page::new(30, 76);
    page.player.arrived_all();
    assert_eq!(page.player.tick(0.0), DRAW);
    assert_eq!((page.cell(), page.player.is_aimed()), (None, false));
    assert!(page.player.is_settled());
    for _ in 0..10 {
        assert_eq!(page.frame(), 0);
    }
    assert_eq!((page.player.layers().count(), page.frames.len()), (0, 25));
    page.player.cut(page.now);
    assert_eq!(page.player.tick(page.now), 0);
}

#[test]
fn a_late_frame_of_the_right_cell_is_drawn() {
    let mut page = Page::new(30, 40);
    page.player.arrived(0);
    page.player.aim(Point { x: 1.0, y: 1.0 }, 0.0);
    page.player.cut(0.0);
    page.rest();
    assert_eq!(page.frame() | page.frame(), DRAW);
    assert_eq!(page.cell(), Some(0));
    page.player.arrived_all();
    page.drop_frames();
    assert_eq!(page.player.next_decode(4), Some(899));
    assert_eq!(page.player.tick(page.now), 0);
    page.finish(899);
    assert_eq!(page.player.tick(page.now), DRAW);
    assert_eq!(page.cell(), Some(899));
    assert_eq!(page.player.tick(page.now), 0);
}

#[test]
fn what_cannot_be_decoded_is_replaced_by_its_neighbour() {
    let mut page = Page::new(30, 40);
    page.player.arrived_all();
    page.player.aim(Point { x: 1.0, y: 1.0 }, 0.0);
    page.player.cut(0.0);
    let cell = page.player.next_decode(1).unwrap();
    page.player.failed(cell);
    page.rest();
    page.frame();
    assert_eq!(cell, 899);
    assert!([Some(898), Some(869)].contains(&page.cell()));
}

#[test]
fn off_screen_nothing_is_held_and_late_frames_are_refused() {
    let mut page = Page::new(30, 40);
    page.player.arrived_all();
    page.player.aim(Point { x: 0.2, y: 0.1 }, 0.0);
    page.rest();
    page.player.aim(Point { x: -0.9, y: 0.1 }, page.now);
    page.player.tick(page.now + 30.0);
    let late = page.player.next_decode(9).unwrap();
    page.player.forget_decoded();
    page.frames.clear();
    assert!(!page.player.decoded(late));
    page.check();
    page.rest();
    assert!(page.player.layers().count() == 1);
}

#[test]
fn a_faint_blend_ends_on_one_sharp_frame() {
    let mut page = Page::new(30, 76);
    page.player.arrived_all();
    page.player.aim(Point { x: 0.77, y: -0.41 }, 0.0);
    let mut most = 0;
    while page.frame() & MOVING != 0 {
        most = most.max(page.player.layers().count());
    }
    assert_eq!(most, 4, "it blends while it moves");
    let layers: Vec<_> = page.player.layers().collect();
    let cell = nearest_cell(Point { x: 0.77, y: -0.41 }, Grid::DEFAULT);
    assert_eq!((layers.len(), layers[0].cell, layers[0].weight), (1, cell, 1.0));
}

#[test]
fn a_rig_is_drawn_wherever_it_looks_and_no_more() {
    let mut player = Player::new(7.0);
    assert_eq!(player.tick(0.0), DRAW);
    assert_eq!(player.tick(16.0), 0);
    let target = Point { x: 0.4321, y: -0.1234 };
    player.aim(target, 16.0);
    let (mut now, mut draws) = (16.0, 0);
    while player.tick(now) & MOVING != 0 {
        draws += 1;
        now += 16.0;
    }
    assert!((20..200).contains(&draws), "{draws} draws");
    assert_eq!((player.at(), player.layers().count()), (target, 0));
    assert_eq!(player.tick(now + 16.0), 0);
    player.redraw();
    assert_eq!(player.tick(now + 32.0), DRAW);
    // At first it moves by so little that no pixel would change.
    player.set_smoothing(0.01);
    player.aim(Point::default(), now + 32.0);
    assert_eq!(player.tick(now + 33.0), MOVING);
    assert_eq!(player.next_decode(4), None);
}

#[test]
fn idle_motion_moves_it_and_input_interrupts_it() {
    let mut page = Page::new(30, 76);
    page.player.arrived_all();
    assert_eq!(page.player.wait(0.0), f64::INFINITY);
    page.player.set_idle(true);
    assert_eq!(page.player.wait(0.0), 3000.0);
    for _ in 0..50 {
        page.now += page.player.wait(page.now);
        page.player.glance(page.now);
        page.rest();
        let at = page.player.at();
        assert!(at.x.hypot(at.y) <= 0.35 + 2.0 / 29.0);
        assert!(page.player.wait(page.now) >= 500.0, "it rests between glances");
        page.player.glance(page.now);
        assert!(page.player.is_settled());
    }
    page.player.aim(Point { x: 0.9, y: 0.9 }, page.now);
    assert_eq!(page.player.wait(page.now), 3000.0);
    page.player.set_idle(false);
    assert_eq!(page.player.wait(page.now), f64::INFINITY);
}

#[derive(Debug, Clone)]
enum Call {
    Aim(f64, f64),
    Cut,
    Frame,
    Pause(f64),
    Arrived(u16),
    ArrivedAll,
    Begin,
    Finish,
    Fail,
    Evict,
    Capacity(usize),
    Smoothing(f64),
    Forget,
    Load(u32),
    Glance,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => (-1.3..1.3, -1.3..1.3).prop_map(|(x, y)| Call::Aim(x, y)),
        1 => Just(Call::Cut),
        12 => Just(Call::Frame),
        3 => (0.0..500.0).prop_map(Call::Pause),
        4 => any::<u16>().prop_map(Call::Arrived),
        1 => Just(Call::ArrivedAll),
        8 => Just(Call::Begin),
        8 => Just(Call::Finish),
        1 => Just(Call::Fail),
        6 => Just(Call::Evict),
        1 => (0usize..90).prop_map(Call::Capacity),
        1 => (-0.1..1.2).prop_map(Call::Smoothing),
        1 => Just(Call::Forget),
        1 => (1u32..=10).prop_map(|half| Call::Load(half * 2)),
        1 => Just(Call::Glance),
    ]
}

proptest! {
    #[test]
    fn guarantees_hold_after_any_calls(
        calls in prop::collection::vec(call(), 1..250), capacity in 0usize..70, all: bool,
    ) {
        let mut page = Page::new(12, capacity);
        page.capacity = capacity.max(5);
        page.player.set_idle(true);
        if all {
            page.player.arrived_all();
        }
        for call in calls {
            match call {
                Call::Aim(x, y) => page.player.aim(Point { x, y }, page.now),
                Call::Cut => page.player.cut(page.now),
                Call::Frame => {
                    page.now += 16.0;
                    page.player.tick(page.now);
                }
                Call::Pause(ms) => page.now += ms,
                Call::Arrived(cell) => page.player.arrived(cell % 500),
                Call::ArrivedAll => page.player.arrived_all(),
                Call::Begin => page.in_flight.extend(page.player.next_decode(3)),
                Call::Finish => {
                    if let Some(cell) = page.in_flight.pop() {
                        page.finish(cell);
                    }
                }
                Call::Fail => {
                    if let Some(cell) = page.in_flight.pop() {
                        page.player.failed(cell);
                    }
                }
                Call::Evict => page.drop_frames(),
                Call::Capacity(frames) => {
                    page.capacity = frames.max(5);
                    page.player.set_capacity(frames);
                    page.drop_frames();
                }
                Call::Smoothing(share) => page.player.set_smoothing(share),
                Call::Forget => {
                    page.player.forget_decoded();
                    page.frames.clear();
                    page.in_flight.clear();
                }
                Call::Load(side) => page.load(side),
                Call::Glance => page.player.glance(page.now),
            }
            page.check();
            prop_assert!(page.frames.len() <= page.capacity);
            prop_assert!(page.in_flight.len() <= 3);
            let at = page.player.at();
            prop_assert!(at.x.is_finite() && at.y.is_finite());
        }
    }

    /// Once it stands still and its decode queue is done, it asks for nothing more.
    #[test]
    fn at_rest_it_asks_for_nothing(
        aims in prop::collection::vec((-1.0..1.0, -1.0..1.0, 1usize..30), 1..6),
        half in 1u32..=15, capacity in 5usize..90, arrived in prop::collection::vec(0u16..900, 0..200), all: bool,
    ) {
        let mut page = Page::new(half * 2, capacity);
        arrived.iter().for_each(|&cell| page.player.arrived(cell));
        if all {
            page.player.arrived_all();
        }
        for (x, y, frames) in aims {
            page.player.aim(Point { x, y }, page.now);
            for _ in 0..frames {
                page.frame();
            }
        }
        page.rest();
        for _ in 0..12 {
            page.frame();
        }
        let goal = page.player.goal();
        prop_assert_eq!(page.player.at(), goal);
        if all {
            let grid = Grid::from_side(half * 2).unwrap();
            prop_assert_eq!(page.cell(), Some(nearest_cell(goal, grid)));
        }
        for _ in 0..20 {
            page.now += 16.0;
            prop_assert_eq!(page.player.tick(page.now), 0);
            prop_assert_eq!(page.player.next_eviction(), None);
            prop_assert_eq!(page.player.next_decode(4), None);
        }
    }

    /// With everything there and decoding at once, a moving face shows the frame that it looks at, or one beside it.
    #[test]
    fn it_keeps_up_with_the_pointer(capacity in 20usize..90, turn in 0.5..3.0, px in 0.0..600.0) {
        let mut page = Page::new(30, capacity);
        page.player.arrived_all();
        page.player.set_moving_side(px);
        let mut near = 0;
        for frame in 0..200 {
            let angle: f64 = f64::from(frame) / 60.0 * turn;
            page.player.aim(Point { x: angle.cos(), y: angle.sin() }, page.now);
            page.frame();
            let at = grid_position(page.player.at(), Grid::DEFAULT);
            near += u32::from(page.cell().is_some_and(|cell| {
                let shown = cell_position(cell, Grid::DEFAULT);
                (shown.x - at.x).abs() <= 1.0 && (shown.y - at.y).abs() <= 1.0
            }));
        }
        prop_assert!(near > 190, "{near} of 200 pictures were near");
    }
}

/// Of a path that comes by again, little more is decoded than it passes.
#[test]
fn a_pointer_that_goes_round_costs_few_decodes() {
    let mut page = Page::new(30, 96);
    page.player.arrived_all();
    page.player.set_moving_side(417.0);
    let (mut decodes, mut passed, mut last) = (0, 0, None);
    for frame in 0..600 {
        let angle = f64::from(frame) * 16.0 * std::f64::consts::PI / 1000.0;
        page.player.aim(Point { x: 0.8 * angle.cos(), y: 0.8 * angle.sin() }, page.now);
        page.now += 16.0;
        page.player.tick(page.now);
        let at = Some(nearest_cell(page.player.at(), Grid::DEFAULT));
        passed += u32::from(at != last);
        last = at;
        page.drop_frames();
        while let Some(cell) = page.player.next_decode(4) {
            page.finish(cell);
            decodes += 1;
        }
    }
    assert!(decodes < passed * 3 / 2, "{decodes} decodes for {passed} cells");
}

#[test]
fn it_blinks_by_itself_and_rests_between() {
    let mut player = Player::new(5.0);
    player.set_blinking(true);
    assert_eq!(player.tick(0.0), DRAW);
    let mut now = player.wait(0.0);
    assert!((2000.0..7000.0).contains(&now));
    // Before it is due, nothing.
    assert_eq!((player.tick(now - 100.0), player.closing()), (0, 0.0));
    assert_eq!(player.tick(now) & MOVING, MOVING);
    let (mut pictures, mut most) = (0, 0.0_f64);
    loop {
        now += 1000.0 / 60.0;
        let flags = player.tick(now);
        pictures += u32::from(flags & DRAW != 0);
        most = most.max(player.closing());
        if flags & MOVING == 0 {
            break;
        }
    }
    assert!(pictures >= 7 && most > 0.9, "{pictures} {most}");
    // Of which the last shows open eyes; then it rests, but for another one.
    assert_eq!(player.closing(), 0.0);
    assert!(player.wait(now) > 50.0);
    assert_eq!(player.tick(now + 20.0), 0);
    player.set_blinking(false);
    assert_eq!(player.wait(now), f64::INFINITY);
}

#[test]
fn it_goes_to_sleep_with_open_eyes() {
    let mut player = Player::new(6.0);
    player.blink();
    player.tick(0.0);
    assert!(!player.open_eyes(), "nothing was closed yet");
    player.blink();
    player.tick(100.0);
    assert_eq!(player.tick(160.0), DRAW | MOVING);
    assert!(player.closing() > 0.5);
    assert!(player.open_eyes());
    assert_eq!(
        (player.closing(), player.tick(9000.0), player.wait(9000.0)),
        (0.0, 0, f64::INFINITY)
    );
}

#[test]
fn a_blink_does_not_disturb_where_it_looks() {
    let mut page = Page::new(10, 20);
    page.player.set_blinking(true);
    page.player.arrived_all();
    page.player.aim(Point { x: 0.5, y: -0.2 }, page.now);
    while page.frame() & MOVING != 0 {}
    let (at, cell) = (page.player.at(), page.cell());
    page.player.blink();
    while page.frame() & MOVING != 0 {
        assert_eq!((page.player.at(), page.cell()), (at, cell));
        assert!(page.player.is_settled());
    }
}
