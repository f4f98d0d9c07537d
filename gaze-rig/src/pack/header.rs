//! The header of a pack: what it holds and where. Read strictly, since its bytes are a stranger's.

use super::blink::BLINK_MAX_BYTES;
use crate::bytes::{Bytes, damaged, invalid, printable};
use crate::contract::{Cell, Grid, WEBP_MAX_SIDE};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::{Rect, Size};

/// First bytes of every pack. As in PNG, a high bit and line ends show what mangles binary files.
const SIGNATURE: [u8; 8] = *b"\x89GAZE\r\n\x1a";
/// A reader refuses other major versions; minor ones only add what older readers may ignore.
const MAJOR: u16 = 1;
/// Of packs with nothing but frames, of those with a rig, and of those with a blink.
const MINOR: u16 = 0;
const MINOR_WITH_RIG: u16 = 1;
const MINOR_WITH_BLINK: u16 = 2;
/// Bytes before the section table.
const FIXED_BYTES: usize = 36;
const SECTION_BYTES: usize = 24;
const FRAME_ENTRY_BYTES: usize = 6;
/// Sections at most: this version writes four.
const MAX_SECTIONS: usize = 16;
const HAS_ALPHA: u16 = 1;
/// Frames are WebP files of their own, lossy, each as large as the moving rectangle.
const CODEC_WEBP: u16 = 1;
const STILL: [u8; 4] = *b"STIL";
const FRAMES: [u8; 4] = *b"FRMS";
const RIG: [u8; 4] = *b"RIGD";
const ABOUT: [u8; 4] = *b"ABOT";
const BLINK: [u8; 4] = *b"BLNK";
/// Section flag: who does not know this section cannot show the pack.
const REQUIRED: u32 = 1;

/// The shortest header, that of a pack of 2 x 2 frames. One without frames is filled up with zeros to that length, which
/// players that know no rigs ask for before they say that they are too old.
const LEAST_HEADER_BYTES: usize = FIXED_BYTES + 2 * SECTION_BYTES + 4 * FRAME_ENTRY_BYTES;

/// Bytes that say how long the header is.
pub const PACK_PREFIX_BYTES: usize = 16;
/// Largest pack, in bytes. Real ones have 5 to 40 MB.
pub const PACK_MAX_BYTES: u64 = 1 << 30;
/// Most pixels of a frame: more would fill a visitor's memory with a few bytes.
const FRAME_MAX_AREA: u32 = 1 << 25;
/// Largest single image in a pack, in bytes.
const IMAGE_MAX_BYTES: u64 = 64 << 20;
/// Largest section of a rig, in bytes. Real ones have 30 to 100 KB.
pub const RIG_MAX_BYTES: u64 = 16 << 20;
/// Largest text about a pack, in bytes. Real ones have some 150.
const ABOUT_MAX_BYTES: u64 = 4096;

/// Bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte, from the beginning of the file.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
}

impl Span {
    /// First byte after it.
    pub fn end(self) -> u64 {
        self.offset.saturating_add(self.len)
    }
}

/// Where a frame lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoredFrame {
    /// Which cell of the sweep it shows.
    pub cell: Cell,
    /// Its bytes, a WebP file.
    pub span: Span,
}

/// What a pack holds and where: everything before the first image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackHeader {
    /// Cells a side of the sweep; of the one that events count in where there are no frames.
    pub grid: Grid,
    /// Width and height of a whole frame.
    pub frame_size: Size,
    /// Whether the background is transparent.
    pub has_alpha: bool,
    /// The part of the frame that changes: size and place of every stored frame.
    pub moving: Rect,
    /// What made the pack, as JSON: see [`Provenance::to_json`](crate::Provenance::to_json). None in packs of older
    /// releases.
    pub about: Option<Span>,
    /// The live rig, where there is one: see [`StoredRig`](crate::rig::StoredRig).
    pub rig: Option<Span>,
    /// The whole frame at rest, which holds what is outside `moving`. None where there is only a rig.
    pub still: Option<Span>,
    /// What closed eyes look like, where that is stored: see [`BlinkLayout`](super::BlinkLayout).
    pub blink: Option<Span>,
    frames: Vec<StoredFrame>,
    file_len: u64,
}

impl PackHeader {
    /// The header of a pack of these images: `frame_lens` has every cell once, in the order of storage, with
    /// the bytes of its image.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where a cell is missing or comes twice, `moving` leaves the frame, or an image
    /// or the whole is larger than the format allows.
    pub fn new(
        grid: Grid,
        frame_size: Size,
        has_alpha: bool,
        moving: Rect,
        still_len: u64,
        frame_lens: &[(Cell, u64)],
    ) -> Result<Self> {
        let placeless =
            |&(cell, len): &(Cell, u64)| StoredFrame { cell, span: Span { offset: 0, len } };
        let header = Self {
            grid,
            frame_size,
            has_alpha,
            moving,
            about: None,
            rig: None,
            still: Some(Span { offset: 0, len: still_len }),
            blink: None,
            frames: frame_lens.iter().map(placeless).collect(),
            file_len: 0,
        };
        header.placed()
    }

