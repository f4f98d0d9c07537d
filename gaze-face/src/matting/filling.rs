//! What to fill the background behind a person with: texture of places beside it that go on from what is seen.
//!
//! All that is searched is searched on cells, of which a head has as many in every picture; what is found is made
//! exact to the pixel in the end.

use super::{Plane, distance_to};
use gaze_rig::interpolation::smoothstep;
use gaze_rig::layers::{FillNode, Filling};

/// Cells from eye to eye at most, and from node to node.
const CELLS_PER_IOD: f32 = 45.0;
const CELLS_PER_NODE: usize = 4;
/// Pixels a side of a cell at least.
const LEAST_CELL: f32 = 2.0;
/// Room around the head that is looked at, in IOD.
const ROOM: f32 = 2.8;
/// Coverage from which a pixel counts as touched by the person.
const TOUCHED: f32 = 0.1;
/// Farthest motion that counts, and the least that does, in IOD.
const MOST_SHIFT: f32 = 0.3;
const LEAST_SHIFT: f32 = 0.004;
/// Where the background beside the person is compared with that further away, in fringes, and how far away it is looked
/// for, in cells.
const CLOSE: [f32; 2] = [0.25, 2.0];
const NEIGHBOURHOOD: i32 = 9;
/// Grey levels by which its colours may differ, and the shares of it that must not for it to be trusted.
const ALIKE: f32 = 14.0;
const TRUSTED: [f32; 2] = [0.7, 0.92];
/// Differences of cells from those beside them from which a background is busy, and plainly so, in grey levels.
const BUSY: [f32; 2] = [4.0, 9.0];
/// Distances that texture is taken from, in cells, and directions.
const DISTANCES: [f32; 6] = [7.0, 9.0, 12.0, 16.0, 22.0, 30.0];
const DIRECTIONS: usize = 16;
/// What a distance of one cell costs in squares of grey levels, and what of the costs is left where the texture goes on
/// as beside.
const DISTANCE_COST: f32 = 1.5;
const GOES_ON: f32 = 0.7;
/// How much of a difference that is the same all over counts: the colour is mended, the texture is not.
const EVEN_SHARE: f32 = 0.35;
/// Cells of a place that must be known for it to be searched for.
const LEAST_KNOWN: usize = 6;

/// A portrait in cells, around a head.
struct Cells {
    /// Pixels a side of a cell, and the first cell of the picture.
    side: usize,
    first: [usize; 2],
    cols: usize,
    rows: usize,
    colors: Vec<[f32; 3]>,
    /// How far outside of the person a cell lies, in pixels; negative inside.
    outside: Vec<f32>,
}

/// Where the background behind a person takes its texture from: none where it is not uncovered.
///
/// `rgb` from 0 to 255; `matte` is the coverage of the person, 0 to 1, `fringe` the room around them whose background is
/// not trusted, in pixels. `head` lies at `origin` with eyes `iod` pixels apart, and `shift` says how far poses move a
/// pixel of it.
pub fn find_filling(
    rgb: &[Plane; 3],
    matte: &Plane,
    fringe: f32,
    (origin, iod): ([f32; 2], f32),
    shift: impl Fn([f32; 2]) -> f32,
) -> Option<Filling> {
    let cells = Cells::around(rgb, matte, origin, iod)?;
    let spacing = cells.side * CELLS_PER_NODE;
    let sides = [matte.width, matte.height];
    let [cols, rows] = Filling::sides(spacing as u32, sides);
    let mut nodes = vec![FillNode::default(); cols * rows];
    let mut search = Search::new(&cells, rgb, fringe);
    let mut places = Vec::new();
    for (i, node) in nodes.iter_mut().enumerate() {
        let at = [i % cols, i / cols];
        let Some(cell) = cells.cell_of(at.map(|at| at * CELLS_PER_NODE)) else { continue };
        let moved = shift(at.map(|at| (at * spacing) as f32 - 0.5)).min(MOST_SHIFT * iod);
        if moved < LEAST_SHIFT * iod {
            continue;
        }
        let outside = cells.outside[cell];
        if outside < 2.0 * fringe + spacing as f32 && outside > -2.0 * spacing as f32 {
            node.trust = search.trust(cell);
        }
        if outside < 2.0 * fringe + spacing as f32 && outside > -moved - spacing as f32 {
            places.push((i, cell));
        }
    }
    search.find_own(cols, &nodes);
    // From what is known inwards.
    places.sort_by(|a, b| cells.outside[b.1].total_cmp(&cells.outside[a.1]));
    for (node, cell) in places {
        if !search.lacks_anything(cell) {
            continue;
        }
        let around: Vec<[i16; 2]> = [0, 1, 2]
            .into_iter()
            .flat_map(|down| {
                [0, 1, 2].map(|right| (node + down * cols + right).checked_sub(cols + 1))
            })
            .filter_map(|beside| Some(nodes.get(beside?)?.from))
            .filter(|from| *from != [0; 2])
            .collect();
        if let Some(from) = search.best(cell, &around) {
            nodes[node].from = from;
            search.paint(cell, from);
        }
    }
    let is_any = nodes.iter().any(|node| *node != FillNode::default());
    is_any.then_some(Filling { spacing: spacing as u32, cols, nodes })
}

