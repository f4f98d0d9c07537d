//! What JavaScript sees. Each function calls one of this crate; each error becomes an `Error` with its
//! sentence.

#![expect(clippy::missing_errors_doc, reason = "these docs become TypeScript's, which says throws")]

mod metadata;

use gaze_rig::{Cell, Grid, Manifest, SheetSpec, Size, pack};
use wasm_bindgen::prelude::*;

use self::metadata::read_keys;
use crate::grid_coordinates::{CellIndex, Point};
use crate::{aim, player, sheets};

fn thrown(error: gaze_rig::Error) -> JsError {
    JsError::new(error.message())
}

/// Cell numbers of `cells`.
fn numbers_of(cells: impl Iterator<Item = Cell>, grid: Grid) -> Vec<u16> {
    cells.map(|cell| (cell.row * grid.side() + cell.col) as u16).collect()
}

/// A cell number, or -1.
fn number_or_none(cell: Option<CellIndex>) -> i32 {
    cell.map_or(-1, i32::from)
}

/// Bytes of a pack that `packHeadLength` needs.
#[wasm_bindgen(js_name = packPrefixLength)]
pub fn pack_prefix_length() -> usize {
    pack::PACK_PREFIX_BYTES
}

/// Bytes of the header of the pack that begins with `prefix`; throws when it is no pack.
#[wasm_bindgen(js_name = packHeadLength)]
pub fn pack_head_length(prefix: &[u8]) -> Result<usize, JsError> {
    pack::PackHeader::length_of(prefix).map_err(thrown)
}

/// Width and height that a WebP file claims, from its first bytes; undefined when it is no still WebP picture.
#[wasm_bindgen(js_name = webpSize)]
pub fn webp_size(start: &[u8]) -> Option<Vec<u32>> {
    pack::webp_size(start).map(|size| vec![size.width, size.height])
}

/// All cells of a grid, centre first, then coarse to fine; throws when there is no such grid.
#[wasm_bindgen(js_name = coarseToFine)]
pub fn coarse_to_fine(grid: u32) -> Result<Vec<u16>, JsError> {
    let grid = Grid::from_side(grid).map_err(thrown)?;
    Ok(numbers_of(pack::coarse_to_fine(grid).into_iter(), grid))
}

/// Where a pointer pulls the gaze, `[x, y]` in -1..1, from the widget's centre and the viewport's size in px.
#[wasm_bindgen(js_name = pointerAim)]
pub fn pointer_aim(px: f64, py: f64, cx: f64, cy: f64, width: f64, height: f64) -> Vec<f64> {
    let aim = aim::pointer_aim(Point { x: px, y: py }, Point { x: cx, y: cy }, width, height);
    vec![aim.x, aim.y]
}

/// Where a phone's tilt pulls the gaze, `[x, y]` in -1..1; all angles in degrees.
#[wasm_bindgen(js_name = tiltAim)]
pub fn tilt_aim(beta: f64, gamma: f64, screen_angle: f64) -> Vec<f64> {
    let aim = aim::tilt_aim(beta, gamma, screen_angle);
    vec![aim.x, aim.y]
}

/// The header of a pack, as numbers; throws when it is damaged. Cells a side; width and height of a frame; 1 where the background
/// is transparent; left, top, width and height of the moving rectangle; begin and end of the live rig, the still image and
/// closed eyes, 0 where there is none; bytes of the whole file; where the first frame begins; then of each frame, in the order
/// of storage, its cell and where it ends.
#[wasm_bindgen(js_name = readPackHeader)]
pub fn read_pack_header(bytes: &[u8]) -> Result<Vec<f64>, JsError> {
    let header = pack::PackHeader::from_bytes(bytes).map_err(thrown)?;
    let pack::PackHeader { grid, frame_size: Size { width, height }, moving, .. } = header;
    let alpha = u32::from(header.has_alpha);
    let shape =
        [grid.side(), width, height, alpha, moving.x, moving.y, moving.width, moving.height];
    let mut numbers: Vec<f64> = shape.map(f64::from).to_vec();
    for span in [header.rig, header.still, header.blink] {
        let (start, end) = span.map_or((0, 0), |span| (span.offset, span.end()));
        numbers.extend([start as f64, end as f64]);
    }
    let first = header.frames().first().map_or(0, |frame| frame.span.offset);
    numbers.extend([header.file_len() as f64, first as f64]);
    for frame in header.frames() {
        let cell = frame.cell.row * grid.side() + frame.cell.col;
        numbers.extend([f64::from(cell), frame.span.end() as f64]);
    }
    Ok(numbers)
}

/// The sheet files that hold the frames where there is no pack.
#[wasm_bindgen]
pub struct SheetSet(sheets::SheetSet);