    /// The header of a pack that holds a live rig of so many bytes and nothing else.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where `moving` leaves the frame, or the rig is larger than the format allows.
    pub fn of_rig(frame_size: Size, has_alpha: bool, moving: Rect, rig_len: u64) -> Result<Self> {
        let header = Self {
            grid: Grid::DEFAULT,
            frame_size,
            has_alpha,
            moving,
            about: None,
            rig: None,
            still: None,
            blink: None,
            frames: Vec::new(),
            file_len: 0,
        };
        header.with_rig(rig_len)
    }

    /// The header of the same pack with a live rig of so many bytes before its images.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the rig is larger than the format allows.
    pub fn with_rig(mut self, rig_len: u64) -> Result<Self> {
        self.rig = Some(Span { offset: 0, len: rig_len });
        self.placed()
    }

    /// The header of the same pack with so many bytes of text about it before everything else.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the text has more than 4096 bytes.
    pub fn with_about(mut self, about_len: u64) -> Result<Self> {
        self.about = Some(Span { offset: 0, len: about_len });
        self.placed()
    }

    /// The header of the same pack with so many bytes of what closed eyes look like after its images.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where they are more than the format allows, or there are no frames.
    pub fn with_blink(mut self, blink_len: u64) -> Result<Self> {
        self.blink = Some(Span { offset: 0, len: blink_len });
        self.placed()
    }

    /// The same with everything in its place: what it says of itself, the rig, the still image, the frames, the blink.
    fn placed(mut self) -> Result<Self> {
        let mut offset = self.length() as u64;
        let frames = self.frames.iter_mut().map(|frame| &mut frame.span);
        let first = self.about.iter_mut().chain(&mut self.rig).chain(&mut self.still);
        for span in first.chain(frames).chain(&mut self.blink) {
            span.offset = offset;
            offset = offset.saturating_add(span.len);
        }
        self.file_len = offset;
        self.check().map_err(|why| {
            Error::new(ErrorKind::Output, format!("these frames make no pack: {why}"))
        })?;
        Ok(self)
    }

    /// Bytes of the header of the pack that begins with `prefix`, of which [`PACK_PREFIX_BYTES`] are read.
    /// Bounded: 22,020 at most.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where it is no pack or one of a later version.
    pub fn length_of(prefix: &[u8]) -> Result<usize> {
        let mut bytes = Bytes::new(prefix, "header");
        if !SIGNATURE.starts_with(&prefix[..prefix.len().min(SIGNATURE.len())]) {
            return Err(invalid("is not a gaze pack: its first bytes are others"));
        }
        bytes.take(SIGNATURE.len())?;
        let (major, _minor) = (bytes.u16()?, bytes.u16()?);
        if major != MAJOR {
            return Err(invalid(format!(
                "is a gaze pack of version {major}, this release reads version {MAJOR}: use a newer one"
            )));
        }
        let length = bytes.u32()? as usize;
        let cells = (Grid::MAX * Grid::MAX) as usize;
        let most = FIXED_BYTES + MAX_SECTIONS * SECTION_BYTES + cells * FRAME_ENTRY_BYTES;
        if !(LEAST_HEADER_BYTES..=most).contains(&length) {
            return Err(damaged(format!("its header claims {length} bytes")));
        }
        Ok(length)
    }

    /// Reads the header, at least as many bytes as [`length_of`](Self::length_of) says. Everything is checked:
    /// each cell is there once, images lie one after another without gaps, sizes are within bounds.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] that says what is wrong.
    pub fn from_bytes(header: &[u8]) -> Result<Self> {
        let length = Self::length_of(header)?;
        let header = header.get(..length).ok_or_else(|| damaged("its header is cut short"))?;
        let mut bytes = Bytes::new(header, "header");
        bytes.take(PACK_PREFIX_BYTES)?;
        let side = bytes.u16()?;
        let grid = Grid::from_side(u32::from(side))
            .map_err(|_| damaged(format!("it claims a grid of {side} cells a side")))?;
        let frame_size = Size { width: bytes.u16()?.into(), height: bytes.u16()?.into() };
        let flags = bytes.u16()?;
        let moving = Rect {
            x: bytes.u16()?.into(),
            y: bytes.u16()?.into(),
            width: bytes.u16()?.into(),
            height: bytes.u16()?.into(),
        };
        let codec = bytes.u16()?;
        if codec != CODEC_WEBP {
            return Err(invalid(format!(
                "holds images of kind {codec}, which this release cannot read: use a newer one"
            )));
        }
        let sections = Sections::read(&mut bytes)?;
        sections.check_layout(length as u64)?;
        let frames = match sections.frames {
            Some(span) => read_frame_table(&mut bytes, grid, span)?,
            // Nothing but zeros.
            None if bytes.rest().iter().all(|byte| *byte == 0) => Vec::new(),
            None => return Err(damaged("its header goes on where it should end")),
        };
        let header = Self {
            grid,
            frame_size,
            has_alpha: flags & HAS_ALPHA != 0,
            moving,
            about: sections.about,
            rig: sections.rig,
            still: sections.still,
            blink: sections.blink,
            frames,
            file_len: sections.file_len,
        };
        header.check().map_err(damaged)?;
        Ok(header)
    }

