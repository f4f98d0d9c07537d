//! The portrait taken apart: the person, and the background behind it.

use super::background::fill_unknown;
use super::distance::distance_to;
use super::foreground::{color_radii, foreground};
use super::head::Head;
use super::plane::Plane;
use gaze_rig::Frame;
use gaze_rig::interpolation::smoothstep;

/// Room around the person whose background is not trusted: stray hair and blur, in IOD.
const FRINGE: f32 = 0.07;

/// The person over a filled background.
pub struct Layers {
    /// Colour (0 to 255) times coverage, and coverage (0 to 1), of every pixel. For opaque frames the colour is the portrait
    /// minus what shows of the background, so that both together are the portrait exactly.
    pub person: Vec<[f32; 4]>,
    /// The portrait with the person filled over.
    pub background: Frame,
    /// What the rest pose looks like.
    pub rest: Frame,
}

/// Layers for frames with the background kept. `rgb` are the portrait's [`channels`](super::channels), `matte` the
/// coverage of the person from 0 to 1.
pub fn opaque_layers(portrait: &Frame, rgb: &[Plane; 3], matte: &Plane, head: &Head) -> Layers {
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

/// Layers for frames without a background: the person in its own colours, premultiplied. Arguments as in
/// [`opaque_layers`].
pub fn transparent_layers(
    portrait: &Frame,
    rgb: &[Plane; 3],
    matte: &Plane,
    head: &Head,
) -> Layers {
    let size = portrait.size();
    let colors = foreground(rgb, matte, color_radii(head.iod));
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
