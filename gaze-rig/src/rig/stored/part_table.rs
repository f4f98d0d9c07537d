//! The beginning of a rig's section: what kind of rig it is, and where its parts lie.

use super::{PictureFormat, RIG_MAX_AREA, RIG_MAX_BYTES, StoredPicture, too_large};
use crate::bytes::{Bytes, damaged, invalid, printable};
use crate::error::Result;
use crate::frame::Size;
use crate::rig::RigVersion;

/// A picture moved by fields. Rigs of other kinds have other parts.
const KIND_WARPED: u16 = 1;
const HAS_ALPHA: u16 = 1;
const HEADER_BYTES: usize = 12;
const ENTRY_BYTES: usize = 16;
const MAX_PARTS: usize = 16;
/// Who does not know this part cannot draw the rig.
const REQUIRED: u16 = 1;

pub(super) const PICTURE: [u8; 4] = *b"PICT";
pub(super) const MATTE: [u8; 4] = *b"MATT";
pub(super) const MOVEMENT: [u8; 4] = *b"MOVE";
pub(super) const EYES: [u8; 4] = *b"EYES";
/// Only in rigs whose background is kept and not seen everywhere. It came after the others: who does not know it refuses
/// such rigs.
pub(super) const MASK: [u8; 4] = *b"MASK";
/// Only in rigs whose background is kept.
pub(super) const FILLING: [u8; 4] = *b"FILL";
/// Codings of a part: of pictures, and of numbers.
const WEBP: u16 = 1;
const JPEG: u16 = 2;
const NUMBERS: u16 = 1;

struct Part {
    kind: [u8; 4],
    coding: u16,
    offset: usize,
    length: usize,
    checksum: u32,
}

/// What a rig's section says of itself.
pub(super) struct PartTable {
    pub(super) version: RigVersion,
    pub(super) size: Size,
    pub(super) has_alpha: bool,
    parts: Vec<Part>,
}

impl PartTable {
    pub(super) fn read(section: &[u8]) -> Result<Self> {
        let mut bytes = Bytes::new(section, "rig");
        let (number, kind) = (bytes.u16()?, bytes.u16()?);
        let version = RigVersion::of_number(number).filter(|_| kind == KIND_WARPED);
        let version = version.ok_or_else(|| {
            invalid(format!(
                "holds a rig of version {number} and kind {kind}, which this release cannot draw: use a newer one"
            ))
        })?;
        let size = Size { width: bytes.u16()?.into(), height: bytes.u16()?.into() };
        if size.area() == 0 || size.area() > RIG_MAX_AREA {
            return Err(damaged(format!("its rig claims {} x {} px", size.width, size.height)));
        }
        let flags = bytes.u16()?;
        let count = usize::from(bytes.u16()?);
        if count > MAX_PARTS {
            return Err(damaged(format!("its rig claims {count} parts")));
        }
        let mut offset = HEADER_BYTES + count * ENTRY_BYTES;
        let mut parts: Vec<Part> = Vec::with_capacity(count);
        for _ in 0..count {
            let (kind, coding, flags) = (bytes.array()?, bytes.u16()?, bytes.u16()?);
            let (length, checksum) = (bytes.u32()? as usize, bytes.u32()?);
            let is_known = [PICTURE, MATTE, MOVEMENT, EYES, MASK, FILLING].contains(&kind);
            if !is_known && flags & REQUIRED != 0 {
                return Err(invalid(format!(
                    "needs the part \"{}\" of a rig, which this release cannot read: use a newer one",
                    printable(&kind)
                )));
            }
            if parts.iter().any(|part| part.kind == kind) {
                return Err(damaged("a part of its rig comes twice"));
            }
            parts.push(Part { kind, coding, offset, length, checksum });
            offset = offset.saturating_add(length);
        }
        if offset != section.len() {
            return Err(damaged("the parts of its rig do not add up to the bytes that there are"));
        }
        Ok(Self { version, size, has_alpha: flags & HAS_ALPHA != 0, parts })
    }

    /// Kind and bytes of every part.
    pub(super) fn lengths(&self) -> Vec<([u8; 4], u64)> {
        self.parts.iter().map(|part| (part.kind, part.length as u64)).collect()
    }

