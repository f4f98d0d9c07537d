//! The person cut out of frames in which the head moves.
//!
//! Outside the pasted rectangle a frame is the portrait, cut out once. Inside it the person's outline moves with the
//! head, so the mask model looks at every frame; where the pasted crop fades into the portrait, so does its matte.

use std::sync::Arc;

use gaze_face::Portrait;
use gaze_face::faces::{Face, FaceModels, MaskGrid};
use gaze_face::matting::{
    Head, LocalColors, OwnPart, Plane, Silhouette, channels, color_radii, cut_out, face_share,
    person_matte,
};
use gaze_rig::{Frame, Rect, Result, Size};

use crate::math::paste::Paste;

/// Distance of the eyes in points of the grid that outlines are looked for on, about: finer ones cost more than they
/// show, as every pixel's own colour has the last word.
const GRID_IOD: f32 = 22.0;
/// What is looked at around the rectangle, in IOD: as far as colours are.
const MARGIN: f32 = 0.35;
/// Where the part of the face ends that is person in every pose, in IOD from the portrait's oval: within it.
const STEADY_FACE: [f32; 2] = [-0.3, -0.15];

/// Makes frames of one portrait transparent.
pub(crate) struct Cutout {
    models: Arc<FaceModels>,
    /// In pixels of the frame.
    face: Face,
    /// The portrait, cut out.
    still: Frame,
    window: Window,
    /// Between the eyes, in points of the grid.
    iod: f32,
    /// The model's mask of the portrait at the grid's points.
    still_mask: Vec<f32>,
    /// What of these can be this person and nobody else, 0 to 1.
    own: Vec<f32>,
    /// Which of these are face in every pose, 0 to 1.
    steady_face: Vec<f32>,
}

impl Cutout {
    /// For frames that `paste` makes of `portrait`; `face` and the `others`, who are not meant, in pixels of it.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where the mask model fails.
    pub(crate) fn new(
        models: Arc<FaceModels>,
        portrait: &Portrait,
        face: Face,
        others: &[Face],
        paste: &Paste,
    ) -> Result<Self> {
        let head = Head::of(&face);
        let mut mask = models.person_mask(portrait, &face)?;
        let rgb = channels(portrait.frame());
        let own = OwnPart::find(&face, others, &mask, &rgb);
        own.keep(&mut mask);
        let matte = person_matte(&head, &mask, &rgb);
        let still = cut_out(portrait.frame(), &rgb, &matte, &head);

        let step = (head.iod / GRID_IOD).round().max(1.0) as u32;
        let window =
            Window::around(paste.rect(), (MARGIN * head.iod) as u32, portrait.size(), step);
        let mask = Plane { values: mask.values, ..Plane::of_size(portrait.size()) };
        let points = window.points();
        Ok(Self {
            still_mask: points.iter().map(|&[x, y]| mask.at(x, y)).collect(),
            own: points.iter().map(|&p| own.at(p)).collect(),
            steady_face: points.iter().map(|&p| face_share(&head, p, STEADY_FACE)).collect(),
            iod: head.iod / step as f32,
            models,
            face,
            still,
            window,
        })
    }

