//! The person without what lies behind.

use super::foreground::{LocalColors, color_radii};
use super::{Head, Plane};
use gaze_rig::Frame;

/// The person in its own colours, its alpha their coverage; what is behind has none. `rgb` are the portrait's
/// [`channels`](super::channels), `matte` the coverage of the person from 0 to 1.
pub fn cut_out(portrait: &Frame, rgb: &[Plane; 3], matte: &Plane, head: &Head) -> Frame {
    let colors = LocalColors::around(rgb, matte, color_radii(head.iod));
    let mut cut = Frame::new(portrait.size());
    for (i, pixel) in cut.pixels_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let own = f32::from(portrait.pixels()[4 * i + 3]) / 255.0;
        if matte.values[i] * own <= 1.0 / 510.0 {
            continue;
        }
        let color = rgb.each_ref().map(|plane| plane.values[i]);
        let ([r, g, b], coverage) = colors.unmixed_pixel(i, color, matte.values[i]);
        let coverage = coverage * own;
        if coverage > 1.0 / 510.0 {
            *pixel = [r, g, b, coverage * 255.0].map(|v| (v + 0.5) as u8);
        }
    }
    cut
}
