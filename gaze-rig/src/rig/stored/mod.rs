//! A rig as few bytes: the section `RIGD` of a pack, described to the byte in docs/pack-format.md.
//!
//! Stored are the picture as a compressed image, the matte, the fields and the eyes, each a part of its own; layers and
//! textures are made again when it is opened. Reading is strict and bounded, and decodes no image: whoever opens the
//! rig does, with what it has.

mod eyes;
mod filling;
mod matte;
mod movement;
mod part_table;
mod plane_coder;
mod range_coder;
mod thinned;

use super::parts::Backdrop;
use super::{Rig, RigParts, RigVersion};
use crate::bytes::{damaged, invalid};
use crate::contract::Provenance;
use crate::error::{Error, ErrorKind, Result};
use crate::frame::{Frame, Size};
use crate::layers::{Filling, Plane, channels, fill_unknown};
use crate::pack::PackHeader;
pub use crate::pack::RIG_MAX_BYTES;
use movement::Movement;
use part_table::PartTable;

/// Most pixels of a stored rig's picture: drawing takes some 40 bytes of each.
pub const RIG_MAX_AREA: usize = 1 << 22;

/// How a stored rig's picture is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PictureFormat {
    /// WebP, lossy or lossless, without alpha and animation.
    Webp,
    /// JPEG, upright, in sRGB.
    Jpeg,
}

impl PictureFormat {
    /// The media type.
    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// The compressed picture of a stored rig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPicture {
    /// How it is compressed.
    pub format: PictureFormat,
    /// The image file.
    pub bytes: Vec<u8>,
}

/// A rig whose numbers are read and checked, and whose picture is still compressed.
///
/// ```
/// # use gaze_rig::rig::{Rig, StoredRig, StoredPicture};
/// # use gaze_rig::{Frame, Result};
/// # fn open(file: &[u8], decode: impl Fn(&StoredPicture) -> Result<Frame>) -> Result<Rig> {
/// let stored = StoredRig::from_bytes(file)?;
/// let picture: Frame = decode(stored.picture())?;
/// let rig: Rig = stored.open(picture)?;
/// # Ok(rig)
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct StoredRig {
    version: RigVersion,
    picture: StoredPicture,
    size: Size,
    /// Coverage of the person.
    matte: Plane,
    /// What is seen of frames with a background.
    mask: Option<Plane>,
    /// What the background is filled with.
    filling: Option<Filling>,
    has_alpha: bool,
    numbers: Movement,
    eyes: Vec<super::RigEye>,
    part_lengths: Vec<([u8; 4], u64)>,
}

impl StoredRig {
    /// Reads the rig of a pack: of `portrait.gaze`, or of the beginning of any pack, as long as the rig's section is
    /// whole.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where there is no rig, or it is damaged or of a later version.
    pub fn from_bytes(file: &[u8]) -> Result<Self> {
        let header = PackHeader::from_bytes(file)?;
        let span = header.rig.ok_or_else(|| invalid("holds frames, but no live rig"))?;
        // Offsets have at most 31 bits.
        let section = file.get(span.offset as usize..span.end() as usize);
        let rig = Self::from_section(section.ok_or_else(|| damaged("it ends within its rig"))?)?;
        if (rig.size, rig.has_alpha) != (header.frame_size, header.has_alpha) {
            return Err(damaged("its rig is of another size or transparency than it says"));
        }
        Ok(rig)
    }

    /// Reads the section of a rig.
    ///
    /// # Errors
    /// As in [`from_bytes`](Self::from_bytes).
    pub fn from_section(section: &[u8]) -> Result<Self> {
        let table = PartTable::read(section)?;
        let PartTable { version, size, has_alpha, .. } = table;
        let mask = match table.has(part_table::MASK) {
            true if !has_alpha => return Err(damaged("its rig has a mask and is opaque")),
            true => Some(matte::read(table.part(section, part_table::MASK)?, size)?),
            false => None,
        };
        let filling = match table.has(part_table::FILLING) {
            true => Some(filling::read(table.part(section, part_table::FILLING)?, size)?),
            false => None,
        };
        Ok(Self {
            picture: table.picture(section)?,
            matte: matte::read(table.part(section, part_table::MATTE)?, size)?,
            numbers: Movement::read(table.part(section, part_table::MOVEMENT)?, version, size)?,
            eyes: eyes::read(table.part(section, part_table::EYES)?, version, size)?,
            part_lengths: table.lengths(),
            mask,
            filling,
            version,
            size,
            has_alpha,
        })
    }

    /// The picture, to be decoded. A decoder must not give memory to one that claims another size than
    /// [`frame_size`](Self::frame_size).
    pub fn picture(&self) -> &StoredPicture {
        &self.picture
    }

    /// Kind and bytes of every part, in the order of the file: what a rig's bytes are spent for.
    pub fn part_lengths(&self) -> &[([u8; 4], u64)] {
        &self.part_lengths
    }

    /// Size of the picture and of every frame.
    pub fn frame_size(&self) -> Size {
        self.size
    }

    /// Whether its eyes close where a pose blinks: they are known since version 2.
    pub fn can_blink(&self) -> bool {
        self.version != RigVersion::V1 && !self.eyes.is_empty()
    }

    /// The version that it is stored as.
    pub fn version(&self) -> RigVersion {
        self.version
    }

    /// Whether frames have transparent pixels.
    pub fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    /// The rig, with its picture decoded. The picture's own alpha does not count.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where the picture has another size.
    pub fn open(self, picture: Frame) -> Result<Rig> {
        Rig::from_parts(self.into_parts(picture)?)
    }