#[wasm_bindgen]
impl SheetSet {
    /// The sheets that `metadata.json` names, on a phone the smaller ones if there are any; throws when the
    /// file is damaged.
    #[wasm_bindgen(js_name = fromManifest)]
    pub fn from_manifest(json: &[u8], phone: bool) -> Result<SheetSet, JsError> {
        let manifest = Manifest::from_keys(&read_keys(json)?).map_err(thrown)?;
        sheets::SheetSet::from_manifest(&manifest, phone).map(SheetSet).map_err(thrown)
    }

    /// The full sheets of a grid; throws when there is no such grid.
    #[wasm_bindgen(js_name = fromGrid)]
    pub fn from_grid(grid: u32, single: bool) -> Result<SheetSet, JsError> {
        sheets::SheetSet::from_grid(grid, single).map(SheetSet).map_err(thrown)
    }

    /// Cells a side of what the sheets make up.
    #[wasm_bindgen(getter)]
    pub fn grid(&self) -> u32 {
        self.0.grid().side()
    }

    /// Width of a frame in px, 0 when unknown.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.0.frame_size().map_or(0, |size| size.width)
    }

    /// Height of a frame in px, 0 when unknown.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.0.frame_size().map_or(0, |size| size.height)
    }

    /// Whether the background is transparent.
    #[wasm_bindgen(getter, js_name = hasAlpha)]
    pub fn has_alpha(&self) -> bool {
        self.0.has_alpha()
    }

    /// Number of sheets: 1 or 4.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> usize {
        self.0.sheets().len()
    }

    /// File name of sheet `i`; empty when there is none.
    pub fn name(&self, i: usize) -> String {
        self.sheet(i).map(|sheet| sheet.file_name().to_owned()).unwrap_or_default()
    }

    /// Rows of cells on sheet `i`.
    pub fn rows(&self, i: usize) -> u32 {
        self.sheet(i).map_or(0, SheetSpec::rows)
    }

    /// Columns of cells on sheet `i`.
    pub fn cols(&self, i: usize) -> u32 {
        self.sheet(i).map_or(0, SheetSpec::cols)
    }

    /// Row of the grid at which sheet `i` begins.
    pub fn top(&self, i: usize) -> u32 {
        self.sheet(i).map_or(0, |sheet| self.0.corner_of(sheet).0)
    }

    /// Column of the grid at which sheet `i` begins.
    pub fn left(&self, i: usize) -> u32 {
        self.sheet(i).map_or(0, |sheet| self.0.corner_of(sheet).1)
    }
}

impl SheetSet {
    fn sheet(&self, i: usize) -> Option<&SheetSpec> {
        self.0.sheets().get(i)
    }
}

/// One face that looks where it is told: tell it what arrived and where to look, ask it what to decode, drop and draw.
#[wasm_bindgen]
pub struct Player(player::Player);