impl Cells {
    /// None where the picture is smaller than a cell.
    fn around(rgb: &[Plane; 3], matte: &Plane, origin: [f32; 2], iod: f32) -> Option<Self> {
        let side = (iod / CELLS_PER_IOD).ceil().max(LEAST_CELL) as usize;
        let span = |at: f32, length: usize| {
            let cell = |at: f32| (at.max(0.0) as usize / side).min(length / side);
            let first = cell(at - ROOM * iod) / CELLS_PER_NODE * CELLS_PER_NODE;
            (first, cell(at + ROOM * iod).saturating_sub(first))
        };
        let (left, cols) = span(origin[0], matte.width);
        let (top, rows) = span(origin[1], matte.height);
        if cols == 0 || rows == 0 {
            return None;
        }
        let share = 1.0 / (side * side) as f32;
        let mut colors = vec![[0.0; 3]; cols * rows];
        let mut touched = vec![false; cols * rows];
        let from = left * side;
        for y in top * side..(top + rows) * side {
            let line = y * matte.width + from;
            let row = (y / side - top) * cols..(y / side - top + 1) * cols;
            for (c, plane) in rgb.iter().enumerate() {
                let cells = plane.values[line..line + cols * side].chunks_exact(side);
                for (color, cell) in colors[row.clone()].iter_mut().zip(cells) {
                    color[c] += share * cell.iter().sum::<f32>();
                }
            }
            let cells = matte.values[line..line + cols * side].chunks_exact(side);
            for (touched, cell) in touched[row].iter_mut().zip(cells) {
                *touched |= cell.iter().any(|coverage| *coverage > TOUCHED);
            }
        }
        let to_person = distance_to(cols, rows, |i| touched[i]);
        let to_ground = distance_to(cols, rows, |i| !touched[i]);
        let outside = to_person.zip(&to_ground, |away, inside| (away - inside) * side as f32);
        Some(Self { side, first: [left, top], cols, rows, colors, outside: outside.values })
    }

    /// The index of a cell of the picture.
    fn cell_of(&self, [col, row]: [usize; 2]) -> Option<usize> {
        let (col, row) = (col.checked_sub(self.first[0])?, row.checked_sub(self.first[1])?);
        (col < self.cols && row < self.rows).then_some(row * self.cols + col)
    }

    /// The cell so far from another.
    fn beside(&self, cell: usize, [right, down]: [i32; 2]) -> Option<usize> {
        let (col, row) = ((cell % self.cols) as i32 + right, (cell / self.cols) as i32 + down);
        let is_inside =
            (0..self.cols as i32).contains(&col) && (0..self.rows as i32).contains(&row);
        is_inside.then(|| row as usize * self.cols + col as usize)
    }

    /// The cells within a square around one.
    fn around_cell(
        &self,
        cell: usize,
        reach: std::ops::Range<i32>,
        step: usize,
    ) -> impl Iterator<Item = usize> {
        let across = reach.clone().step_by(step);
        reach
            .step_by(step)
            .flat_map(move |down| across.clone().map(move |right| [right, down]))
            .filter_map(move |by| self.beside(cell, by))
    }
}

/// The cells that a node's texture covers.
const PATCH: std::ops::Range<i32> = -(CELLS_PER_NODE as i32)..CELLS_PER_NODE as i32;

struct Search<'a> {
    cells: &'a Cells,
    rgb: &'a [Plane; 3],
    fringe: f32,
    /// Whether a cell shows the background.
    own: Vec<bool>,
    /// Colours of the cells that are filled, times how much they are, and how much.
    painted: Vec<[f32; 4]>,
}

impl<'a> Search<'a> {
    fn new(cells: &'a Cells, rgb: &'a [Plane; 3], fringe: f32) -> Self {
        let count = cells.colors.len();
        Self { cells, rgb, fringe, own: vec![false; count], painted: vec![[0.0; 4]; count] }
    }

