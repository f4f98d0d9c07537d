//! When the eyes blink, and how far they are closed meanwhile: at odd intervals, now and then twice, as people do who
//! look at something.

use crate::random::Random;

/// From the end of a blink to the next, in ms. Short ones are more frequent, as people's are (Bentivoglio et al. 1997:
/// 17 a minute on average at rest): the mean is 4 s.
const INTERVAL_MS: (f64, f64) = (2000.0, 7000.0);
/// Share of the blinks that another one follows at once.
const DOUBLE_SHARE: f64 = 0.12;
/// From the end of the first of two to the second, in ms.
const DOUBLE_MS: (f64, f64) = (80.0, 200.0);
/// How long a blink takes, in ms.
const LENGTH_MS: (f64, f64) = (160.0, 240.0);
/// Of a blink's time: the eyes are closed from the first to the second. They close in 70 ms and open in 110.
const CLOSED: (f64, f64) = (0.35, 0.45);
/// Timers may fire this much early, in ms.
const EARLY_MS: f64 = 2.0;

/// Decides when to blink, and how far the eyes are closed.
#[derive(Debug)]
pub struct Blinking {
    is_on: bool,
    /// The page wants one now.
    is_asked: bool,
    /// When the next one is due; none until somebody asks.
    due: Option<f64>,
    under_way: Option<Blink>,
    /// Whether the last one was the second of two: there is never a third.
    is_second: bool,
    random: Random,
}

#[derive(Debug, Clone, Copy)]
struct Blink {
    start: f64,
    length_ms: f64,
}

impl Blink {
    /// How far the eyes are closed, 0 to 1.
    fn closing(self, now: f64) -> f64 {
        let t = (now - self.start) / self.length_ms;
        let rising = (t / CLOSED.0).clamp(0.0, 1.0);
        let falling = ((1.0 - t) / (1.0 - CLOSED.1)).clamp(0.0, 1.0);
        let u = rising.min(falling);
        u * u * (3.0 - 2.0 * u)
    }
}

impl Blinking {
    /// Off, the eyes open. The same seed gives the same blinks.
    pub fn new(seed: f64) -> Self {
        Self {
            is_on: false,
            is_asked: false,
            due: None,
            under_way: None,
            is_second: false,
            random: Random::new(seed),
        }
    }

    /// Whether it blinks by itself. When that is switched on, the time to the first begins; switched off, a blink that
    /// is under way ends as it would.
    pub fn set_on(&mut self, is_on: bool) {
        if is_on != self.is_on {
            (self.is_on, self.due) = (is_on, None);
        }
    }

    /// Blinks once with the next [`advance`](Self::advance), whether it is on or off; a blink that is under way is
    /// that one.
    pub fn blink(&mut self) {
        self.is_asked = true;
    }

    /// Opens the eyes at once. The time to the next blink begins anew.
    pub fn stop(&mut self) {
        (self.due, self.under_way, self.is_asked) = (None, None, false);
    }

    /// Milliseconds until there is something to do, 0 while a blink is under way, infinite where none will be. The time to
    /// the next one begins with the first call if nothing else has begun it.
    pub fn wait(&mut self, now: f64) -> f64 {
        if self.is_asked || self.under_way.is_some() {
            return 0.0;
        }
        if !self.is_on {
            return f64::INFINITY;
        }
        let due = match self.due {
            Some(due) => due,
            None => *self.due.insert(now + interval(&mut self.random)),
        };
        (due - now).max(0.0)
    }

    /// Moves on to `now`, in ms: begins the blink that is due. Answers how far the eyes are closed, 0 to 1.
    pub fn advance(&mut self, now: f64) -> f64 {
        if let Some(blink) = self.under_way.filter(|blink| now >= blink.start + blink.length_ms) {
            self.under_way = None;
            let end = blink.start + blink.length_ms;
            self.is_second = !self.is_second && self.random.next() < DOUBLE_SHARE;
            let pause = if self.is_second {
                self.random.between(DOUBLE_MS)
            } else {
                interval(&mut self.random)
            };
            self.due = Some(end + pause);
        }
        if self.under_way.is_none() && self.wait(now) <= EARLY_MS {
            let length_ms = self.random.between(LENGTH_MS);
            self.under_way = Some(Blink { start: now, length_ms });
        }
        self.is_asked = false;
        self.under_way.map_or(0.0, |blink| blink.closing(now))
    }

    /// Whether a blink is under way.
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }
}

