//! From what the visitor does to where the face should look.

use crate::angle::sin_cos;
use crate::grid_coordinates::Point;

/// Tilt towards the reader at which the face looks straight ahead, in degrees: a phone held in the hand.
const NEUTRAL_TILT_DEG: f64 = 45.0;
/// Tilt from neutral for full deflection, in degrees.
const FULL_TILT_DEG: f64 = 30.0;
/// Least share of gravity into the screen: sideways tilt has no meaning for an upright phone, where the
/// sensor's noise would throw the gaze about. Reached at 80 degrees.
const LEAST_DEPTH: f64 = 0.15;

/// Where a pointer at `pointer` pulls the gaze of a widget centred on `centre`, both in px of a viewport of
/// `width` x `height` px.
///
/// Full deflection lies at half the viewport's longer side or on its last pixel on that side, whichever is
/// nearer, so that every frame can be reached wherever the widget stands.
pub fn pointer_aim(pointer: Point, centre: Point, width: f64, height: f64) -> Point {
    let far = width.max(height) / 2.0;
    let axis = |pointer: f64, centre: f64, length: f64| {
        let offset = pointer - centre;
        let edge = if offset > 0.0 { length - 1.0 - centre } else { centre };
        clamped(offset / far.min(edge).max(1.0))
    };
    Point { x: axis(pointer.x, centre.x, width), y: axis(pointer.y, centre.y, height) }
}

/// Where the tilt of a phone pulls the gaze: to the side that dips.
///
/// `beta_deg` and `gamma_deg` are those of `deviceorientation`, which knows nothing of how the page is
/// turned; `screen_deg` is `screen.orientation.angle`, of which whole quarter turns count. Both angles give
/// the direction of gravity. That, turned into the screen's axes, gives the angles which the same tilt would
/// have in an unturned screen, so that a phone steers alike however it is held. Any value that is not finite
/// gives the middle.
pub fn tilt_aim(beta_deg: f64, gamma_deg: f64, screen_deg: f64) -> Point {
    if !(beta_deg.is_finite() && gamma_deg.is_finite() && screen_deg.is_finite()) {
        return Point::default();
    }
    let [(sin_beta, cos_beta), (sin_gamma, cos_gamma)] =
        [beta_deg, gamma_deg].map(|degrees| sin_cos(degrees.to_radians()));
    // Gravity along the device's own axes (W3C device orientation, intrinsic Z-X'-Y''; the turn about the
    // vertical drops out): to the right edge, to the bottom edge, into the screen.
    let (right, down) = (cos_beta * sin_gamma, sin_beta);
    let depth = cos_beta * cos_gamma;
    // At 90 degrees the device's top points to the viewer's left: its bottom edge is on the right.
    let quarter_turns = (screen_deg / 90.0).round().rem_euclid(4.0) as u32;
    let (right, down) = match quarter_turns {
        1 => (down, -right),
        2 => (-right, -down),
        3 => (-down, right),
        _ => (right, down),
    };
    let flat = right.hypot(depth).copysign(depth);
    let pitch_deg = down.atan2(flat).to_degrees();
    let roll_deg = right.atan2(depth.abs().max(LEAST_DEPTH)).to_degrees();
    // Past upright and over backwards the pitch turns from 180 to -180: still down.
    let pitch_deg =
        if pitch_deg < NEUTRAL_TILT_DEG - 180.0 { pitch_deg + 360.0 } else { pitch_deg };
    Point {
        x: clamped(roll_deg / FULL_TILT_DEG),
        y: clamped((pitch_deg - NEUTRAL_TILT_DEG) / FULL_TILT_DEG),
    }
}

