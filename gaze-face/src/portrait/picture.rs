//! The portrait itself.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::limits::check_size;
#[cfg(feature = "picture-files")]
use super::read;
#[cfg(feature = "picture-files")]
use super::read_options::ReadOptions;
use super::transparency;
use crate::resample;
use crate::warning::Warning;
use gaze_rig::{Error, ErrorKind, Frame, Rect, Result, Size};

#[cfg(feature = "picture-files")]
const JPEG_START: &[u8] = &[0xff, 0xd8, 0xff];
/// Largest JPEG file that is kept beside the picture: larger ones are of no use as they are.
#[cfg(feature = "picture-files")]
const KEPT_JPEG_BYTES: usize = 1 << 20;

/// A picture to animate: 8-bit sRGB with straight alpha, oriented as it is to be seen.
///
/// With the feature `picture-files` JPEG, PNG, WebP, GIF, BMP and TIFF are read, told apart by their content; of an
/// animation the first picture counts. EXIF orientation is applied and a colour profile converted to sRGB. Without it
/// pixels are given: [`from_frame`](Self::from_frame).
///
/// Transparency is kept where it would be seen: a picture none of whose pixels has an alpha below 250, or fewer than one
/// in ten thousand, becomes opaque.
///
/// ```
/// # #[cfg(feature = "picture-files")] {
/// use gaze_face::Portrait;
///
/// let portrait = Portrait::open("../examples/astronaut.png")?.resized(256);
/// assert_eq!((portrait.size().width, portrait.source_size().width), (256, 512));
/// # }
/// # Ok::<(), gaze_face::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Portrait {
    pixels: Frame,
    source_size: Size,
    source_path: Option<PathBuf>,
    source_jpeg: Option<Arc<[u8]>>,
    warnings: Arc<[Warning]>,
}