    /// As [`open`](Self::open), with frames of another size: see [`Rig::resized`].
    ///
    /// # Errors
    /// As in [`open`](Self::open) and [`Rig::resized`].
    pub fn open_resized(self, picture: Frame, size: Size) -> Result<Rig> {
        Rig::from_parts_resized(self.into_parts(picture)?, size)
    }

    fn into_parts(self, mut picture: Frame) -> Result<RigParts> {
        if picture.size() != self.size {
            return Err(damaged(format!(
                "its picture has {} x {} px instead of {} x {}",
                picture.size().width,
                picture.size().height,
                self.size.width,
                self.size.height
            )));
        }
        let is_cut_out = self.has_alpha && self.mask.is_none();
        if is_cut_out {
            let (pixels, _) = picture.pixels_mut().as_chunks_mut::<4>();
            for (pixel, coverage) in pixels.iter_mut().zip(&self.matte.values) {
                // What is not seen at all has no colour either.
                *pixel = match (coverage * 255.0 + 0.5) as u8 {
                    0 => [0; 4],
                    alpha => [pixel[0], pixel[1], pixel[2], alpha],
                };
            }
        }
        let Movement { head, features, iris_travel, quarter_turns, moving, fringe } = self.numbers;
        let parts = RigParts::new(picture, head, features)
            .with_version(self.version)
            .with_eyes(self.eyes, iris_travel)
            .with_quarter_turns(quarter_turns)
            .with_moving(moving);
        if is_cut_out {
            return Ok(parts.with_alpha());
        }
        let mut parts = parts.with_background(self.matte, fringe);
        if let Some(filling) = self.filling {
            parts = parts.with_filling(filling);
        }
        Ok(match self.mask {
            Some(mask) => parts.with_mask(mask),
            None => parts,
        })
    }
}

impl Rig {
    /// The picture that a stored rig needs, to be compressed: opaque, and where nothing of the person is, smoothly
    /// filled.
    pub fn picture_to_store(&self) -> Frame {
        let mut picture = self.parts().picture.clone();
        if self.parts().is_cut_out() {
            let pixels = picture.pixels().as_chunks::<4>().0.iter();
            let values = pixels.map(|p| if p[3] > 0 { 1.0 } else { 0.0 }).collect();
            let known = Plane { values, ..Plane::of_size(picture.size()) };
            let filled = fill_unknown(&channels(&picture), &known);
            for (i, pixel) in picture.pixels_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let [r, g, b] = filled.each_ref().map(|plane| (plane.values[i] + 0.5) as u8);
                *pixel = [r, g, b, 255];
            }
        }
        picture
    }

    /// The rig as the file `portrait.gaze`: a pack with nothing else, made by the embedded engine. `picture` is
    /// [`picture_to_store`](Self::picture_to_store), compressed.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the rig is larger than the format allows: use a smaller picture.
    pub fn to_bytes(&self, picture: &StoredPicture) -> Result<Vec<u8>> {
        self.file_of_section(&self.to_section(picture)?, &Provenance::by_engine("embedded"))
    }

    /// The file `portrait.gaze` with the section [`to_section`](Self::to_section) of this rig, and what made it.
    ///
    /// # Errors
    /// As in [`to_bytes`](Self::to_bytes).
    pub fn file_of_section(&self, section: &[u8], made_by: &Provenance) -> Result<Vec<u8>> {
        let RigParts { picture, moving, .. } = self.parts();
        let about = made_by.to_json();
        let header =
            PackHeader::of_rig(picture.size(), self.has_alpha(), *moving, section.len() as u64)?
                .with_about(about.len() as u64)?;
        Ok([&header.to_bytes(), about.as_bytes(), section].concat())
    }

    /// The rig as the section `RIGD` of a pack. `picture` as in [`to_bytes`](Self::to_bytes).
    ///
    /// # Errors
    /// As in [`to_bytes`](Self::to_bytes).
    pub fn to_section(&self, picture: &StoredPicture) -> Result<Vec<u8>> {
        let parts = self.parts();
        let size = parts.picture.size();
        if size.area() > RIG_MAX_AREA || !PackHeader::holds_frames_of(size) {
            return Err(too_large(format!(
                "its picture has {} x {} px, {RIG_MAX_AREA} in all are the most",
                size.width, size.height
            )));
        }
        let matte = match &parts.backdrop {
            Backdrop::Kept { matte, .. } => matte::write(matte, matte::OPAQUE_LEVELS),
            Backdrop::Removed => {
                let alpha = parts.picture.pixels().as_chunks::<4>().0.iter();
                let values = alpha.map(|p| f32::from(p[3]) / 255.0).collect();
                matte::write(&Plane { values, ..Plane::of_size(size) }, matte::ALPHA_LEVELS)
            }
        };
        let mask = parts.mask.as_ref().map(|mask| matte::write(mask, matte::ALPHA_LEVELS));
        let filling = parts.filling().map(filling::write);
        let movement = movement::write(parts)?;
        let eyes = eyes::write(&parts.eyes, parts.version, size)?;
        let numbers = part_table::Numbers {
            matte: &matte,
            mask: mask.as_deref(),
            filling: filling.as_deref(),
            movement: &movement,
            eyes: &eyes,
        };
        part_table::write(parts.version, size, self.has_alpha(), picture, numbers)
    }
}

fn too_large(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Output, format!("the rig cannot be stored, use a smaller picture: {why}"))
}

/// A number in whole steps, within 16 bits.
fn steps(value: f32, step: f32) -> i32 {
    // Casts saturate, and what is no number becomes 0.
    ((value / step).round() as i32).clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}