/// Within -1..1; 0 for NaN.
fn clamped(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(-1.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid_coordinates::{cell_gaze, nearest_cell};
    use gaze_rig::Grid;
    use proptest::prelude::*;

    fn assert_near(aim: Point, x: f64, y: f64) {
        assert!((aim.x - x).abs() < 1e-9 && (aim.y - y).abs() < 1e-9, "{aim:?} is not {x}, {y}");
    }

    #[test]
    fn centred_widgets_reach_full_deflection_at_half_the_longer_side() {
        let centre = Point { x: 500.0, y: 300.0 };
        let aim = |x, y| pointer_aim(Point { x, y }, centre, 1000.0, 600.0);
        assert_near(aim(500.0, 300.0), 0.0, 0.0);
        assert_near(aim(999.0, 599.0), 1.0, 1.0);
        assert_near(aim(0.0, 0.0), -1.0, -1.0);
        assert_near(aim(250.0, 150.0), -0.5, -0.5);
        assert_near(aim(f64::NAN, f64::INFINITY), 0.0, 1.0);
    }

    #[test]
    fn portrait_tilt_matches_the_contract() {
        for (beta, gamma, x, y) in [
            (45.0, 0.0, 0.0, 0.0),
            (75.0, 0.0, 0.0, 1.0),
            (15.0, 0.0, 0.0, -1.0),
            (45.0, 30.0, 1.0, 0.0),
            (45.0, -15.0, -0.5, 0.0),
            (75.0, 30.0, 1.0, 1.0),
            (0.0, 90.0, 1.0, -1.0),
        ] {
            assert_near(tilt_aim(beta, gamma, 0.0), x, y);
        }
    }

    #[test]
    fn landscape_tilt_equals_portrait_tilt() {
        // Top of the phone to the left, tilted 45 degrees to the reader: gamma is -45.
        assert_near(tilt_aim(0.0, -45.0, 90.0), 0.0, 0.0);
        assert_near(tilt_aim(0.0, -75.0, 90.0), 0.0, 1.0);
        assert_near(tilt_aim(0.0, 45.0, 270.0), 0.0, 0.0);
        assert_near(tilt_aim(0.0, 15.0, -90.0), 0.0, -1.0);
        assert_near(tilt_aim(-45.0, 0.0, 180.0), 0.0, 0.0);
        assert!(tilt_aim(10.0, -45.0, 90.0).x > 0.3);
        assert!(tilt_aim(10.0, 45.0, 270.0).x < -0.3);
        for angle in [f64::NAN, f64::INFINITY] {
            assert_near(tilt_aim(angle, 0.0, 0.0), 0.0, 0.0);
            assert_near(tilt_aim(60.0, angle, 0.0), 0.0, 0.0);
            assert_near(tilt_aim(60.0, 0.0, angle), 0.0, 0.0);
        }
    }

    /// The angles that a device would report whose screen, turned by 90 degrees, is tilted by `pitch` and
    /// then turned about its own vertical axis by `roll`.
    fn turned_device(pitch: f64, roll: f64) -> (f64, f64) {
        let (pitch, roll) = (pitch.to_radians(), roll.to_radians());
        let (right, down) = (pitch.cos() * roll.sin(), pitch.sin());
        let depth = pitch.cos() * roll.cos();
        // Screen right is the device's bottom, screen bottom the device's left.
        let (device_right, device_down) = (-down, right);
        let beta = device_down.atan2(device_right.hypot(depth));
        (beta.to_degrees(), device_right.atan2(depth).to_degrees())
    }

    proptest! {
        #[test]
        fn turning_about_the_screens_vertical_looks_left_and_right(
            pitch in 15.0..75.0, roll in -30.0..30.0,
        ) {
            let (beta, gamma) = turned_device(pitch, roll);
            let (landscape, portrait) = (tilt_aim(beta, gamma, 90.0), tilt_aim(pitch, roll, 0.0));
            assert_near(landscape, portrait.x, portrait.y);
            assert_near(portrait, roll / 30.0, (pitch - 45.0) / 30.0);
        }

        #[test]
        fn tilt_stays_within_bounds(beta in -180.0..180.0, gamma in -90.0..90.0, turn in -4i32..8) {
            let aim = tilt_aim(beta, gamma, f64::from(turn) * 90.0);
            prop_assert!(aim.x.abs() <= 1.0 && aim.y.abs() <= 1.0);
        }

        /// A widget whose centre is at least two pixels inside.
        #[test]
        fn every_cell_can_be_reached(
            half in 1u32..=30, pick: u16, width in 200.0..4000.0, height in 200.0..4000.0,
            at_x in 0.0..=1.0, at_y in 0.0..=1.0,
        ) {
            let grid = Grid::from_side(half * 2).unwrap();
            let cell = pick % grid.cells() as u16;
            let centre = Point { x: 2.0 + at_x * (width - 5.0), y: 2.0 + at_y * (height - 5.0) };
            // The pointer moves over the whole viewport; find the point that aims at the cell, axis by axis.
            let wanted = cell_gaze(cell, grid);
            let find = |wanted: f64, length: f64, aim: &dyn Fn(f64) -> f64| {
                let (mut low, mut high) = (0.0, length - 1.0);
                for _ in 0..60 {
                    let middle = (low + high) / 2.0;
                    if aim(middle) < wanted { low = middle } else { high = middle }
                }
                high
            };
            let x = find(wanted.x, width, &|x| pointer_aim(Point { x, y: 0.0 }, centre, width, height).x);
            let y = find(wanted.y, height, &|y| pointer_aim(Point { x: 0.0, y }, centre, width, height).y);
            let aim = pointer_aim(Point { x, y }, centre, width, height);
            prop_assert_eq!(nearest_cell(aim, grid), cell);
        }
    }
}