    /// Makes a frame that was just pasted transparent.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where the mask model fails.
    pub(crate) fn cut(&self, paste: &Paste, frame: &mut Frame) -> Result<()> {
        if paste.mask().is_empty() {
            frame.pixels_mut().copy_from_slice(self.still.pixels());
            return Ok(());
        }
        let mut certain = Plane::of_size(self.window.grid_size());
        certain.values.copy_from_slice(&self.still_mask);
        let grid = self.window.mask_grid();
        self.models.repaint_person_mask(frame, &self.face, grid, &mut certain.values)?;
        let shares = self.own.iter().zip(&self.steady_face);
        for (value, (own, face)) in certain.values.iter_mut().zip(shares) {
            *value = (*value * own).max(*face);
        }
        let rgb = self.window.colors(frame);
        let silhouette = Silhouette::fit(&certain, &rgb, self.iod);
        let matte = silhouette.matte(&rgb);
        let colors = LocalColors::around(&rgb, &matte, color_radii(self.iod));

        let Rect { x: left, y: top, width, height } = paste.rect();
        let mut shares = paste.mask().iter();
        let stride = self.still.size().width as usize;
        let lines = frame.pixels_mut().as_chunks_mut::<4>().0.chunks_exact_mut(stride);
        let still_lines = self.still.pixels().as_chunks::<4>().0.chunks_exact(stride);
        for (y, (line, still)) in (0..).zip(lines.zip(still_lines)) {
            if !(top..top + height).contains(&y) {
                line.copy_from_slice(still);
                continue;
            }
            for (x, (pixel, still)) in (0..).zip(line.iter_mut().zip(still)) {
                let inside = (left..left + width).contains(&x);
                let share = if inside { shares.next().copied().unwrap_or(0) } else { 0 };
                if share == 0 {
                    *pixel = *still;
                    continue;
                }
                let [r, g, b, _] = pixel.map(f32::from);
                let plain = silhouette.plain_coverage(self.window.square_of([x, y]));
                let at = self.window.to_grid([x, y]);
                let coverage = plain.unwrap_or_else(|| silhouette.coverage(at, [r, g, b]));
                let (color, coverage) = match coverage {
                    0.0 | 1.0 => ([r, g, b], coverage),
                    part => colors.unmixed(at, [r, g, b], part),
                };
                *pixel = faded(*still, color, coverage, f32::from(share) / 255.0);
            }
        }
        Ok(())
    }
}

/// The still portrait's pixel turning into a moved one by `share`.
fn faded(still: [u8; 4], color: [f32; 3], coverage: f32, share: f32) -> [u8; 4] {
    let [r, g, b, alpha] = still.map(f32::from);
    let still_weight = alpha / 255.0 * (1.0 - share);
    let weight = coverage * share;
    let alpha = still_weight + weight;
    if alpha <= 1.0 / 510.0 {
        return [0; 4];
    }
    let mixed = |still: f32, moved: f32| (still * still_weight + moved * weight) / alpha;
    let [mr, mg, mb] = color;
    [mixed(r, mr), mixed(g, mg), mixed(b, mb), alpha * 255.0].map(|v| (v + 0.5) as u8)
}

/// A part of the frame, seen in squares of pixels.
struct Window {
    rect: Rect,
    /// Side of a square, in pixels.
    step: u32,
}

impl Window {
    fn around(rect: Rect, margin: u32, frame: Size, step: u32) -> Self {
        let range = |start: u32, length: u32, side: u32| {
            let end = (start + length + margin).min(side);
            let start = start.saturating_sub(margin);
            (start, end - start)
        };
        let (x, width) = range(rect.x, rect.width, frame.width);
        let (y, height) = range(rect.y, rect.height, frame.height);
        Self { rect: Rect { x, y, width, height }, step }
    }

    fn grid_size(&self) -> Size {
        let Rect { width, height, .. } = self.rect;
        Size { width: width.div_ceil(self.step), height: height.div_ceil(self.step) }
    }

    /// The middles of the squares.
    fn mask_grid(&self) -> MaskGrid {
        let middle = (self.step - 1) as f32 / 2.0;
        MaskGrid {
            origin: [self.rect.x as f32 + middle, self.rect.y as f32 + middle],
            step: self.step as f32,
            size: self.grid_size(),
        }
    }

    fn points(&self) -> Vec<[f32; 2]> {
        let MaskGrid { origin: [left, top], step, size } = self.mask_grid();
        (0..size.height)
            .flat_map(|y| (0..size.width).map(move |x| (x, y)))
            .map(|(x, y)| [left + step * x as f32, top + step * y as f32])
            .collect()
    }

    /// The square that a pixel of the frame lies in, row by row.
    fn square_of(&self, [x, y]: [u32; 2]) -> usize {
        let [column, row] = [(x - self.rect.x) / self.step, (y - self.rect.y) / self.step];
        (row * self.rect.width.div_ceil(self.step) + column) as usize
    }

