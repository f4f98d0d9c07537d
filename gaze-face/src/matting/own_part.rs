//! One person of several: which part of a mask is theirs.
//!
//! Models mark everybody, and now and then things behind that look like somebody. Every square of the picture goes to the
//! face from which it is reached most cheaply: along a body, not across what is no person, and rather not across an
//! edge of colour, where one person hides the other. Of what is the person's own, specks that do not touch them go.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Head, Plane, distance_to};
use crate::faces::{Face, PersonMask};

/// Squares between the eyes of the person, and at most along the longer side of the picture.
const SQUARES_PER_IOD: f32 = 12.0;
const MOST_SQUARES: u32 = 200;
/// What a way of one IOD costs more where there is no person.
const OFF_PERSON: f32 = 8.0;
/// What an edge from black to white costs in whatever scale, and how weak ones are none.
const COLOR_EDGE: f32 = 8.0;
const WEAK_EDGE: f32 = 0.04;
/// How far down from the chin a body is expected and how far to both sides, in IOD, what the way there costs against
/// others, and the sum of the edges that end it.
const BODY: f32 = 4.0;
const BODY_BESIDE: f32 = 2.6;
const BODY_COST: f32 = 0.35;
const BODY_EDGE: f32 = 0.15;
/// A piece apart from the person is theirs, a body below a scarf for instance, where it is at least this large, in IOD
/// squared, and at most this far away, in IOD.
const LEAST_PIECE: f32 = 0.8;
const FARTHEST_PIECE: f32 = 0.5;

/// Which part of a picture can belong to one person.
#[derive(Debug)]
pub struct OwnPart {
    /// The share of every square, 0 to 1; none where everything that a mask shows is this person.
    shares: Option<Plane>,
    step: usize,
}

impl OwnPart {
    /// The part of the person with `face` in a mask of everybody, `others` among them. All in pixels of the same picture, whose
    /// [`channels`](super::channels) are `rgb`.
    pub fn find(face: &Face, others: &[Face], mask: &PersonMask, rgb: &[Plane; 3]) -> Self {
        let longest = mask.size.width.max(mask.size.height);
        let iod = Head::of(face).iod;
        let step = (iod / SQUARES_PER_IOD).round().max(longest.div_ceil(MOST_SQUARES) as f32);
        let step = step.max(1.0) as usize;
        let mut heads = vec![Head::of(face)];
        heads.extend(others.iter().map(Head::of));

        let values = Plane { values: mask.values.clone(), ..Plane::of_size(mask.size) };
        let squares = Squares { person: in_squares(&values, step, f32::max), step };
        let owners = match heads.len() {
            1 => vec![Some(0); squares.person.values.len()],
            _ => squares.owners(&heads, rgb),
        };
        Self { shares: squares.shares(&heads[0], &owners), step }
    }

    /// The share of the person, 0 to 1, in what a mask shows at a pixel.
    pub fn at(&self, [x, y]: [f32; 2]) -> f32 {
        let to_squares = |at: f32| (at + 0.5) / self.step as f32 - 0.5;
        self.shares.as_ref().map_or(1.0, |shares| shares.at(to_squares(x), to_squares(y)))
    }

    /// Takes everybody else out of a mask.
    pub fn keep(&self, mask: &mut PersonMask) {
        if self.shares.is_none() {
            return;
        }
        let width = mask.size.width as usize;
        for (y, row) in mask.values.chunks_exact_mut(width.max(1)).enumerate() {
            for (x, value) in row.iter_mut().enumerate() {
                if *value > 0.0 {
                    *value *= self.at([x as f32, y as f32]);
                }
            }
        }
    }
}

/// A mask in squares of pixels.
struct Squares {
    /// How much of a square is person at its most.
    person: Plane,
    /// Side of a square, in pixels.
    step: usize,
}

impl Squares {
    /// The middle of a square, in pixels.
    fn middle(&self, square: usize) -> [f32; 2] {
        let at = [square % self.person.width, square / self.person.width];
        at.map(|at| (at as f32 + 0.5) * self.step as f32 - 0.5)
    }

