//! Interpolation, and the sine that its kernels take.

use std::f64::consts::PI;

/// Hermite step: 0 up to `from`, 1 beyond `to`, smooth between. `from` may exceed `to`.
#[inline]
pub fn smoothstep(from: f32, to: f32, x: f32) -> f32 {
    let s = ((x - from) / (to - from)).clamp(0.0, 1.0);
    s * s * (3.0 - 2.0 * s)
}

/// `a` at 0, `b` at 1.
#[inline]
pub fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// Sine of an angle of some turns at most, to the nearest number. Players have no room for the library's, which knows
/// angles of any size.
pub fn sine(angle: f32) -> f32 {
    let half_turns = (f64::from(angle) / PI).round();
    let x = f64::from(angle) - PI * half_turns;
    // Taylor; what follows is below 1e-11.
    let steps = [6.0, 20.0, 42.0, 72.0, 110.0, 156.0, 210.0];
    let sine = x * steps.iter().rev().fold(1.0, |sum, step| 1.0 - x * x / step * sum);
    (if half_turns as i32 % 2 == 0 { sine } else { -sine }) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_are_those_of_the_library() {
        for step in -100_000..=100_000_i32 {
            let angle = step as f32 / 10_000.0;
            let expected = f64::from(angle).sin() as f32;
            assert_eq!(sine(angle), expected, "{angle}");
        }
    }
}
