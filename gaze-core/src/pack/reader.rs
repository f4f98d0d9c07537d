//! Reading a pack back, strictly.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::moving_part::lay_over;
use super::{BlinkLayout, PACK_PREFIX_BYTES, PackHeader, Span};
use crate::codec::SheetCodec;
use crate::codecs::codec_of;
use crate::rig_picture::decode_picture;
use gaze_rig::rig::{Rig, StoredRig};
use gaze_rig::{Cell, Error, ErrorKind, Frame, Observer, Result, SheetFormat, Size};

/// A pack of which the header was read and found sound. Reads one image at a time, so that memory does not
/// grow with the pack.
///
/// ```no_run
/// use gaze_core::{Cell, pack::PackFile};
///
/// let mut pack = PackFile::open("portrait-gaze/frames.gaze")?;
/// pack.check(&())?;
/// let looks_up_left = pack.frame(Cell { row: 0, col: 0 })?;
/// assert_eq!(looks_up_left.size(), pack.header().frame_size);
/// # Ok::<(), gaze_core::Error>(())
/// ```
#[derive(Debug)]
pub struct PackFile<R = BufReader<File>> {
    reader: R,
    path: Option<PathBuf>,
    header: PackHeader,
    /// The still image, once it was decoded.
    still: Option<Frame>,
}

impl PackFile {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where it cannot be read, [`ErrorKind::InvalidFormat`] where it is no pack,
    /// damaged or has another length than its header says; with the path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let named = |error: Error| error.with_path(path);
        // Looked at before it is opened: a pipe would block.
        let metadata = fs::metadata(path).map_err(|e| named(unreadable(e)))?;
        if !metadata.is_file() {
            let message = "the pack is not a file: name a frames.gaze";
            return Err(named(Error::new(ErrorKind::InvalidInput, message)));
        }
        let file = File::open(path).map_err(|e| named(unreadable(e)))?;
        let pack = Self::from_reader(BufReader::new(file)).map_err(named)?;
        Ok(Self { path: Some(path.to_owned()), ..pack })
    }
}

impl<R: Read + Seek> PackFile<R> {
    /// Reads the header of a pack from anything that can be read in any order.
    ///
    /// # Errors
    /// As [`open`](PackFile::open), without a path.
    pub fn from_reader(mut reader: R) -> Result<Self> {
        let mut bytes = Vec::with_capacity(PACK_PREFIX_BYTES);
        reader
            .by_ref()
            .take(PACK_PREFIX_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        let rest = PackHeader::length_of(&bytes)? - bytes.len();
        // Bounded by the format.
        reader.by_ref().take(rest as u64).read_to_end(&mut bytes).map_err(unreadable)?;
        let header = PackHeader::from_bytes(&bytes)?;
        let length = reader.seek(SeekFrom::End(0)).map_err(unreadable)?;
        if length != header.file_len() {
            return Err(damaged(format!(
                "the pack has {length} bytes, its header says {}",
                header.file_len()
            )));
        }
        Ok(Self { reader, path: None, header, still: None })
    }

    /// What the pack holds and where.
    pub fn header(&self) -> &PackHeader {
        &self.header
    }

    /// What made the pack, as JSON ([`Provenance::to_json`](crate::Provenance::to_json)): none in packs of older releases.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where the file cannot be read, [`ErrorKind::InvalidFormat`] where it is no text.
    pub fn about(&mut self) -> Result<Option<String>> {
        let Some(span) = self.header.about else { return Ok(None) };
        let bytes = self.read(span).map_err(|e| self.named(unreadable(e)))?;
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| self.named(damaged("what it says of itself is no text".to_owned())))
    }

    /// The live rig, where there is one: read and checked, its picture still compressed. No more of the file is read
    /// than the rig.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where it is damaged, of a later version or another one than the header says.
    pub fn stored_rig(&mut self) -> Result<Option<StoredRig>> {
        let Some(section) = self.rig_section()? else { return Ok(None) };
        let rig = StoredRig::from_section(&section).map_err(|e| self.named(e))?;
        if (rig.frame_size(), rig.has_alpha()) != (self.header.frame_size, self.header.has_alpha) {
            let what = "its rig is of another size or transparency than its header says";
            return Err(self.named(damaged(what.to_owned())));
        }
        Ok(Some(rig))
    }

    /// The live rig, where there is one, ready to be drawn.
    ///
    /// # Errors
    /// As [`stored_rig`](Self::stored_rig), and where its picture is damaged or of the wrong size.
    pub fn rig(&mut self) -> Result<Option<Rig>> {
        let Some(stored) = self.stored_rig()? else { return Ok(None) };
        let picture = decode_picture(stored.picture(), stored.frame_size());
        picture.and_then(|picture| stored.open(picture)).map(Some).map_err(|e| self.named(e))
    }

    /// The bytes of the live rig, unread.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where the file cannot be read.
    pub(crate) fn rig_section(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(span) = self.header.rig else { return Ok(None) };
        self.read(span).map(Some).map_err(|e| self.named(unreadable(e)))
    }

    /// Checks every image: that it is lossy WebP of the size and alpha that the header says, and can be
    /// decoded to its end; and that the live rig can be drawn.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] that names the first that is not; [`ErrorKind::Cancelled`] when
    /// the observer says so.
    pub fn check(&mut self, observer: &dyn Observer) -> Result<()> {
        self.rig()?;
        self.check_blink()?;
        let whole = self.header.frame_size;
        if let Some(still) = self.header.still {
            self.check_image(still, whole, "the still image")?;
        }
        let part = self.part_size();
        for frame in self.header.frames().to_vec() {
            observer.check_cancelled()?;
            self.check_image(frame.span, part, &name_of(frame.cell))?;
        }
        Ok(())
    }

