//! The portrait taken apart: the person, and the background behind it.

use wide::f32x4;

use super::background::Level;
use super::distance::distance_within;
use super::filling::{Filling, TRUSTED_FRINGE};
use super::plane::Plane;
use crate::frame::Frame;
use crate::interpolation::smoothstep;

/// Levels that coverage has where the background is kept: motion shows no more, and a stored matte is small.
pub const MATTE_LEVELS: u32 = 32;

/// Coverage from which a pixel counts as touched by the person, so that what lies behind must be made up.
const TOUCHED: f32 = 0.1;

/// The person over a filled background.
pub struct Layers {
    /// Colour (0 to 255) times coverage, and coverage (0 to 1), of every pixel. For opaque frames the colour is the portrait
    /// minus what shows of the background, so that both together are the portrait exactly.
    pub person: Vec<[f32; 4]>,
    /// The portrait with the person filled over; none where frames are transparent.
    pub background: Option<Frame>,
}

impl Layers {
    /// Layers for frames with the background kept. `matte` is the coverage of the person from 0 to 1, rounded to
    /// [`MATTE_LEVELS`] first: a stored matte must give the same layers. `fringe` is the room around the person whose
    /// background is not trusted, in pixels; `filling` says where it is all the same, and what it is filled with, and how
    /// many pixels of `picture` there are for each that it counts in.
    pub fn over_background(
        picture: &Frame,
        matte: &Plane,
        fringe: f32,
        filling: Option<(&Filling, [f32; 2])>,
    ) -> Self {
        let matte = round_matte(matte, MATTE_LEVELS);
        let own_from = 2.0 * fringe;
        let distance =
            distance_within(matte.width, matte.height, own_from, |i| matte.values[i] > TOUCHED);
        let pixels = picture.pixels().as_chunks::<4>().0;
        // Where all must be filled there is nothing to fill it from: it stays.
        let is_any_known = distance.values.iter().any(|distance| *distance > fringe);
        // Nearer than this nothing is trusted anywhere.
        let near = TRUSTED_FRINGE * fringe;
        let fringe_at = |i: usize| match filling {
            Some((filling, scale)) => {
                fringe * filling.distrust([i % matte.width, i / matte.width], scale)
            }
            None => fringe,
        };
        let places = pixels.iter().zip(&distance.values).enumerate();
        let known = places.map(|(i, ([r, g, b, _], distance))| {
            if is_any_known
                && *distance <= fringe
                && (*distance < near || *distance <= fringe_at(i))
            {
                return [0.0; 4];
            }
            [f32::from(*r), f32::from(*g), f32::from(*b), 1.0]
        });
        let mut filled =
            Level { width: matte.width, height: matte.height, pixels: known.collect() };
        // What is smooth is filled, the texture put over it.
        let weave = |share: f32, least_known: f32, level: &mut Level| {
            if let Some((filling, scale)) = filling {
                let picture = (pixels, matte.width);
                filling.weave(share, least_known, scale, picture, &mut level.pixels);
            }
        };
        weave(-1.0, 1.0, &mut filled);
        filled.fill();
        weave(1.0, 0.0, &mut filled);
        // What was filled becomes the person: a picture of numbers less to hold.
        let mut person = filled.pixels;
        let mut background = picture.clone();
        let backgrounds = background.pixels_mut().as_chunks_mut::<4>().0.iter_mut();
        let places = matte.values.iter().zip(&distance.values).enumerate();
        for ((pixel, texel), (i, (&coverage, &distance))) in
            backgrounds.zip(&mut person).zip(places)
        {
            // 0 where the background must be filled, 1 where it is the portrait's own.
            let own = if distance > own_from {
                1.0
            } else if distance < near {
                0.0
            } else {
                let fringe = fringe_at(i);
                smoothstep(fringe, 2.0 * fringe, distance)
            };
            let [r, g, b, _] = *pixel;
            if own >= 1.0 && coverage == 0.0 {
                (*pixel, *texel) = ([r, g, b, 255], [0.0; 4]);
                continue;
            }
            let color = f32x4::from([r, g, b, 255].map(f32::from));
            let filled = f32x4::from(*texel);
            let behind = filled + (color - filled) * f32x4::splat(own) + f32x4::HALF;
            let behind = behind.max(f32x4::ZERO).min(f32x4::splat(255.0)).fast_trunc_int();
            let shown = behind.round_float() * f32x4::splat(1.0 - coverage);
            let [red, green, blue, _] = (color - shown).to_array();
            *texel = [red, green, blue, coverage];
            let [r, g, b, _] = behind.to_array().map(|v| v as u8);
            *pixel = [r, g, b, 255];
        }
        Self { person, background: Some(background) }
    }

    /// Layers for frames without a background: `picture` is the person in its own colours, its alpha their coverage.
    pub fn without_background(picture: &Frame) -> Self {
        let pixels = picture.pixels().as_chunks::<4>().0.iter();
        let person = pixels.map(|&[r, g, b, a]| {
            let coverage = f32::from(a) / 255.0;
            let [r, g, b] = [r, g, b].map(|v| f32::from(v) * coverage);
            [r, g, b, coverage]
        });
        Self { person: person.collect(), background: None }
    }
}

/// Coverage in so many even levels from 0 to 1; at least 2.
pub fn round_matte(matte: &Plane, levels: u32) -> Plane {
    let most = (levels.max(2) - 1) as f32;
    // Not negative, so that cutting off rounds.
    matte.map(|value| (value.clamp(0.0, 1.0) * most + 0.5) as i32 as f32 / most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Size;

    #[test]
    fn both_layers_together_are_the_picture() {
        let size = Size { width: 40, height: 30 };
        let pixels = (0..size.area()).flat_map(|i| [(i * 7 % 251) as u8, (i % 40) as u8, 90, 255]);
        let picture = Frame::from_pixels(size, pixels.collect()).expect("four bytes a pixel");
        let matte = Plane::from_fn(40, 30, |x, y| {
            smoothstep(12.0, 6.0, ((x as f32 - 20.0).powi(2) + (y as f32 - 15.0).powi(2)).sqrt())
        });
        let Layers { person, background } = Layers::over_background(&picture, &matte, 2.0, None);
        let background = background.expect("it is kept");
        for (i, [r, _, _, coverage]) in person.into_iter().enumerate() {
            let behind = f32::from(background.pixels()[4 * i]);
            assert!(
                (r + (1.0 - coverage) * behind - f32::from(picture.pixels()[4 * i])).abs() < 1e-3
            );
            assert!((coverage * 31.0 - (coverage * 31.0).round()).abs() < 1e-4);
        }
    }
}