    /// Bytes of the header.
    fn length(&self) -> usize {
        let others = [self.about, self.rig, self.blink].into_iter().flatten().count();
        let sections = if self.still.is_some() { 2 } else { 0 } + others;
        let length = FIXED_BYTES + sections * SECTION_BYTES + self.frames.len() * FRAME_ENTRY_BYTES;
        length.max(LEAST_HEADER_BYTES)
    }

    /// The header's bytes, as [`from_bytes`](Self::from_bytes) reads them, of a pack that holds what it says of itself, the
    /// rig, the still image, the frames and the blink, as far as there are such. Sections of other kinds are not kept, so
    /// that images may move
    /// forward.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = self.length();
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&SIGNATURE);
        let minor = match (self.blink, self.rig) {
            (Some(_), _) => MINOR_WITH_BLINK,
            (None, Some(_)) => MINOR_WITH_RIG,
            (None, None) => MINOR,
        };
        for version in [MAJOR, minor] {
            bytes.extend_from_slice(&version.to_le_bytes());
        }
        bytes.extend_from_slice(&(length as u32).to_le_bytes());
        let Rect { x, y, width, height } = self.moving;
        let flags = if self.has_alpha { u32::from(HAS_ALPHA) } else { 0 };
        let Size { width: frame_width, height: frame_height } = self.frame_size;
        let numbers = [self.grid.side(), frame_width, frame_height, flags, x, y, width, height];
        let frames_len = self.frames.iter().map(|frame| frame.span.len).sum();
        // Players that know no rigs show the frames, if there are any.
        let rig_flags = if self.still.is_some() { 0 } else { REQUIRED };
        let sections = [
            (ABOUT, 0, self.about.map(|span| span.len)),
            (RIG, rig_flags, self.rig.map(|span| span.len)),
            (STILL, REQUIRED, self.still.map(|span| span.len)),
            (FRAMES, REQUIRED, self.still.map(|_| frames_len)),
            (BLINK, 0, self.blink.map(|span| span.len)),
        ];
        let count = sections.iter().filter(|(_, _, len)| len.is_some()).count();
        for number in numbers.into_iter().chain([u32::from(CODEC_WEBP), count as u32]) {
            bytes.extend_from_slice(&(number as u16).to_le_bytes());
        }
        let mut offset = length as u64;
        for (kind, flags, len) in sections {
            let Some(len) = len else { continue };
            bytes.extend_from_slice(&kind);
            bytes.extend_from_slice(&flags.to_le_bytes());
            bytes.extend_from_slice(&offset.to_le_bytes());
            bytes.extend_from_slice(&len.to_le_bytes());
            offset += len;
        }
        for frame in &self.frames {
            let index = frame.cell.row * self.grid.side() + frame.cell.col;
            bytes.extend_from_slice(&(frame.span.len as u32).to_le_bytes());
            bytes.extend_from_slice(&(index as u16).to_le_bytes());
        }
        bytes.resize(length, 0);
        bytes
    }

    /// Every frame, in the order of storage; none where there is only a rig.
    pub fn frames(&self) -> &[StoredFrame] {
        &self.frames
    }

    /// Bytes of the whole file.
    pub fn file_len(&self) -> u64 {
        self.file_len
    }

    /// Whether a pack may have frames of this size: 1 to 16383 px a side, and 33,554,432 px in all.
    pub fn holds_frames_of(Size { width, height }: Size) -> bool {
        let sides = 1..=WEBP_MAX_SIDE;
        sides.contains(&width) && sides.contains(&height) && width * height <= FRAME_MAX_AREA
    }

    /// What holds for every pack, read or to be written; else what is wrong.
    fn check(&self) -> Result<(), String> {
        let Size { width, height } = self.frame_size;
        if !Self::holds_frames_of(self.frame_size) {
            return Err(format!("it claims frames of {width} x {height} px"));
        }
        let moving = self.moving;
        if moving.width == 0
            || moving.height == 0
            || moving.x.saturating_add(moving.width) > width
            || moving.y.saturating_add(moving.height) > height
        {
            return Err("its moving rectangle leaves the frame".to_owned());
        }
        let others = [
            (self.about, ABOUT_MAX_BYTES),
            (self.rig, RIG_MAX_BYTES),
            (self.blink, BLINK_MAX_BYTES),
        ];
        if others.iter().any(|(span, most)| span.is_some_and(|s| !(1..=*most).contains(&s.len))) {
            return Err("one of its sections is empty or too large".to_owned());
        }
        if self.blink.is_some() && self.still.is_none() {
            return Err("its blink has no frames".to_owned());
        }
        let spans = self.frames.iter().map(|frame| frame.span);
        if spans.chain(self.still).any(|s| !(1..=IMAGE_MAX_BYTES).contains(&s.len)) {
            return Err("one of its images is empty or too large".to_owned());
        }
        if self.file_len > PACK_MAX_BYTES {
            return Err(format!("it would have more than {PACK_MAX_BYTES} bytes"));
        }
        if self.still.is_none() && self.rig.is_some() {
            return Ok(());
        }
        let side = self.grid.side();
        let mut seen = vec![false; self.grid.cells() as usize];
        for Cell { row, col } in self.frames.iter().map(|frame| frame.cell) {
            let is_inside = row < side && col < side;
            if !is_inside || std::mem::replace(&mut seen[(row * side + col) as usize], true) {
                return Err(format!("cell {row}, {col} comes twice or is outside the grid"));
            }
        }
        if seen.contains(&false) {
            return Err("a cell has no frame".to_owned());
        }
        Ok(())
    }
}

