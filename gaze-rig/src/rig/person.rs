//! Drawing the person of one pose over what lies behind.
//!
//! A row at a time and in passes of one kind each, which compilers turn into vector instructions: where each pixel comes
//! from, which texels that are, and the texels themselves.

use std::ops::Range;

use super::surface::Surface;
use super::texture::Place;
use super::{Sample, Shift, WarpMap};
use crate::frame::{Frame, Rect};

/// What a row needs, kept from row to row.
struct Row {
    /// Places in the picture of the row's pixels.
    x: Vec<f32>,
    /// How far the head's turn is undone.
    turned: Vec<Shift>,
    /// Where the pixels come from.
    source: Vec<[f32; 2]>,
    places: Vec<Place>,
}

/// Draws the moving part of a pose into `frame`, which shows the rest pose. `head` and `features` are backward fields.
pub(super) fn draw_person(
    surface: &Surface,
    head: &WarpMap,
    features: &WarpMap,
    frame: &mut Frame,
) {
    let Rect { x: left, y: top, width, height } = surface.moving;
    let width = width as usize;
    let mut row = Row {
        x: (0..width as u32).map(|i| surface.scale.to_picture(0, left + i)).collect(),
        turned: vec![[0.0; 2]; width],
        source: vec![[0.0; 2]; width],
        places: vec![Place::default(); width],
    };
    let reach = features.reach();
    let stride = surface.size.width as usize;
    for line in 0..height {
        let y = surface.scale.to_picture(1, top + line);
        head.fill_row(row.x[0], surface.scale.step(0), y, &mut row.turned);
        let from = (top + line) as usize * stride + left as usize;
        let pixels = &mut frame.pixels_mut().as_chunks_mut::<4>().0[from..][..width];
        let behind = surface
            .background
            .as_ref()
            .map(|background| &background.pixels().as_chunks::<4>().0[from..][..width]);
        for span in surface.reach.spans(line as usize, width) {
            row.find_sources(span.clone(), y);
            row.undo_features(span.clone(), features, reach);
            surface.person.locate(&row.source[span.clone()], &mut row.places[span.clone()]);
            for i in span {
                // What rests stays as it is, to the bit.
                if row.turned[i] == [0.0; 2] && row.source[i] == [row.x[i], y] {
                    continue;
                }
                let color = surface.person.sample(row.places[i]);
                pixels[i] = match behind {
                    Some(behind) => over(color, &behind[i]),
                    None => straight_alpha(color),
                };
            }
        }
    }
}

impl Row {
    fn find_sources(&mut self, span: Range<usize>, y: f32) {
        let turned = &self.turned[span.clone()];
        for ((source, [right, down]), x) in
            self.source[span.clone()].iter_mut().zip(turned).zip(&self.x[span])
        {
            *source = [x + right, y + down];
        }
    }

    /// Undoes the motion of brows and lids. `reach` is the rectangle that they keep within: left, top, right, bottom.
    fn undo_features(&mut self, span: Range<usize>, features: &WarpMap, reach: [f32; 4]) {
        let [left, top, right, bottom] = reach;
        for source in &mut self.source[span] {
            let [x, y] = *source;
            if x >= left && x < right && y >= top && y < bottom {
                let [across, down] = features.at(x, y);
                *source = [x + across, y + down];
            }
        }
    }
}

/// The person over the background: both terms are in grey levels.
#[inline]
fn over(person: Sample, behind: &[u8; 4]) -> [u8; 4] {
    if person.is_opaque() {
        let [r, g, b, _] = person.to_bytes();
        return [r, g, b, 255];
    }
    let [r, g, b, coverage] = person.to_floats();
    let mix = |color: f32, behind: u8| to_byte(color + f32::from(behind) * (1.0 - coverage));
    [mix(r, behind[0]), mix(g, behind[1]), mix(b, behind[2]), 255]
}

/// Premultiplied colour and coverage as straight RGBA.
#[inline]
fn straight_alpha(person: Sample) -> [u8; 4] {
    if person.is_opaque() {
        let [r, g, b, _] = person.to_bytes();
        return [r, g, b, 255];
    }
    let [r, g, b, coverage] = person.to_floats();
    if coverage < 1.0 / 510.0 {
        return [0; 4];
    }
    let scale = 1.0 / coverage;
    [to_byte(r * scale), to_byte(g * scale), to_byte(b * scale), to_byte(coverage * 255.0)]
}

#[inline]
fn to_byte(value: f32) -> u8 {
    // Float to integer casts saturate, so overshoot clips.
    (value + 0.5) as u8
}