    /// The square that a pixel lies in.
    fn square_at(&self, [x, y]: [f32; 2]) -> Option<usize> {
        let place = |at: f32, squares: usize| {
            let place = ((at + 0.5) / self.step as f32).floor();
            (place >= 0.0 && place < squares as f32).then_some(place as usize)
        };
        let (column, row) = (place(x, self.person.width)?, place(y, self.person.height)?);
        Some(row * self.person.width + column)
    }

    fn is_person(&self, square: usize) -> bool {
        self.person.values[square] >= 0.5
    }

    /// The squares around one, and how far away they are in squares.
    fn around(&self, square: usize) -> impl Iterator<Item = (usize, f32)> {
        let (width, height) = (self.person.width as isize, self.person.height as isize);
        let (x, y) = (square as isize % width, square as isize / width);
        (-1..=1).flat_map(move |dy| (-1..=1).map(move |dx| (dx, dy))).filter_map(move |(dx, dy)| {
            let (x, y) = (x + dx, y + dy);
            let is_inside = (0..width).contains(&x) && (0..height).contains(&y);
            let distance = [0.0, 1.0, std::f32::consts::SQRT_2][(dx.abs() + dy.abs()) as usize];
            (is_inside && distance > 0.0).then_some(((y * width + x) as usize, distance))
        })
    }

    /// Which of the heads every square goes to: cheapest ways from all of them at once (Dijkstra 1959), in each head's own
    /// scale: who is far away is small, and so is their part.
    fn owners(&self, heads: &[Head], rgb: &[Plane; 3]) -> Vec<Option<usize>> {
        let area = (self.step * self.step) as f32;
        let colors = rgb.each_ref().map(|plane| {
            in_squares(plane, self.step, |sum, value| sum + value).map(|sum| sum / area / 255.0)
        });
        let lengths: Vec<f32> = heads.iter().map(|head| self.step as f32 / head.iod).collect();
        let mut owners = vec![None; self.person.values.len()];
        let mut ways = BinaryHeap::new();
        // Costs are not negative: their bits are in their order.
        let way = |cost: f32, owner: usize, square: usize| Reverse((cost.to_bits(), owner, square));
        for (owner, head) in heads.iter().enumerate() {
            let is_face = |square: &usize| head.is_on_face(head.to_head(self.middle(*square)));
            ways.extend((0..owners.len()).filter(is_face).map(|square| way(0.0, owner, square)));
            let body = self.body(head, heads, &colors);
            ways.extend(body.into_iter().map(|(square, cost)| way(cost, owner, square)));
        }
        while let Some(Reverse((cost, owner, square))) = ways.pop() {
            if owners[square].is_some() {
                continue;
            }
            owners[square] = Some(owner);
            for (next, distance) in self.around(square).filter(|(next, _)| owners[*next].is_none())
            {
                let off_person = 1.0 - self.person.values[next];
                let length = distance * lengths[owner] * (1.0 + OFF_PERSON * off_person);
                let edge = COLOR_EDGE * edge_between(&colors, square, next);
                ways.push(way(f32::from_bits(cost) + length + edge, owner, next));
            }
        }
        owners
    }

    /// Squares below a chin, and what it costs to get there: as far to both sides as no edge shows that somebody else
    /// begins, and no farther down than to somebody else's face.
    fn body(&self, head: &Head, heads: &[Head], colors: &[Plane; 3]) -> Vec<(usize, f32)> {
        let length = self.step as f32 / head.iod;
        let steps = |end: f32| (0..(end / length) as usize).map(|i| i as f32 * length);
        let square = |across: f32, below: f32| {
            let p = head.to_picture([across, head.lowest() + below]);
            let is_face =
                |other: &Head| !std::ptr::eq(other, head) && other.is_on_face(other.to_head(p));
            let square = self.square_at(p)?;
            (self.is_person(square) && !heads.iter().any(is_face)).then_some(square)
        };
        let mut squares = Vec::new();
        for below in steps(BODY) {
            let Some(middle) = square(0.0, below) else { break };
            squares.push((middle, below * BODY_COST));
            for side in [-1.0, 1.0] {
                let (mut before, mut edges) = (middle, 0.0);
                // A neck widens to shoulders.
                for beside in steps(BODY_BESIDE.min(0.3 + 2.0 * below)).skip(1) {
                    let Some(next) = square(side * beside, below) else { break };
                    edges += edge_between(colors, before, next);
                    if edges > BODY_EDGE {
                        break;
                    }
                    squares.push((next, (below + beside) * BODY_COST));
                    before = next;
                }
            }
        }
        squares
    }