    /// How far the background close to the person is what it is further away, around a cell.
    fn trust(&self, cell: usize) -> u8 {
        let Cells { outside, colors, .. } = self.cells;
        let [from, to] = CLOSE.map(|fringes| fringes * self.fringe);
        let around = |reach: i32, step| self.cells.around_cell(cell, -reach..reach + 1, step);
        let ground: Vec<[f32; 3]> =
            around(NEIGHBOURHOOD, 2).filter(|i| outside[*i] >= to).map(|i| colors[i]).collect();
        // What is smooth is filled well as it is, and shows what is left of hair.
        let busy = smoothstep(BUSY[0], BUSY[1], self.detail(cell));
        if ground.is_empty() || busy <= 0.0 {
            return 0;
        }
        let (mut all, mut alike) = (0u32, 0u32);
        for close in around(CELLS_PER_NODE as i32, 1).filter(|i| (from..to).contains(&outside[*i]))
        {
            all += 1;
            let is_like =
                |other: &[f32; 3]| (0..3).all(|c| (other[c] - colors[close][c]).abs() <= ALIKE);
            alike += u32::from(ground.iter().any(is_like));
        }
        let share = alike as f32 / all.max(1) as f32;
        let trust = ((share - TRUSTED[0]) / (TRUSTED[1] - TRUSTED[0])).clamp(0.0, 1.0);
        (busy * trust * f32::from(Filling::MOST_TRUST)).round() as u8
    }

    /// How far cells of the background around one differ from those beside them, in grey levels, on average.
    fn detail(&self, cell: usize) -> f32 {
        let Cells { outside, colors, .. } = self.cells;
        let is_ground = |i: &usize| outside[*i] >= CLOSE[1] * self.fringe;
        let ground = self.cells.around_cell(cell, -NEIGHBOURHOOD..NEIGHBOURHOOD + 1, 2);
        let steps = ground.filter(is_ground).filter_map(|i| {
            let beside = self.cells.beside(i, [2, 1]).filter(is_ground)?;
            let apart = |c: usize| (colors[i][c] - colors[beside][c]).abs();
            Some(apart(0).max(apart(1)).max(apart(2)))
        });
        let (sum, count) = steps.fold((0.0, 0u32), |(sum, count), step| (sum + step, count + 1));
        sum / count.max(1) as f32
    }

    /// Which cells show the background: by the trust of the nearest node.
    fn find_own(&mut self, cols: usize, nodes: &[FillNode]) {
        let Cells { first, cols: width, outside, .. } = self.cells;
        for (i, own) in self.own.iter_mut().enumerate() {
            let node = [i % width + first[0], i / width + first[1]]
                .map(|cell| (cell + CELLS_PER_NODE / 2) / CELLS_PER_NODE);
            let trust = nodes.get(node[1] * cols + node[0]).map_or(0, |node| node.trust);
            let share = f32::from(trust) / f32::from(Filling::MOST_TRUST);
            *own = outside[i] > self.fringe * (1.5 - 1.1 * share);
        }
    }

    fn lacks_anything(&self, cell: usize) -> bool {
        self.cells.around_cell(cell, PATCH, 1).any(|i| !self.own[i])
    }

    /// What is known of a cell.
    fn known(&self, cell: usize) -> Option<[f32; 3]> {
        if self.own[cell] {
            return Some(self.cells.colors[cell]);
        }
        let [r, g, b, share] = self.painted[cell];
        (share > 0.3).then(|| [r, g, b].map(|sum| sum / share))
    }

    /// Where the texture around a cell is best taken from, in pixels. `beside` are those of the nodes around.
    fn best(&self, cell: usize, beside: &[[i16; 2]]) -> Option<[i16; 2]> {
        let side = self.cells.side as f32;
        let patch: Vec<(usize, Option<[f32; 3]>)> =
            self.cells.around_cell(cell, PATCH, 1).map(|i| (i, self.known(i))).collect();
        let in_cells = |from: [i16; 2]| from.map(|v| (f32::from(v) / side).round() as i32);
        let mut best: Option<(f32, [i16; 2])> = None;
        let mut consider = |from: [i16; 2], share: f32| {
            let Some(cost) = self.cost(&patch, in_cells(from)) else { return false };
            let cost = share * cost;
            let is_better = best.is_none_or(|(least, _)| cost < least);
            if is_better {
                best = Some((cost, from));
            }
            is_better
        };
        for from in beside {
            consider(*from, GOES_ON);
        }
        let mut around = None;
        for distance in DISTANCES {
            for direction in 0..DIRECTIONS {
                let (sin, cos) =
                    (direction as f32 * std::f32::consts::TAU / DIRECTIONS as f32).sin_cos();
                let from = [cos, sin].map(|part| ((part * distance).round() * side) as i16);
                if consider(from, 1.0) {
                    around = Some(from);
                }
            }
        }
        // From there downhill.
        let step = self.cells.side as i16;
        while let Some([right, down]) = around.take() {
            for [x, y] in [[-1, 0], [1, 0], [0, -1], [0, 1], [-1, -1], [1, 1], [1, -1], [-1, 1]] {
                let from = [right + x * step, down + y * step];
                if consider(from, 1.0) {
                    around = Some(from);
                }
            }
        }
        let (_, from) = best?;
        let from = if beside.contains(&from) { from } else { self.exact(cell, from) };
        Some(from)
    }