#[wasm_bindgen]
impl Player {
    /// Without frames, for a rig; `seed`, any number, decides where it looks when idle and when it blinks.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: f64) -> Player {
        Player(player::Player::new(seed))
    }

    /// A new source of which nothing has arrived; the gaze stays. Throws when there is no such grid.
    #[wasm_bindgen(js_name = setFrames)]
    pub fn set_frames(&mut self, grid: u32, order: &[u16]) -> Result<(), JsError> {
        self.0.set_frames(Grid::from_side(grid).map_err(thrown)?, order);
        Ok(())
    }

    /// Share of the remaining distance covered in 1/60 s, in (0, 1].
    #[wasm_bindgen(js_name = setSmoothing)]
    pub fn set_smoothing(&mut self, share: f64) {
        self.0.set_smoothing(share);
    }

    /// Longer side of the part that moves, on screen, in device px.
    #[wasm_bindgen(js_name = setMovingSide)]
    pub fn set_moving_side(&mut self, px: f64) {
        self.0.set_moving_side(px);
    }

    /// Decoded frames that it may hold, at least 5.
    #[wasm_bindgen(js_name = setCapacity)]
    pub fn set_capacity(&mut self, frames: f64) {
        self.0.set_capacity(frames as usize);
    }

    /// The bytes of a cell are there.
    pub fn arrived(&mut self, cell: u16) {
        self.0.arrived(cell);
    }

    /// The bytes of every cell are there.
    #[wasm_bindgen(js_name = arrivedAll)]
    pub fn arrived_all(&mut self) {
        self.0.arrived_all();
    }

    /// The cell to decode next, which is in flight from then on; -1 when there is none. Ask `nextEviction`
    /// first, which makes room.
    #[wasm_bindgen(js_name = nextDecode)]
    pub fn next_decode(&mut self, max_in_flight: usize) -> i32 {
        number_or_none(self.0.next_decode(max_in_flight))
    }

    /// A cell in flight is decoded. False: it is not kept, drop the frame.
    pub fn decoded(&mut self, cell: u16) -> bool {
        self.0.decoded(cell)
    }

    /// A cell in flight cannot be decoded; it is not asked for again.
    pub fn failed(&mut self, cell: u16) {
        self.0.failed(cell);
    }

    /// The next decoded frame to drop, forgotten from then on; -1 when there is none.
    #[wasm_bindgen(js_name = nextEviction)]
    pub fn next_eviction(&mut self) -> i32 {
        number_or_none(self.0.next_eviction())
    }

    /// Off screen: all decoded frames and those in flight are gone.
    #[wasm_bindgen(js_name = forgetDecoded)]
    pub fn forget_decoded(&mut self) {
        self.0.forget_decoded();
    }

    /// Looks at a target, clamped to -1..1.
    pub fn aim(&mut self, x: f64, y: f64, now: f64) {
        self.0.aim(Point { x, y }, now);
    }

    /// Goes to the target at once.
    pub fn cut(&mut self, now: f64) {
        self.0.cut(now);
    }

    /// The picture must be drawn again with the next `tick`.
    pub fn redraw(&mut self) {
        self.0.redraw();
    }

    /// Moves on to `now` in ms. Flags: 1 the picture must be drawn again, 2 another animation frame is wanted.
    pub fn tick(&mut self, now: f64) -> u32 {
        self.0.tick(now)
    }

    /// Frames to draw, 0 to 4; 0: only the still image.
    #[wasm_bindgen(js_name = layerCount)]
    pub fn layer_count(&self) -> usize {
        self.0.layers().count()
    }

    /// Cell of the layer `i`, the heaviest first; -1 when there is none.
    #[wasm_bindgen(js_name = layerCell)]
    pub fn layer_cell(&self, i: usize) -> i32 {
        number_or_none(self.0.layers().nth(i).map(|layer| layer.cell))
    }

    /// Weight of the layer `i`; all sum to 1.
    #[wasm_bindgen(js_name = layerWeight)]
    pub fn layer_weight(&self, i: usize) -> f64 {
        self.0.layers().nth(i).map_or(0.0, |layer| layer.weight)
    }

    /// Where it looks, to the viewer's right.
    #[wasm_bindgen(getter)]
    pub fn x(&self) -> f64 {
        self.0.at().x
    }

    /// Where it looks, down.
    #[wasm_bindgen(getter)]
    pub fn y(&self) -> f64 {
        self.0.at().y
    }

    /// Where the picture to draw looks, to the viewer's right.
    #[wasm_bindgen(getter, js_name = shownX)]
    pub fn shown_x(&self) -> f64 {
        self.0.shown_at().x
    }

    /// Where the picture to draw looks, down.
    #[wasm_bindgen(getter, js_name = shownY)]
    pub fn shown_y(&self) -> f64 {
        self.0.shown_at().y
    }

    /// Where it is going to look, to the viewer's right.
    #[wasm_bindgen(getter, js_name = targetX)]
    pub fn target_x(&self) -> f64 {
        self.0.goal().x
    }

    /// Where it is going to look, down.
    #[wasm_bindgen(getter, js_name = targetY)]
    pub fn target_y(&self) -> f64 {
        self.0.goal().y
    }

    /// Whether it was ever told where to look.
    #[wasm_bindgen(getter)]
    pub fn aimed(&self) -> bool {
        self.0.is_aimed()
    }

    /// Whether it stands still.
    #[wasm_bindgen(getter)]
    pub fn settled(&self) -> bool {
        self.0.is_settled()
    }

    /// Whether it looks around by itself when nobody steers.
    #[wasm_bindgen(js_name = setIdle)]
    pub fn set_idle(&mut self, on: bool) {
        self.0.set_idle(on);
    }

    /// Whether it blinks by itself; only for pictures that can show it.
    #[wasm_bindgen(js_name = setBlinking)]
    pub fn set_blinking(&mut self, on: bool) {
        self.0.set_blinking(on);
    }

    /// Blinks once with the next `tick`.
    pub fn blink(&mut self) {
        self.0.blink();
    }

    /// How far the eyes are closed in the picture to draw, 0 to 1.
    #[wasm_bindgen(getter)]
    pub fn closing(&self) -> f64 {
        self.0.closing()
    }

    /// Opens the eyes at once, before it sleeps. True: the picture must be drawn again for that.
    #[wasm_bindgen(js_name = openEyes)]
    pub fn open_eyes(&mut self) -> bool {
        self.0.open_eyes()
    }

    /// Milliseconds until the next glance or blink is due, Infinity when none will be.
    pub fn wait(&mut self, now: f64) -> f64 {
        self.0.wait(now)
    }

    /// Begins the glance that is due; does nothing when none is.
    pub fn glance(&mut self, now: f64) {
        self.0.glance(now);
    }
}