    /// The share of the first head in every square; none where all that is person is theirs.
    fn shares(&self, head: &Head, owners: &[Option<usize>]) -> Option<Plane> {
        let (width, height) = (self.person.width, self.person.height);
        let is_own = |square: usize| self.is_person(square) && owners[square] == Some(0);
        let mut pieces = vec![0; width * height];
        let is_face = |square: usize| head.is_on_face(head.to_head(self.middle(square)));
        let face: Vec<usize> = (0..width * height).filter(|square| is_face(*square)).collect();
        // Piece 1 is the person.
        self.flood(face, 1, &mut pieces, is_own);
        let to_person = distance_to(width, height, |square| pieces[square] == 1);
        let in_squares = head.iod / self.step as f32;
        let mut kept = vec![false, true];
        for square in 0..width * height {
            if pieces[square] != 0 || !is_own(square) {
                continue;
            }
            let piece = self.flood(vec![square], kept.len(), &mut pieces, is_own);
            let nearest = piece.iter().map(|i| to_person.values[*i]).fold(f32::MAX, f32::min);
            let is_large = piece.len() as f32 >= LEAST_PIECE * in_squares * in_squares;
            kept.push(is_large && nearest <= FARTHEST_PIECE * in_squares);
        }
        let is_kept = |square: usize| kept[pieces[square]];
        let is_foreign = |square: usize| self.is_person(square) && !is_kept(square);
        if !(0..width * height).any(is_foreign) {
            return None;
        }
        // What is no person now may become it when the head moves: it goes with what is nearest.
        let to_own = distance_to(width, height, is_kept);
        let to_foreign = distance_to(width, height, is_foreign);
        Some(to_own.zip(&to_foreign, |own, foreign| if own <= foreign { 1.0 } else { 0.0 }))
    }

    /// Marks what hangs together with `squares` as one piece, and tells what that is.
    fn flood(
        &self,
        mut squares: Vec<usize>,
        piece: usize,
        pieces: &mut [usize],
        is_own: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        squares.iter().for_each(|square| pieces[*square] = piece);
        let mut done = 0;
        while let Some(&square) = squares.get(done) {
            done += 1;
            for (next, distance) in self.around(square) {
                if distance == 1.0 && pieces[next] == 0 && is_own(next) {
                    pieces[next] = piece;
                    squares.push(next);
                }
            }
        }
        squares
    }
}

/// How much of an edge is between two squares, 0 to 1.
fn edge_between(colors: &[Plane; 3], a: usize, b: usize) -> f32 {
    let difference = |plane: &Plane| (plane.values[a] - plane.values[b]).abs() / 3.0;
    (colors.iter().map(difference).sum::<f32>() - WEAK_EDGE).max(0.0)
}

