//! How the gaze follows its goal: a critically damped spring, solved exactly.
//!
//! Each axis obeys `x'' = w^2 (goal - x) - 2 w x'`. While the goal stands still, the gap `e = x - goal` has
//! the solution `e(t) = (e0 + (v0 + w e0) t) exp(-w t)`, so a step of any length is exact and the path does
//! not depend on how time is divided: 30, 60 and 144 Hz give the same.
//!
//! `smoothing` keeps the meaning it had for the exponential follow of older players, the share `s` of the
//! remaining distance covered in 1/60 s: `x' = l (goal - x)` with `l = -60 ln(1 - s)`. Behind a goal of
//! steady speed `u` that one lags by `u / l` and the spring by `2 u / w` (set `x'' = 0` and `x' = u`). With
//! `w = 2 l` both lag alike, and the spring starts and stops softly as well.

use crate::grid_coordinates::Point;

/// Share of the remaining distance covered in 1/60 s, unless set: the contract's value.
pub const DEFAULT_SMOOTHING: f64 = 0.12;
/// Slower than this would take minutes.
const LEAST_SMOOTHING: f64 = 0.001;

/// A point that follows goals.
#[derive(Debug, Clone, Copy)]
pub struct Follow {
    x: Axis,
    y: Axis,
    /// Angular frequency, 1/s; infinite means that the point is always at its goal.
    omega: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Axis {
    at: f64,
    /// Per second.
    speed: f64,
}

impl Default for Follow {
    fn default() -> Self {
        let omega = omega_of(DEFAULT_SMOOTHING);
        Self { x: Axis::default(), y: Axis::default(), omega }
    }
}

impl Follow {
    /// Sets how fast it follows: `share` of the remaining distance in 1/60 s, above 0; from 1 on it cuts.
    /// Other values change nothing.
    pub fn set_smoothing(&mut self, share: f64) {
        if share > 0.0 {
            self.omega = omega_of(share);
        }
    }

    /// Where it is.
    pub fn at(&self) -> Point {
        Point { x: self.x.at, y: self.y.at }
    }

    /// How fast it moves along the faster axis, per second.
    pub fn speed(&self) -> f64 {
        self.x.speed.abs().max(self.y.speed.abs())
    }

    /// Follows `goal` for `seconds`.
    pub fn step(&mut self, goal: Point, seconds: f64) {
        self.x.step(goal.x, self.omega, seconds);
        self.y.step(goal.y, self.omega, seconds);
    }

    /// Goes to `goal` and stands there.
    pub fn cut(&mut self, goal: Point) {
        self.x = Axis { at: goal.x, speed: 0.0 };
        self.y = Axis { at: goal.y, speed: 0.0 };
    }

    /// Whether it is within `distance` of the goal and will stay about there.
    pub fn is_near(&self, goal: Point, distance: f64) -> bool {
        let near = |axis: Axis, goal: f64| {
            (axis.at - goal).abs() <= distance && axis.speed.abs() <= distance * self.omega
        };
        near(self.x, goal.x) && near(self.y, goal.y)
    }

    /// Seconds until a goal is reached but for 2 % of the distance.
    pub fn travel_seconds(&self) -> f64 {
        6.0 / self.omega
    }
}

impl Axis {
    fn step(&mut self, goal: f64, omega: f64, seconds: f64) {
        if omega == f64::INFINITY {
            *self = Self { at: goal, speed: 0.0 };
            return;
        }
        let gap = self.at - goal;
        let push = self.speed + omega * gap;
        let fade = (-omega * seconds).exp();
        self.at = goal + (gap + push * seconds) * fade;
        self.speed = (self.speed - omega * push * seconds) * fade;
    }
}

fn omega_of(share: f64) -> f64 {
    -120.0 * (1.0 - share.clamp(LEAST_SMOOTHING, 1.0)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    fn close(a: Point, b: Point) -> bool {
        (a.x - b.x).abs() < 1e-9 && (a.y - b.y).abs() < 1e-9
    }

    /// Goals that change every half second, sampled at `rate`: the points at the changes.
    fn path(goals: &[(f64, f64)], smoothing: f64, rate: u32) -> Vec<Point> {
        let mut follow = Follow::default();
        follow.set_smoothing(smoothing);
        goals
            .iter()
            .map(|&(x, y)| {
                for _ in 0..rate / 2 {
                    follow.step(point(x, y), 1.0 / f64::from(rate));
                }
                follow.at()
            })
            .collect()
    }

    #[test]
    fn lags_like_the_exponential_follow() {
        for smoothing in [0.05, 0.12, 0.4] {
            let mut follow = Follow::default();
            follow.set_smoothing(smoothing);
            let (speed, dt) = (0.7, 1e-4);
            let mut goal = 0.0;
            for _ in 0..100_000 {
                goal += speed * dt;
                follow.step(point(goal, 0.0), dt);
            }
            let lag = speed / (-60.0 * f64::ln(1.0 - smoothing));
            assert!((goal - follow.at().x - lag).abs() < 1e-3 * lag.max(0.05));
        }
    }

    #[test]
    fn full_share_cuts_and_invalid_values_are_ignored() {
        let mut follow = Follow::default();
        for share in [1.0, 7.0, f64::INFINITY] {
            follow.set_smoothing(share);
            follow.step(point(share.recip(), -1.0), 0.0);
            assert_eq!(follow.at(), point(share.recip(), -1.0));
        }
        let omega = follow.omega;
        for share in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            follow.set_smoothing(share);
            assert_eq!(follow.omega, omega);
        }
    }

    proptest! {
        #[test]
        fn same_path_at_any_rate(
            goals in prop::collection::vec((-1.0..1.0, -1.0..1.0), 1..8), smoothing in 0.001..1.0,
        ) {
            let reference = path(&goals, smoothing, 2);
            for rate in [30, 60, 144, 1000] {
                for (a, b) in reference.iter().zip(path(&goals, smoothing, rate)) {
                    prop_assert!(close(*a, b), "{a:?} {b:?} at {rate}");
                }
            }
        }

        #[test]
        fn never_overshoots_from_rest(
            goal in -1.0..1.0, smoothing in 0.001..1.0, steps in prop::collection::vec(0.0..0.2, 1..60),
        ) {
            let mut follow = Follow::default();
            follow.set_smoothing(smoothing);
            let mut last = 0.0;
            for dt in steps {
                follow.step(point(goal, 0.0), dt);
                let done = follow.at().x * f64::signum(goal);
                prop_assert!(done >= last - 1e-12 && done <= goal.abs() + 1e-12);
                last = done;
            }
        }
    }
}
