//! Sine and cosine: players have no room for those of a library, which know angles of any size.

use std::f64::consts::TAU;

/// Sine and cosine of an angle in radians, to ten digits as long as it is no more than some thousand turns.
pub(crate) fn sin_cos(angle: f64) -> (f64, f64) {
    // Of an eighth by Taylor's series, then doubled.
    let eighth = (angle - TAU * (angle / TAU).round()) / 8.0;
    let square = eighth * eighth;
    let series = |steps: [f64; 5]| steps.iter().rev().fold(1.0, |sum, s| 1.0 - square / s * sum);
    let mut sin = eighth * series([6.0, 20.0, 42.0, 72.0, 110.0]);
    let mut cos = series([2.0, 12.0, 30.0, 56.0, 90.0]);
    for _ in 0..3 {
        (sin, cos) = (2.0 * sin * cos, cos * cos - sin * sin);
    }
    (sin, cos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_that_of_the_library(angle in -1e3..1e3) {
            let (sin, cos) = sin_cos(angle);
            prop_assert!((sin - angle.sin()).abs() < 1e-10 && (cos - angle.cos()).abs() < 1e-10);
        }
    }
}