    /// Whether there is a part of this kind.
    pub(super) fn has(&self, kind: [u8; 4]) -> bool {
        self.parts.iter().any(|part| part.kind == kind)
    }

    /// The bytes of a part of numbers.
    pub(super) fn part<'a>(&self, section: &'a [u8], kind: [u8; 4]) -> Result<&'a [u8]> {
        let (coding, bytes) = self.find(section, kind)?;
        if coding == NUMBERS { Ok(bytes) } else { Err(unknown_coding(kind, coding)) }
    }

    pub(super) fn picture(&self, section: &[u8]) -> Result<StoredPicture> {
        let (coding, bytes) = self.find(section, PICTURE)?;
        let format = match coding {
            WEBP => PictureFormat::Webp,
            JPEG => PictureFormat::Jpeg,
            other => return Err(unknown_coding(PICTURE, other)),
        };
        Ok(StoredPicture { format, bytes: bytes.to_vec() })
    }

    fn find<'a>(&self, section: &'a [u8], kind: [u8; 4]) -> Result<(u16, &'a [u8])> {
        let name = || printable(&kind);
        let part = self.parts.iter().find(|part| part.kind == kind);
        let part = part.ok_or_else(|| damaged(format!("its rig lacks the part {}", name())))?;
        let bytes = section.get(part.offset..part.offset + part.length);
        let bytes = bytes.filter(|bytes| !bytes.is_empty() && crc32(bytes) == part.checksum);
        let bytes = bytes.ok_or_else(|| {
            damaged(format!("the part {} of its rig is not what was written", name()))
        })?;
        Ok((part.coding, bytes))
    }
}

fn unknown_coding(kind: [u8; 4], coding: u16) -> crate::error::Error {
    let kind = printable(&kind);
    invalid(format!(
        "holds the part {kind} of a rig in coding {coding}, which this release cannot read: use a newer one"
    ))
}

/// The parts of numbers, coded.
pub(super) struct Numbers<'a> {
    pub(super) movement: &'a [u8],
    pub(super) eyes: &'a [u8],
    pub(super) matte: &'a [u8],
    pub(super) mask: Option<&'a [u8]>,
    pub(super) filling: Option<&'a [u8]>,
}

/// A section of these parts.
pub(super) fn write(
    version: RigVersion,
    size: Size,
    has_alpha: bool,
    picture: &StoredPicture,
    Numbers { movement, eyes, matte, mask, filling }: Numbers<'_>,
) -> Result<Vec<u8>> {
    let picture_coding = match picture.format {
        PictureFormat::Webp => WEBP,
        PictureFormat::Jpeg => JPEG,
    };
    // What is small comes first, so that the picture is the last to arrive.
    let mut parts =
        vec![(MOVEMENT, NUMBERS, movement), (EYES, NUMBERS, eyes), (MATTE, NUMBERS, matte)];
    parts.extend(mask.map(|mask| (MASK, NUMBERS, mask)));
    parts.extend(filling.map(|filling| (FILLING, NUMBERS, filling)));
    parts.push((PICTURE, picture_coding, &picture.bytes));
    let length: usize = parts.iter().map(|(_, _, bytes)| bytes.len()).sum();
    if length as u64 > RIG_MAX_BYTES - (HEADER_BYTES + parts.len() * ENTRY_BYTES) as u64 {
        return Err(too_large(format!("it would have {length} bytes")));
    }
    let mut section = Vec::with_capacity(length + HEADER_BYTES + parts.len() * ENTRY_BYTES);
    let flags = if has_alpha { HAS_ALPHA } else { 0 };
    let sides = [size.width as u16, size.height as u16];
    let count = parts.len() as u16;
    for number in [version.number(), KIND_WARPED, sides[0], sides[1], flags, count] {
        section.extend_from_slice(&number.to_le_bytes());
    }
    for (kind, coding, bytes) in &parts {
        section.extend_from_slice(kind);
        section.extend_from_slice(&coding.to_le_bytes());
        section.extend_from_slice(&REQUIRED.to_le_bytes());
        section.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        section.extend_from_slice(&crc32(bytes).to_le_bytes());
    }
    parts.iter().for_each(|(_, _, bytes)| section.extend_from_slice(bytes));
    Ok(section)
}

/// The checksum of PNG and gzip (ISO 3309), a bit at a time: parts are small and tables are not.
fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_png() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }
}
