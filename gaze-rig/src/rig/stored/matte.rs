//! The coverage of the person, in even levels.

use super::plane_coder::{PlaneModels, read_plane, write_plane};
use super::range_coder::{Decoder, Encoder};
use crate::bytes::{Bytes, damaged};
use crate::error::Result;
use crate::frame::Size;
use crate::layers::{MATTE_LEVELS, Plane};

/// Levels where the background is kept: what layers are made with.
pub(super) const OPAQUE_LEVELS: u32 = MATTE_LEVELS;
/// Levels where frames are transparent, whose edges are seen on anything.
pub(super) const ALPHA_LEVELS: u32 = 64;

/// The number of levels less one, and the levels.
pub(super) fn write(matte: &Plane, levels: u32) -> Vec<u8> {
    let most = levels - 1;
    let values: Vec<i32> =
        matte.values.iter().map(|v| (v.clamp(0.0, 1.0) * most as f32).round() as i32).collect();
    let mut encoder = Encoder::new();
    write_plane(&mut encoder, &mut PlaneModels::default(), matte.width, &values);
    let mut bytes = vec![most as u8];
    bytes.extend(encoder.finish());
    bytes
}

pub(super) fn read(bytes: &[u8], size: Size) -> Result<Plane> {
    let mut bytes = Bytes::new(bytes, "matte");
    let most = i32::from(bytes.u8()?);
    let mut decoder = Decoder::new(bytes.rest());
    let (cols, rows) = (size.width as usize, size.height as usize);
    let levels = read_plane(&mut decoder, &mut PlaneModels::default(), cols, rows);
    if most == 0 || !decoder.is_finished() || levels.iter().any(|v| !(0..=most).contains(v)) {
        return Err(damaged("the matte of its rig has levels beyond its range"));
    }
    let values = levels.into_iter().map(|level| level as f32 / most as f32).collect();
    Ok(Plane { values, ..Plane::of_size(size) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::interpolation::smoothstep;

    fn blob(size: Size, soft: f32) -> Plane {
        Plane::from_fn(size.width as usize, size.height as usize, |x, y| {
            let (x, y) = (x as f32 - 60.0, y as f32 - 70.0);
            let wave = 4.0 * (y.atan2(x) * 9.0).sin();
            smoothstep(45.0 + soft + wave, 45.0 - soft + wave, (x * x + y * y).sqrt())
        })
    }

    #[test]
    fn mattes_come_back_in_their_levels() {
        for (size, soft, levels) in [
            (Size { width: 120, height: 150 }, 3.0, OPAQUE_LEVELS),
            (Size { width: 120, height: 150 }, 9.0, ALPHA_LEVELS),
            (Size { width: 1, height: 150 }, 3.0, 256),
            (Size { width: 2, height: 1 }, 3.0, 2),
        ] {
            let matte = blob(size, soft);
            let bytes = write(&matte, levels);
            let back = read(&bytes, size).unwrap();
            let step = 0.5 / (levels - 1) as f32;
            let mut pairs = matte.values.iter().zip(&back.values);
            assert!(pairs.all(|(a, b)| (a - b).abs() <= step + 1e-6), "{size:?}");
            assert_eq!(write(&back, levels), bytes);
        }
    }

    #[test]
    fn levels_beyond_the_range_are_refused() {
        let size = Size { width: 120, height: 150 };
        let mut bytes = write(&blob(size, 3.0), 32);
        for most in [9, 0] {
            bytes[0] = most;
            assert_eq!(read(&bytes, size).unwrap_err().kind(), ErrorKind::InvalidFormat);
        }
    }
}