    /// What closed eyes look like, where that is stored: where the patches lie, and the picture that holds them.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where it is damaged or of a later version.
    pub fn blink(&mut self) -> Result<Option<(BlinkLayout, Frame)>> {
        let Some((layout, picture)) = self.blink_picture()? else { return Ok(None) };
        let strip = codec().decode(&picture, layout.strip_size());
        strip.map(|strip| Some((layout, strip))).ok_or_else(|| self.cut_short(BLINK_NAME))
    }

    fn check_blink(&mut self) -> Result<()> {
        match self.blink_picture()? {
            Some((_, picture)) if !codec().decodes(&picture) => Err(self.cut_short(BLINK_NAME)),
            _ => Ok(()),
        }
    }

    /// The layout of closed eyes, and their picture, whose header says what it should.
    fn blink_picture(&mut self) -> Result<Option<(BlinkLayout, Vec<u8>)>> {
        let Some(span) = self.header.blink else { return Ok(None) };
        let section = self.read(span).map_err(|e| self.named(unreadable(e)))?;
        let (layout, length) = BlinkLayout::from_section(&section, self.header.frame_size)
            .map_err(|e| self.named(e))?;
        let picture = section[length..].to_vec();
        match codec().read_header(&picture) {
            Some(h) if h.is_lossy && h.has_alpha && !h.is_animated => Ok(Some((layout, picture))),
            _ => {
                let what = format!("{BLINK_NAME} is no lossy, still webp image with alpha");
                Err(self.named(damaged(what)))
            }
        }
    }

    /// The whole frame at rest.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where its image is damaged or of the wrong size.
    pub fn still(&mut self) -> Result<Frame> {
        if let Some(still) = &self.still {
            return Ok(still.clone());
        }
        let Some(span) = self.header.still else {
            let message = "the pack holds a live rig and no frames: make some with it";
            return Err(self.named(Error::new(ErrorKind::InvalidOption, message)));
        };
        let still = self.decode_image(span, self.header.frame_size, "the still image")?;
        Ok(self.still.insert(still).clone())
    }

    /// The whole frame of a cell: its image laid over the still one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for a cell outside the grid, [`ErrorKind::InvalidFormat`] where an image
    /// is damaged or of the wrong size.
    pub fn frame(&mut self, cell: Cell) -> Result<Frame> {
        let stored = self.header.frames().iter().find(|frame| frame.cell == cell).copied();
        let Some(stored) = stored else {
            let side = self.header.grid.side();
            return Err(self.named(Error::new(
                ErrorKind::InvalidOption,
                format!("{} is outside of the pack's {side} x {side} cells", name_of(cell)),
            )));
        };
        let mut frame = self.still()?;
        let part = self.decode_image(stored.span, self.part_size(), &name_of(cell))?;
        lay_over(&mut frame, &part, self.header.moving.x, self.header.moving.y);
        Ok(frame)
    }

    /// Size of the stored frames.
    fn part_size(&self) -> Size {
        self.header.moving.size()
    }

    fn check_image(&mut self, span: Span, size: Size, name: &str) -> Result<()> {
        let image = self.sound_image(span, size, name)?;
        // The size is right by now, so that no image can ask for too much memory.
        if codec().decodes(&image) { Ok(()) } else { Err(self.cut_short(name)) }
    }

    fn decode_image(&mut self, span: Span, size: Size, name: &str) -> Result<Frame> {
        let image = self.sound_image(span, size, name)?;
        codec().decode(&image, size).ok_or_else(|| self.cut_short(name))
    }

    /// The bytes of an image whose header says what it should.
    fn sound_image(&mut self, span: Span, size: Size, name: &str) -> Result<Vec<u8>> {
        let image = self.read(span).map_err(|e| self.named(unreadable(e)))?;
        let refuse = |what: String| Err(self.named(damaged(format!("{name} {what}"))));
        let Some(header) = codec().read_header(&image) else {
            return refuse("is no webp image".to_owned());
        };
        if header.is_animated || !header.is_lossy {
            return refuse("is no lossy, still webp image".to_owned());
        }
        if header.size != size {
            return refuse(format!(
                "has {} x {} px instead of {} x {}",
                header.size.width, header.size.height, size.width, size.height
            ));
        }
        match (header.has_alpha, self.header.has_alpha) {
            (true, false) => refuse("has alpha, the pack's header says it has none".to_owned()),
            (false, true) => refuse("has no alpha, the pack's header says it has".to_owned()),
            _ => Ok(image),
        }
    }

    fn read(&mut self, span: Span) -> io::Result<Vec<u8>> {
        // Bounded: the header was checked against the file's length.
        let mut image = vec![0; span.len as usize];
        self.reader.seek(SeekFrom::Start(span.offset))?;
        self.reader.read_exact(&mut image)?;
        Ok(image)
    }

    fn cut_short(&self, name: &str) -> Error {
        self.named(damaged(format!("{name} is damaged or cut short")))
    }

    fn named(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.with_path(path),
            None => error,
        }
    }
}

/// What messages call the picture of closed eyes.
const BLINK_NAME: &str = "the picture of closed eyes";

/// Packs hold WebP, whatever the sheets are.
fn codec() -> &'static dyn SheetCodec {
    codec_of(SheetFormat::WebP)
}

fn name_of(cell: Cell) -> String {
    format!("the frame of row {}, column {}", cell.row, cell.col)
}

fn unreadable(e: io::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the pack cannot be read: {e}")).with_source(e)
}

fn damaged(what: String) -> Error {
    Error::new(ErrorKind::InvalidFormat, format!("{what}: make the pack again"))
}