    /// How badly what lies so many cells away goes on what is known of a patch; none where not all of it is background.
    fn cost(&self, patch: &[(usize, Option<[f32; 3]>)], from: [i32; 2]) -> Option<f32> {
        let ends = [patch.first()?.0, patch.last()?.0];
        for end in ends {
            self.cells.beside(end, from).filter(|i| self.own[*i])?;
        }
        let by = from[1] * self.cells.cols as i32 + from[0];
        let (mut count, mut even, mut squares) = (0, [0.0; 3], 0.0);
        for (cell, known) in patch {
            // Both ends lie inside, and so does all between them.
            let source = (*cell as i32 + by) as usize;
            if !self.own[source] {
                return None;
            }
            let Some(known) = known else { continue };
            count += 1;
            for c in 0..3 {
                let off = known[c] - self.cells.colors[source][c];
                even[c] += off;
                squares += off * off;
            }
        }
        let distance = DISTANCE_COST * (from[0] as f32).hypot(from[1] as f32);
        if count < LEAST_KNOWN {
            return Some(distance);
        }
        let share = 1.0 / count as f32;
        let even: f32 = even.iter().map(|sum| (sum * share).powi(2)).sum();
        Some(squares * share - (1.0 - EVEN_SHARE) * even + distance)
    }

    /// The same place to the pixel: by halves of a cell, quarters and so on.
    fn exact(&self, cell: usize, from: [i16; 2]) -> [i16; 2] {
        let side = self.cells.side;
        let mut best = (f32::MAX, from);
        let mut step = side as i16;
        while step > 0 {
            let [right, down] = best.1;
            for y in [0, -1, 1] {
                for x in [0, -1, 1] {
                    let from = [right + x * step, down + y * step];
                    let cost = self.exact_cost(cell, from);
                    if cost < best.0 {
                        best = (cost, from);
                    }
                }
            }
            step /= 2;
        }
        best.1
    }

    fn exact_cost(&self, cell: usize, from: [i16; 2]) -> f32 {
        let Cells { side, first, cols, .. } = *self.cells;
        let (width, height) = (self.rgb[0].width as i32, self.rgb[0].height as i32);
        let (mut count, mut even, mut squares) = (0, [0.0; 3], 0.0);
        // As many samples in every picture.
        let every = side.div_ceil(2);
        for cell in self.cells.around_cell(cell, PATCH, 1).filter(|i| self.own[*i]) {
            let corner = [cell % cols + first[0], cell / cols + first[1]].map(|at| at * side);
            for y in (corner[1]..corner[1] + side).step_by(every) {
                for x in (corner[0]..corner[0] + side).step_by(every) {
                    let source_x = (x as i32 + i32::from(from[0])).clamp(0, width - 1);
                    let source_y = (y as i32 + i32::from(from[1])).clamp(0, height - 1);
                    let (at, source) =
                        (y * width as usize + x, (source_y * width + source_x) as usize);
                    count += 1;
                    for (even, plane) in even.iter_mut().zip(self.rgb) {
                        let off = plane.values[at] - plane.values[source];
                        *even += off;
                        squares += off * off;
                    }
                }
            }
        }
        let share = 1.0 / count.max(1) as f32;
        squares * share - even.iter().map(|sum: &f32| (sum * share).powi(2)).sum::<f32>()
    }