/// Time to the next blink, in ms.
fn interval(random: &mut Random) -> f64 {
    let (least, most) = INTERVAL_MS;
    let share = random.next();
    // Its power of 1.5: players have no room for any other.
    least + (most - least) * share * share.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Frames of a screen of 60 Hz.
    const FRAME_MS: f64 = 1000.0 / 60.0;

    /// Begin, end and most of each blink within `ms`, in the way the page asks: a timer between them, frames meanwhile.
    fn blinks(blinking: &mut Blinking, ms: f64) -> Vec<(f64, f64, f64)> {
        let mut found: Vec<(f64, f64, f64)> = Vec::new();
        let (mut now, mut was_open) = (0.0, true);
        while now < ms {
            let closing = blinking.advance(now);
            if blinking.is_under_way() {
                if was_open {
                    found.push((now, now, 0.0));
                }
                let last = found.last_mut().expect("one was begun");
                (last.1, last.2) = (now, last.2.max(closing));
            }
            was_open = !blinking.is_under_way();
            let wait = blinking.wait(now);
            now += wait.max(FRAME_MS);
        }
        found
    }

    #[test]
    fn while_it_is_off_there_is_nothing_to_do() {
        let mut blinking = Blinking::new(1.0);
        assert_eq!((blinking.wait(0.0), blinking.advance(1e9)), (f64::INFINITY, 0.0));
        blinking.set_on(true);
        let wait = blinking.wait(1e9);
        assert!((2000.0..7000.0).contains(&wait));
        assert_eq!(blinking.wait(1e9 + 500.0), wait - 500.0);
        blinking.set_on(false);
        assert_eq!(blinking.wait(2e9), f64::INFINITY);
    }

    #[test]
    fn one_that_is_asked_for_comes_at_once_and_alone() {
        let mut blinking = Blinking::new(2.0);
        blinking.blink();
        assert_eq!(blinking.wait(100.0), 0.0);
        assert_eq!(blinking.advance(100.0), 0.0);
        assert!(blinking.advance(180.0) > 0.9);
        // That is the one.
        blinking.blink();
        assert!(blinking.advance(190.0) > 0.5);
        assert_eq!(blinking.advance(341.0), 0.0);
        assert_eq!(blinking.wait(341.0), f64::INFINITY);
    }

    #[test]
    fn it_closes_faster_than_it_opens() {
        let blink = Blink { start: 50.0, length_ms: 200.0 };
        assert_eq!(blink.closing(50.0), 0.0);
        assert_eq!(blink.closing(130.0), 1.0);
        assert_eq!(blink.closing(250.0), 0.0);
        // Half closed, and half open again.
        assert!((blink.closing(85.0) - 0.5).abs() < 1e-9);
        assert!((blink.closing(195.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn stopped_it_is_open_and_waits_anew() {
        let mut blinking = Blinking::new(3.0);
        blinking.set_on(true);
        let first = blinking.wait(0.0);
        blinking.advance(first);
        assert!(blinking.advance(first + 80.0) > 0.5);
        blinking.stop();
        assert!(!blinking.is_under_way());
        // However long it slept, the next is not due at once.
        assert!(blinking.wait(1e7) >= 2000.0);
        assert_eq!(blinking.advance(1e7), 0.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_blinks() {
        let of_seed = |seed| {
            let mut blinking = Blinking::new(seed);
            blinking.set_on(true);
            blinks(&mut blinking, 60_000.0)
        };
        assert_eq!(of_seed(4.0), of_seed(4.0));
        assert_ne!(of_seed(4.0), of_seed(5.0));
    }

    #[test]
    fn in_ten_minutes_people_blink_some_fifteen_times_a_minute_and_now_and_then_twice() {
        let mut blinking = Blinking::new(6.0);
        blinking.set_on(true);
        let blinks = blinks(&mut blinking, 600_000.0);
        assert!((110..190).contains(&blinks.len()), "{}", blinks.len());
        let doubles = blinks.windows(2).filter(|pair| pair[1].0 - pair[0].1 < 500.0).count();
        assert!((4..40).contains(&doubles), "{doubles}");
    }

    proptest! {
        #[test]
        fn each_blink_is_short_and_shuts_and_the_pause_after_it_is_neither_short_nor_long(seed: f64) {
            let mut blinking = Blinking::new(seed);
            blinking.set_on(true);
            let mut blinks = blinks(&mut blinking, 120_000.0);
            // Perhaps not at its end yet.
            blinks.pop();
            prop_assert!(blinks.len() > 15);
            for &(start, end, most) in &blinks {
                let length = end - start;
                prop_assert!((LENGTH_MS.0 - 2.0 * FRAME_MS..=LENGTH_MS.1).contains(&length), "{length}");
                prop_assert!(most > 0.9, "{most}");
            }
            let pauses: Vec<f64> = blinks.windows(2).map(|pair| pair[1].0 - pair[0].1).collect();
            for pause in &pauses {
                let is_double = (DOUBLE_MS.0..DOUBLE_MS.1 + 2.0 * FRAME_MS).contains(pause);
                let is_single = (INTERVAL_MS.0..INTERVAL_MS.1 + 2.0 * FRAME_MS).contains(pause);
                prop_assert!(is_double || is_single, "{pause}");
            }
            prop_assert!(pauses.windows(2).all(|pair| pair.iter().any(|p| *p > 1000.0)), "three at once");
        }

        #[test]
        fn how_far_the_eyes_are_closed_never_jumps(start in 0.0..1e6, length_ms in 160.0..240.0, at in -0.2..1.2) {
            let blink = Blink { start, length_ms };
            let now = start + at * length_ms;
            let (here, there) = (blink.closing(now), blink.closing(now + 1.0));
            prop_assert!((0.0..=1.0).contains(&here));
            // At most a fortieth a millisecond.
            prop_assert!((here - there).abs() < 0.03, "{here} {there}");
        }
    }
}