impl Portrait {
    /// Reads a picture file.
    ///
    /// # Errors
    /// [`InvalidInput`](gaze_rig::ErrorKind::InvalidInput), with the path, where the file cannot be
    /// read and where [`from_bytes`](Self::from_bytes) would refuse its content.
    #[cfg(feature = "picture-files")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, ReadOptions::default())
    }

    /// The same with other options than the default ones.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "picture-files")]
    pub fn open_with(path: impl AsRef<Path>, options: ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        read::read_file(path)
            .and_then(|bytes| Self::from_bytes_with(&bytes, options))
            .map(|portrait| portrait.with_source_path(path))
            .map_err(|error| error.with_path(path))
    }

    /// Decodes a picture file that is in memory.
    ///
    /// # Errors
    /// [`InvalidInput`](gaze_rig::ErrorKind::InvalidInput) where the format is not supported, the file
    /// is damaged or cut short, or the picture is beyond the limits: [`MIN_SIDE`](super::MIN_SIDE),
    /// [`MAX_SIDE`](super::MAX_SIDE), [`MAX_PIXELS`](super::MAX_PIXELS) and
    /// [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES).
    #[cfg(feature = "picture-files")]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes_with(bytes, ReadOptions::default())
    }

    /// The same with other options than the default ones.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    #[cfg(feature = "picture-files")]
    pub fn from_bytes_with(bytes: &[u8], options: ReadOptions) -> Result<Self> {
        let (pixels, warnings) = read::decode(bytes, options)?;
        let mut portrait = Self::from_frame(pixels)?;
        portrait.warnings = warnings.into();
        // Whoever shows the file converts its colours.
        let shows_the_same = portrait.warnings.is_empty() && !options.stored_colors;
        if shows_the_same && bytes.starts_with(JPEG_START) && bytes.len() <= KEPT_JPEG_BYTES {
            portrait.source_jpeg = Some(bytes.into());
        }
        Ok(portrait)
    }

    /// A portrait from pixels that are in memory: sRGB, straight alpha, upright.
    ///
    /// # Errors
    /// [`InvalidInput`](gaze_rig::ErrorKind::InvalidInput) where the picture is too small or too large.
    pub fn from_frame(mut pixels: Frame) -> Result<Self> {
        let source_size = pixels.size();
        check_size(source_size)?;
        transparency::settle(&mut pixels);
        let warnings = Arc::new([]);
        Ok(Self { pixels, source_size, source_path: None, source_jpeg: None, warnings })
    }

    /// Says which file it comes from, for pictures that were read by other means than [`open`](Self::open): no result
    /// replaces that file.
    #[must_use]
    pub fn with_source_path(mut self, path: impl AsRef<Path>) -> Self {
        // The working folder may be another one later.
        self.source_path = std::path::absolute(path).ok();
        self
    }

    /// The same portrait with its longer side at most `max_side` pixels (at least 1), the other in
    /// proportion, rounded. Never enlarges. Lanczos3 on sRGB values, as Pillow and browsers
    /// shrink; transparent pixels do not bleed.
    #[must_use]
    pub fn resized(&self, max_side: u32) -> Self {
        let size = resample::fitted(self.size(), max_side);
        if size == self.size() {
            return self.clone();
        }
        let pixels = resample::resize(&self.pixels, size);
        Self {
            pixels,
            source_jpeg: None,
            source_size: self.source_size,
            source_path: self.source_path.clone(),
            warnings: self.warnings.clone(),
        }
    }

    /// A part of the portrait as a portrait of its own, resized as by [`resized`](Self::resized): its source size is the
    /// part's. `part` is in pixels of [`frame`](Self::frame); nothing larger than the result is copied.
    ///
    /// # Errors
    /// [`InvalidOption`](gaze_rig::ErrorKind::InvalidOption) where the part is empty or not inside.
    pub fn part(&self, part: Rect, max_side: u32) -> Result<Self> {
        let view = self.pixels.view().part(part)?;
        let source_size = view.size();
        if source_size.area() == 0 {
            let message = format!("{part:?} is empty: use a part with pixels");
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        let size = resample::fitted(source_size, max_side);
        let pixels = match size == source_size {
            true => view.to_frame(),
            false => resample::resize_view(view, size),
        };
        Ok(Self {
            pixels,
            source_size,
            source_jpeg: None,
            source_path: self.source_path.clone(),
            warnings: self.warnings.clone(),
        })
    }

    /// The pixels: RGBA, straight alpha.
    pub fn frame(&self) -> &Frame {
        &self.pixels
    }

    /// Width and height of [`frame`](Self::frame).
    pub fn size(&self) -> Size {
        self.pixels.size()
    }

    /// Width and height of the picture as it was read and oriented, before any resizing.
    pub fn source_size(&self) -> Size {
        self.source_size
    }

    /// The file that it comes from, where that is known.
    pub fn source_path(&self) -> Option<&Path> {
        self.source_path.as_deref()
    }

    /// The JPEG file that it was read from as it is, where that is one of at most 1 MiB and the picture was not resized
    /// since. It may show the picture lying on its side or in other colours, and tell more than the picture.
    pub fn source_jpeg(&self) -> Option<&[u8]> {
        self.source_jpeg.as_deref()
    }

    /// What was amiss with its file, though it could be read.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether any pixel is not quite opaque.
    pub fn has_alpha(&self) -> bool {
        transparency::has_alpha(&self.pixels)
    }

    /// The picture over mid grey, opaque, as the face models see it; borrowed where it is opaque
    /// already.
    pub fn flattened(&self) -> Cow<'_, Frame> {
        /// Neither dark nor light hair vanishes against it.
        const BACKDROP: [u8; 3] = [128; 3];
        if !self.has_alpha() {
            return Cow::Borrowed(&self.pixels);
        }
        let mut flat = self.pixels.clone();
        flatten_over(&mut flat, BACKDROP);
        Cow::Owned(flat)
    }
}

/// Puts every pixel over a colour, which makes it opaque.
pub fn flatten_over(frame: &mut Frame, color: [u8; 3]) {
    for pixel in frame.pixels_mut().as_chunks_mut::<4>().0.iter_mut().filter(|p| p[3] != 255) {
        let alpha = u32::from(pixel[3]);
        for (value, behind) in pixel[..3].iter_mut().zip(color) {
            let mixed = u32::from(*value) * alpha + u32::from(behind) * (255 - alpha);
            *value = ((mixed + 127) / 255) as u8;
        }
        pixel[3] = 255;
    }
}
