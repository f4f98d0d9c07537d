//! Where the face looks when nobody steers: small glances around its rest pose, each held for a while, and
//! returns to the middle.

use std::f64::consts::TAU;

use crate::angle::sin_cos;
use crate::grid_coordinates::Point;
use crate::random::Random;

/// Time without input after which the face looks around by itself, in ms.
const IDLE_AFTER_MS: f64 = 3000.0;
/// How far a glance goes from the middle, in -1..1.
const RADIUS: (f64, f64) = (0.1, 0.35);
/// How long a glance is held once it is reached, in ms.
const HOLD_MS: (f64, f64) = (800.0, 3000.0);
/// Timers may fire this much early, in ms.
const EARLY_MS: f64 = 2.0;

/// Decides when and where to look by itself.
#[derive(Debug)]
pub struct IdleMotion {
    is_on: bool,
    /// When the next one is due; none until somebody asks.
    due: Option<f64>,
    /// Direction of the last glance, radians.
    direction: f64,
    /// Glances before the next return to the middle.
    remaining: u32,
    random: Random,
}

impl IdleMotion {
    /// Off. The same seed gives the same glances.
    pub fn new(seed: f64) -> Self {
        let mut random = Random::new(seed);
        Self { is_on: false, due: None, direction: random.next() * TAU, remaining: 1, random }
    }

    /// On or off. When it is switched on, the time without input begins anew.
    pub fn set_on(&mut self, is_on: bool) {
        if is_on != self.is_on {
            (self.is_on, self.due) = (is_on, None);
        }
    }

    /// Somebody steers: the time without input begins anew.
    pub fn interrupt(&mut self, now: f64) {
        self.due = Some(now + IDLE_AFTER_MS);
    }

    /// Milliseconds until the next glance, infinite when it is off. The time without input begins with
    /// the first call if nothing else has begun it.
    pub fn wait(&mut self, now: f64) -> f64 {
        if !self.is_on {
            return f64::INFINITY;
        }
        let due = *self.due.get_or_insert(now + IDLE_AFTER_MS);
        (due - now).max(0.0)
    }

    /// Where to look now, if a glance is due. The next is due once this one was reached, in `travel_ms`, and
    /// held.
    pub fn begin(&mut self, now: f64, travel_ms: f64) -> Option<Point> {
        if self.wait(now) > EARLY_MS {
            return None;
        }
        self.due = Some(now + travel_ms + self.random.between(HOLD_MS));
        if self.remaining == 0 {
            // Every second or third is a return.
            self.remaining = 1 + u32::from(self.random.next() < 0.5);
            return Some(Point::default());
        }
        self.remaining -= 1;
        // Away from the last one by a quarter turn or more: near ones would look like trembling.
        self.direction += self.random.between((0.25, 0.75)) * TAU;
        let radius = self.random.between(RADIUS);
        let (sin, cos) = sin_cos(self.direction);
        Some(Point { x: radius * cos, y: radius * sin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_happens_while_off_or_before_the_delay_ends() {
        let mut idle = IdleMotion::new(1.0);
        assert_eq!(idle.wait(0.0), f64::INFINITY);
        assert_eq!(idle.begin(9e9, 0.0), None);
        idle.set_on(true);
        assert_eq!(idle.wait(1000.0), 3000.0);
        assert_eq!(idle.begin(3900.0, 0.0), None);
        idle.interrupt(3900.0);
        assert_eq!(idle.wait(4000.0), 2900.0);
        assert!(idle.begin(6900.0, 0.0).is_some());
        idle.set_on(false);
        assert_eq!(idle.wait(1e9), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn glances_are_small_held_and_return(seed: f64, travel in 0.0..2000.0) {
            let mut idle = IdleMotion::new(seed);
            idle.set_on(true);
            let mut now = idle.wait(0.0);
            let (mut last, mut since_return) = (Point::default(), 0);
            for n in 0..200 {
                let point = idle.begin(now, travel).unwrap();
                let radius = point.x.hypot(point.y);
                let is_return = radius == 0.0;
                prop_assert!(is_return || (RADIUS.0 - 1e-9..=RADIUS.1 + 1e-9).contains(&radius));
                since_return = if is_return { 0 } else { since_return + 1 };
                prop_assert!(since_return <= 2);
                if n > 0 {
                    // Each is well away from the last: it never trembles.
                    prop_assert!((point.x - last.x).hypot(point.y - last.y) >= RADIUS.0 - 1e-9);
                }
                let hold = idle.wait(now) - travel;
                prop_assert!((HOLD_MS.0 - 1e-6..=HOLD_MS.1 + 1e-6).contains(&hold));
                now += hold + travel;
                last = point;
            }
        }
    }
}