/// The frames' places in the section `span`.
fn read_frame_table(bytes: &mut Bytes<'_>, grid: Grid, span: Span) -> Result<Vec<StoredFrame>> {
    let count = grid.cells() as usize;
    if bytes.rest().len() != count * FRAME_ENTRY_BYTES {
        return Err(damaged("its frame table has another length than its grid"));
    }
    let mut offset = span.offset;
    let mut frames = Vec::with_capacity(count);
    for _ in 0..count {
        let (len, index) = (u64::from(bytes.u32()?), u32::from(bytes.u16()?));
        let cell = Cell { row: index / grid.side(), col: index % grid.side() };
        frames.push(StoredFrame { cell, span: Span { offset, len } });
        offset += len;
    }
    if offset != span.end() {
        return Err(damaged("its frames do not add up to the bytes it claims for them"));
    }
    Ok(frames)
}

/// The section table.
struct Sections {
    about: Option<Span>,
    rig: Option<Span>,
    still: Option<Span>,
    frames: Option<Span>,
    blink: Option<Span>,
    spans: Vec<Span>,
    file_len: u64,
}

impl Sections {
    fn read(bytes: &mut Bytes<'_>) -> Result<Self> {
        let count = usize::from(bytes.u16()?);
        if count > MAX_SECTIONS {
            return Err(damaged(format!("it claims {count} sections")));
        }
        let (mut about, mut rig, mut still, mut frames, mut blink) = (None, None, None, None, None);
        let mut spans = Vec::with_capacity(count);
        for _ in 0..count {
            let kind = bytes.array::<4>()?;
            let flags = bytes.u32()?;
            let span = Span { offset: bytes.u64()?, len: bytes.u64()? };
            if span.offset > PACK_MAX_BYTES || span.len > PACK_MAX_BYTES {
                return Err(damaged("a section claims more bytes than a pack may have"));
            }
            spans.push(span);
            let known = match kind {
                ABOUT => &mut about,
                RIG => &mut rig,
                STILL => &mut still,
                FRAMES => &mut frames,
                BLINK => &mut blink,
                _ if flags & REQUIRED == 0 => continue,
                _ => {
                    return Err(invalid(format!(
                        "needs the section \"{}\", which this release cannot read: use a newer one",
                        printable(&kind)
                    )));
                }
            };
            if known.replace(span).is_some() {
                return Err(damaged("a section comes twice"));
            }
        }
        match (still, frames, rig) {
            (Some(_), Some(_), _) | (None, None, Some(_)) => {}
            (None, None, None) => {
                return Err(invalid(
                    "holds neither frames nor a rig that this release can read: use a newer one",
                ));
            }
            _ => return Err(damaged("it has a still image without frames, or frames without one")),
        }
        let file_len = spans.iter().map(|span| span.end()).max().unwrap_or_default();
        Ok(Self { about, rig, still, frames, blink, spans, file_len })
    }

    /// Sections follow the header and each other without gap or overlap, so that no byte is counted twice.
    fn check_layout(&self, head_len: u64) -> Result<()> {
        let mut end = head_len;
        for span in &self.spans {
            if span.offset != end {
                return Err(damaged("its sections overlap or leave gaps"));
            }
            end = span.end();
        }
        Ok(())
    }
}
