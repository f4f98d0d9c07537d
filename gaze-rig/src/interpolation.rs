//! Interpolation.

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