    /// Fills the cells around one.
    fn paint(&mut self, cell: usize, from: [i16; 2]) {
        let from = from.map(|v| (f32::from(v) / self.cells.side as f32).round() as i32);
        let (col, row) = (cell % self.cells.cols, cell / self.cells.cols);
        let patch: Vec<usize> = self.cells.around_cell(cell, PATCH, 1).collect();
        for i in patch {
            let Some(source) = self.cells.beside(i, from) else { continue };
            let part = |at: usize, middle: usize| {
                1.0 - (at as f32 + 0.5 - middle as f32).abs() / CELLS_PER_NODE as f32
            };
            let share = part(i % self.cells.cols, col) * part(i / self.cells.cols, row);
            let [r, g, b] = self.cells.colors[source];
            let painted = &mut self.painted[i];
            for (sum, value) in painted.iter_mut().zip([r, g, b, 1.0]) {
                *sum += share * value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::layers::Layers;
    use gaze_rig::{Frame, Size};

    const SIZE: Size = Size { width: 240, height: 200 };
    const IOD: f32 = 40.0;
    const FRINGE: f32 = 4.0;

    fn from_middle(x: usize, y: usize) -> f32 {
        (x as f32 - 120.0).hypot(y as f32 - 100.0)
    }

    /// A disc of 40 px before `ground`: what is behind it as it is filled, and how far that is from the ground, squared, as a
    /// share of what the ground varies by.
    fn behind(
        ground: impl Fn(usize, usize) -> f32,
        hair: impl Fn(usize, usize) -> bool,
    ) -> (Option<Filling>, f32) {
        let color = |x: usize, y: usize| {
            if from_middle(x, y) < 40.0 || hair(x, y) { 20.0 } else { ground(x, y) }
        };
        let plane = Plane::from_fn(240, 200, |x, y| color(x, y).round());
        let pixels = plane.values.iter().flat_map(|v| [*v as u8, *v as u8, *v as u8, 255]);
        let picture = Frame::from_pixels(SIZE, pixels.collect()).unwrap();
        let matte =
            Plane::from_fn(240, 200, |x, y| if from_middle(x, y) < 40.0 { 1.0 } else { 0.0 });
        let rgb = [(); 3].map(|()| plane.clone());
        let filling = find_filling(&rgb, &matte, FRINGE, ([120.0, 100.0], IOD), |_| 10.0);
        let scaled = filling.as_ref().map(|filling| (filling, [1.0; 2]));
        let layers = Layers::over_background(&picture, &matte, FRINGE, scaled);
        let filled = layers.background.unwrap();
        let ring = (0..SIZE.area()).map(|i| (i % 240, i / 240));
        let ring: Vec<(f32, f32)> = ring
            .filter(|(x, y)| (32.0..46.0).contains(&from_middle(*x, *y)))
            .map(|(x, y)| (f32::from(filled.pixel(x as u32, y as u32)[0]), ground(x, y)))
            .collect();
        let mean = ring.iter().map(|(_, ground)| ground).sum::<f32>() / ring.len() as f32;
        let varies: f32 = ring.iter().map(|(_, ground)| (ground - mean).powi(2)).sum();
        let off: f32 = ring.iter().map(|(filled, ground)| (filled - ground).powi(2)).sum();
        (filling, off / varies)
    }

    fn checks(x: usize, y: usize) -> f32 {
        if (x / 7 + y / 7).is_multiple_of(2) { 90.0 } else { 170.0 }
    }

    #[test]
    fn a_pattern_goes_on_behind_the_person() {
        let (filling, off) = behind(checks, |_, _| false);
        assert!(filling.is_some(), "nothing was found");
        assert!(off < 0.25, "{off}");
    }

    #[test]
    fn stray_hair_is_no_background() {
        let least = |hair: fn(usize, usize) -> bool| {
            let (filling, _) = behind(|x, y| 110.0 + 12.0 * ((x * 7 + y * 13) % 5) as f32, hair);
            filling.unwrap().nodes.iter().map(|node| node.trust).collect::<Vec<_>>()
        };
        let plain = least(|_, _| false);
        let hairy = least(|x, y| x > 120 && from_middle(x, y) < 47.0 && y % 3 == 0);
        let trusted = |trusts: &[u8]| trusts.iter().filter(|t| **t == Filling::MOST_TRUST).count();
        assert!(trusted(&plain) > trusted(&hairy) + 10, "{} {}", trusted(&plain), trusted(&hairy));
        let nowhere = plain.iter().zip(&hairy).filter(|(a, b)| **a > 0 && **b == 0).count();
        assert!(nowhere > 10, "{nowhere}");
    }

    #[test]
    fn what_never_moves_is_not_filled() {
        let plane = Plane::from_fn(240, 200, checks);
        let matte =
            Plane::from_fn(240, 200, |x, y| if from_middle(x, y) < 40.0 { 1.0 } else { 0.0 });
        let rgb = [(); 3].map(|()| plane.clone());
        assert_eq!(find_filling(&rgb, &matte, FRINGE, ([120.0, 100.0], IOD), |_| 0.0), None);
        // Nor what has nothing beside it.
        let all = matte.map(|_| 1.0);
        assert_eq!(find_filling(&rgb, &all, FRINGE, ([120.0, 100.0], IOD), |_| 10.0), None);
    }
}
