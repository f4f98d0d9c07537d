//! A pack in the making: frames arrive in any order and from several threads.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::moving_part::{crop, widened};
use super::{PackHeader, Span, coarse_to_fine};
use crate::canvas::Canvas;
use crate::codecs::codec_of;
use crate::quality::STILL_QUALITY;
use gaze_face::threads::lock;
use gaze_output::{create_new, not_written};
use gaze_rig::{
    Cell, Error, ErrorKind, Frame, Grid, Observer, Provenance, Rect, Result, SheetFormat, Size,
};

/// What every frame of a pack has in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackShape {
    pub(crate) grid: Grid,
    pub(crate) frame_size: Size,
    pub(crate) has_alpha: bool,
    /// What moves, as the engine says; stored frames are a little larger.
    pub(crate) moving: Rect,
}

/// What a pack holds besides its frames, where there is such.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackSections<'a> {
    /// The live rig.
    pub(crate) rig: Option<&'a [u8]>,
    /// What closed eyes look like.
    pub(crate) blink: Option<&'a [u8]>,
}

/// Encoded frames in a temporary file, until all are there and can be put into the order of the pack. Memory
/// does not grow with their number.
#[derive(Debug)]
pub(crate) struct PackWriter {
    shape: PackShape,
    /// 0 to 100.
    quality: u8,
    spool: Mutex<Spool>,
    spool_path: PathBuf,
    /// The file to be, for errors.
    target: PathBuf,
}

#[derive(Debug)]
struct Spool {
    file: File,
    end: u64,
    /// By index of the cell, row by row.
    spans: Vec<Option<Span>>,
}

impl PackWriter {
    /// An empty pack that keeps its frames in `spool_path`, a new file that the owner of its folder removes
    /// where the pack is not [finished](Self::finish). Errors name `target`.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the file cannot be made.
    pub(crate) fn create(
        shape: PackShape,
        quality: u8,
        spool_path: PathBuf,
        target: PathBuf,
    ) -> Result<Self> {
        let shape = PackShape { moving: widened(shape.moving, shape.frame_size), ..shape };
        let file = create_new(&spool_path).map_err(|e| not_written(&target, e))?;
        let spans = vec![None; shape.grid.cells() as usize];
        let spool = Mutex::new(Spool { file, end: 0, spans });
        Ok(Self { shape, quality, spool, spool_path, target })
    }

    /// Encodes the moving part of a frame and keeps it.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where it cannot be encoded or written.
    pub(crate) fn add(&self, cell: Cell, frame: &Frame) -> Result<()> {
        let image = self.encode(&crop(frame, self.shape.moving), self.quality)?;
        let mut spool = lock(&self.spool);
        spool.file.write_all(&image).map_err(|e| not_written(&self.target, e))?;
        let span = Span { offset: spool.end, len: image.len() as u64 };
        spool.end = span.end();
        let index = (cell.row * self.shape.grid.side() + cell.col) as usize;
        spool.spans[index] = Some(span);
        Ok(())
    }

    /// Writes the pack to `path`, a new file, and removes the temporary one. `rest` is the whole frame at
    /// rest, `sections` what there is besides, `provenance` what made the frames.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where a frame is missing or the file cannot be written;
    /// [`ErrorKind::Cancelled`] when the observer says so.
    pub(crate) fn finish(
        self,
        rest: &Frame,
        PackSections { rig, blink }: PackSections<'_>,
        provenance: &Provenance,
        path: &Path,
        observer: &dyn Observer,
    ) -> Result<PackHeader> {
        let still = self.encode(rest, STILL_QUALITY.max(self.quality))?;
        let Self { shape, spool, spool_path, target, .. } = self;
        let mut spool = spool.into_inner().unwrap_or_else(PoisonError::into_inner);
        let PackShape { grid, frame_size, has_alpha, moving } = shape;
        let order = coarse_to_fine(grid);
        let span_of = |cell: &Cell| {
            spool.spans[(cell.row * grid.side() + cell.col) as usize].ok_or_else(|| {
                Error::new(ErrorKind::Output, "a frame is missing, please report it")
            })
        };
        let spans = order.iter().map(span_of).collect::<Result<Vec<Span>>>()?;
        let lens: Vec<(Cell, u64)> =
            order.iter().zip(&spans).map(|(cell, span)| (*cell, span.len)).collect();
        let header =
            PackHeader::new(grid, frame_size, has_alpha, moving, still.len() as u64, &lens)?;
        let about = provenance.to_json();
        let header = header.with_about(about.len() as u64)?;
        let header = match rig {
            Some(section) => header.with_rig(section.len() as u64)?,
            None => header,
        };
        let header = match blink {
            Some(section) => header.with_blink(section.len() as u64)?,
            None => header,
        };

        let written = |result: std::io::Result<()>| result.map_err(|e| not_written(&target, e));
        let mut out = BufWriter::new(create_new(path).map_err(|e| not_written(&target, e))?);
        written(out.write_all(&header.to_bytes()))?;
        written(out.write_all(about.as_bytes()))?;
        written(out.write_all(rig.unwrap_or_default()))?;
        written(out.write_all(&still))?;
        let mut image = Vec::new();
        for span in spans {
            observer.check_cancelled()?;
            image.resize(span.len as usize, 0);
            written(spool.file.seek(SeekFrom::Start(span.offset)).map(drop))?;
            written(spool.file.read_exact(&mut image))?;
            written(out.write_all(&image))?;
        }
        written(out.write_all(blink.unwrap_or_default()))?;
        written(out.flush())?;
        // Open files cannot be removed everywhere.
        drop(spool);
        written(fs::remove_file(spool_path))?;
        Ok(header)
    }

    fn encode(&self, image: &Frame, quality: u8) -> Result<Vec<u8>> {
        // Packs hold WebP, whatever the sheets are.
        let mut canvas = Canvas::of_frame(image, self.shape.has_alpha);
        codec_of(SheetFormat::WebP).encode_frame(&mut canvas, quality)
    }
}