/// Squares of a plane, their values taken together; what squares lack at the far borders counts as 0.
fn in_squares(plane: &Plane, step: usize, together: impl Fn(f32, f32) -> f32) -> Plane {
    let mut squares = Plane::new(plane.width.div_ceil(step), plane.height.div_ceil(step));
    let width = squares.width;
    for (y, row) in plane.values.chunks_exact(plane.width).enumerate() {
        let line = &mut squares.values[y / step * width..][..width];
        for (square, values) in line.iter_mut().zip(row.chunks(step)) {
            *square = values.iter().fold(*square, |all, value| together(all, *value));
        }
    }
    squares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;
    use gaze_rig::Size;

    const SIZE: Size = Size { width: 200, height: 160 };

    fn mask(is_person: impl Fn(f32, f32) -> bool) -> PersonMask {
        let value = |x: usize, y: usize| f32::from(is_person(x as f32, y as f32));
        let values = Plane::from_fn(SIZE.width as usize, SIZE.height as usize, value).values;
        PersonMask { size: SIZE, values }
    }

    fn grey(value: impl Fn(f32, f32) -> f32) -> [Plane; 3] {
        let plane = Plane::from_fn(SIZE.width as usize, SIZE.height as usize, |x, y| {
            value(x as f32, y as f32)
        });
        [plane.clone(), plane.clone(), plane]
    }

    /// A head with shoulders below it.
    fn body(middle: f32) -> impl Fn(f32, f32) -> bool {
        move |x, y| {
            let across = (x - middle).abs();
            (across < 24.0 && y > 20.0) || (across < 45.0 && y > 100.0)
        }
    }

    fn kept(face: &Face, others: &[Face], mask: &PersonMask, rgb: &[Plane; 3]) -> PersonMask {
        let mut own = mask.clone();
        OwnPart::find(face, others, mask, rgb).keep(&mut own);
        own
    }

    #[test]
    fn who_is_alone_keeps_all_but_specks() {
        let face = face_at(60.0, 60.0, 22.0);
        let alone = mask(body(60.0));
        let rgb = grey(|x, y| (x * 7.0 + y * 13.0) % 256.0);
        assert_eq!(kept(&face, &[], &alone, &rgb), alone);

        let scarf = |_: f32, y: f32| (88.0..92.0).contains(&y);
        let parted = mask(|x, y| body(60.0)(x, y) && !scarf(x, y));
        assert_eq!(kept(&face, &[], &parted, &rgb), parted, "a body below a scarf");
        let speck = |x: f32, y: f32| (x - 95.0).hypot(y - 30.0) < 4.0;
        let stranger = |x: f32, _: f32| x > 150.0;
        let more = mask(|x, y| body(60.0)(x, y) || speck(x, y) || stranger(x, y));
        assert_eq!(kept(&face, &[], &more, &rgb), alone);
    }

    #[test]
    fn everybody_gets_their_own() {
        let faces = [face_at(60.0, 60.0, 22.0), face_at(130.0, 60.0, 22.0)];
        let both = mask(|x, y| body(60.0)(x, y) || body(130.0)(x, y));
        // The left one stands before the right one, up to 103.
        let rgb = grey(|x, y| if body(60.0)(x, y) && x < 103.0 { 40.0 } else { 160.0 });
        let parts = [0, 1].map(|i| kept(&faces[i], &faces[1 - i..][..1], &both, &rgb));
        let mut split = 0;
        for i in 0..SIZE.area() {
            let [left, right] = [&parts[0], &parts[1]].map(|part| part.values[i]);
            assert!((left + right - both.values[i]).abs() < 1e-5, "nobody or twice: {i}");
            let x = (i % SIZE.width as usize) as f32;
            if both.values[i] > 0.0 && (x - 103.0).abs() > 4.0 {
                assert_eq!((left, right), if x < 103.0 { (1.0, 0.0) } else { (0.0, 1.0) }, "{i}");
                split += usize::from(left > 0.0);
            }
        }
        assert!(split > 5000, "{split}");
    }

    #[test]
    fn shares_are_of_pixels_of_the_picture() {
        let face = face_at(60.0, 60.0, 44.0);
        let two = mask(|x, _| x < 120.0 || x > 180.0);
        let own = OwnPart::find(&face, &[], &two, &grey(|_, _| 90.0));
        assert_eq!([[20.0, 20.0], [119.0, 150.0]].map(|p| own.at(p)), [1.0; 2]);
        assert_eq!([[185.0, 20.0], [199.0, 159.0]].map(|p| own.at(p)), [0.0; 2]);
        // What nobody has yet goes with what is nearest.
        assert_eq!([[140.0, 80.0], [160.0, 80.0]].map(|p| own.at(p)), [1.0, 0.0]);
    }
}
