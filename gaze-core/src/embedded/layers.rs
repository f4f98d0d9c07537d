//! The portrait taken apart: the person, and the background behind it.

use super::background::fill_unknown;
use super::head::Head;
use super::matte::{foreground, guided};
use super::plane::{Plane, distance_to};
use crate::Frame;
use crate::faces::PersonMask;
use crate::smooth::smoothstep;

/// Radius of the guided filter, in IOD.
const MATTE_RADIUS: f32 = 0.10;
/// Growth of the face oval that is person for certain, in IOD.
const FACE_MARGIN: f32 = 0.08;
/// Distances from the model's edge between which the filter loses its say, in IOD.
const EDGE: [f32; 2] = [0.10, 0.22];
/// Room around the person whose background is not trusted: stray hair and blur, in IOD.
const FRINGE: f32 = 0.07;

/// The person over a filled background.
pub(super) struct Layers {
    /// Colour times coverage and coverage, a pixel each. For opaque frames the colour is the portrait
    /// minus what shows of the background, so that both together are the portrait exactly.
    pub(super) person: Vec<[f32; 4]>,
    /// The portrait with the person filled over.
    pub(super) background: Frame,
    /// What the rest pose looks like.
    pub(super) rest: Frame,
}

/// The portrait's channels, 0 to 255.
pub(super) fn channels(portrait: &Frame) -> [Plane; 3] {
    let size = portrait.size();
    std::array::from_fn(|c| {
        let values = portrait.pixels().as_chunks::<4>().0.iter().map(|p| f32::from(p[c]));
        Plane { values: values.collect(), ..Plane::of_size(size) }
    })
}

/// Coverage of the person, 0 to 1, its edge on the picture's edges.
pub(super) fn person_matte(head: &Head, mask: &PersonMask, rgb: &[Plane; 3]) -> Plane {
    let size = mask.size;
    let mut certain = Plane { values: mask.values.clone(), ..Plane::of_size(size) };
    for y in 0..certain.height {
        for x in 0..certain.width {
            let near = head.nearest_on_oval(head.to_head([x as f32, y as f32]));
            let face = 1.0 - smoothstep(0.0, FACE_MARGIN, near.signed);
            let value = &mut certain.values[y * size.width as usize + x];
            *value = value.max(face);
        }
    }
    let radius = (MATTE_RADIUS * head.iod).round().max(2.0) as usize;
    let mut matte = guided(&certain, rgb, radius).map(|a| smoothstep(0.08, 0.92, a));
    // The filter may only move the edge: well inside is person and well outside is not, whatever
    // colours are there.
    let (width, height) = (certain.width, certain.height);
    let to_outside = distance_to(width, height, |i| certain.values[i] < 0.5);
    let to_inside = distance_to(width, height, |i| certain.values[i] >= 0.5);
    for i in 0..matte.values.len() {
        let inside = smoothstep(EDGE[0], EDGE[1], to_outside.values[i] / head.iod);
        let outside = smoothstep(EDGE[0], EDGE[1], to_inside.values[i] / head.iod);
        matte.values[i] = matte.values[i].max(inside).min(1.0 - outside);
    }
    matte
}

/// Layers for frames with the background kept.
pub(super) fn opaque_layers(
    portrait: &Frame,
    rgb: &[Plane; 3],
    matte: &Plane,
    head: &Head,
) -> Layers {
    let size = portrait.size();
    let (width, height) = (matte.width, matte.height);
    let fringe = (FRINGE * head.iod).max(2.0);
    let distance = distance_to(width, height, |i| matte.values[i] > 0.1);
    // 0 where the background must be filled, 1 where it is the portrait's own.
    let own = distance.map(|d| smoothstep(fringe, 2.0 * fringe, d));
    let known = distance.map(|d| if d > fringe { 1.0 } else { 0.0 });
    let filled = fill_unknown(rgb, &known);
    let mut background = Frame::new(size);
    let mut person = Vec::with_capacity(size.area());
    for (i, pixel) in background.pixels_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let coverage = matte.values[i];
        let mut texel = [0.0, 0.0, 0.0, coverage];
        for c in 0..3 {
            let color = rgb[c].values[i];
            let behind = filled[c].values[i] + (color - filled[c].values[i]) * own.values[i];
            pixel[c] = (behind + 0.5) as u8;
            texel[c] = color - (1.0 - coverage) * f32::from(pixel[c]);
        }
        pixel[3] = 255;
        person.push(texel);
    }
    let mut rest = portrait.clone();
    rest.pixels_mut().as_chunks_mut::<4>().0.iter_mut().for_each(|p| p[3] = 255);
    Layers { person, background, rest }
}

/// Layers for frames without a background: the person in its own colours, premultiplied.
pub(super) fn transparent_layers(
    portrait: &Frame,
    rgb: &[Plane; 3],
    matte: &Plane,
    head: &Head,
) -> Layers {
    let size = portrait.size();
    let wide = (0.35 * head.iod).max(6.0) as usize;
    let colors = foreground(rgb, matte, [wide, (wide / 6).max(2)]);
    let mut rest = Frame::new(size);
    let mut person = Vec::with_capacity(size.area());
    for (i, pixel) in rest.pixels_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let own = f32::from(portrait.pixels()[4 * i + 3]) / 255.0;
        let coverage = matte.values[i] * own;
        let [r, g, b] = colors.each_ref().map(|plane| plane.values[i]);
        if coverage > 1.0 / 510.0 {
            *pixel = [r, g, b, coverage * 255.0].map(|v| (v + 0.5) as u8);
        }
        person.push([r * coverage, g * coverage, b * coverage, coverage]);
    }
    Layers { person, background: Frame::new(size), rest }
}