    /// A pixel of the frame in squares.
    fn to_grid(&self, [x, y]: [u32; 2]) -> [f32; 2] {
        let MaskGrid { origin: [left, top], step, .. } = self.mask_grid();
        [(x as f32 - left) / step, (y as f32 - top) / step]
    }

    /// The mean colours of the squares, 0 to 255.
    fn colors(&self, frame: &Frame) -> [Plane; 3] {
        let size = self.grid_size();
        let step = self.step as usize;
        let Rect { x: left, y: top, width, height } = self.rect;
        let stride = frame.size().width as usize;
        let pixels = frame.pixels().as_chunks::<4>().0;
        let mut planes = [const { Vec::new() }; 3];
        let mut sums = vec![[0u32; 4]; size.width as usize];
        for rows in (0..height as usize).collect::<Vec<_>>().chunks(step) {
            sums.fill([0; 4]);
            for y in rows {
                let line = &pixels[(top as usize + y) * stride + left as usize..][..width as usize];
                for (sum, square) in sums.iter_mut().zip(line.chunks(step)) {
                    for [r, g, b, _] in square {
                        let more = [*r, *g, *b, 1].map(u32::from);
                        (0..4).for_each(|i| sum[i] += more[i]);
                    }
                }
            }
            for (c, plane) in planes.iter_mut().enumerate() {
                plane.extend(sums.iter().map(|sum| sum[c] as f32 / sum[3] as f32));
            }
        }
        planes.map(|values| Plane { values, ..Plane::of_size(size) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Size = Size { width: 40, height: 30 };

    #[test]
    fn every_pixel_of_the_rectangle_has_its_square() {
        let rect = Rect { x: 7, y: 2, width: 22, height: 28 };
        for step in [1, 2, 3, 5] {
            let window = Window::around(rect, 4, FRAME, step);
            assert_eq!(window.rect, Rect { x: 3, y: 0, width: 30, height: 30 });
            let points = window.points();
            assert_eq!(points.len(), window.grid_size().area());
            for (x, y) in (2..30).flat_map(|y| (7..29).map(move |x| (x, y))) {
                let square = window.square_of([x, y]);
                let [left, top] = points[square];
                let half = step as f32 / 2.0;
                assert!((x as f32 - left).abs() <= half && (y as f32 - top).abs() <= half);
                let width = window.grid_size().width as usize;
                let [column, row] = window.to_grid([x, y]);
                assert!((column - (square % width) as f32).abs() <= 0.5);
                assert!((row - (square / width) as f32).abs() <= 0.5);
            }
        }
    }

    #[test]
    fn squares_have_the_mean_of_their_pixels() {
        let mut frame = Frame::new(FRAME);
        for (i, pixel) in frame.pixels_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
            *pixel = [(i % 40) as u8, (i / 40) as u8, 200, 255];
        }
        let rect = Rect { x: 10, y: 10, width: 7, height: 6 };
        let window = Window::around(rect, 0, FRAME, 4);
        let [red, green, blue] = window.colors(&frame);
        // The last square of a row has three columns, the last row of squares two rows.
        assert_eq!(red.values, [11.5, 15.0, 11.5, 15.0]);
        assert_eq!(green.values, [11.5, 11.5, 14.5, 14.5]);
        assert_eq!(blue.values, [200.0; 4]);
    }

    #[test]
    fn pixels_fade_from_the_portrait_to_the_frame() {
        let still = [10, 20, 30, 128];
        let color = [200.0, 100.0, 50.0];
        assert_eq!(faded(still, color, 1.0, 1.0), [200, 100, 50, 255]);
        assert_eq!(faded(still, color, 0.0, 1.0), [0; 4]);
        // Halfway, what covers nothing has no say in the colour.
        assert_eq!(faded(still, color, 0.0, 0.5), [10, 20, 30, 64]);
        assert_eq!(faded([9, 9, 9, 0], color, 0.5, 0.5), [200, 100, 50, 64]);
        assert_eq!(faded([100, 100, 100, 255], [200.0; 3], 1.0, 0.5), [150, 150, 150, 255]);
    }
}
