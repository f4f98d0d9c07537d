//! Little-endian numbers of files whose bytes are a stranger's.

use crate::error::{Error, ErrorKind, Result};

/// A name of a stranger's, with question marks for what cannot be printed. Players have no room for the machinery of `{:?}`.
pub(crate) fn printable(name: &[u8]) -> String {
    let letter = |byte: &u8| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' };
    name.iter().map(letter).collect()
}

/// Numbers, one after another.
pub(crate) struct Bytes<'a> {
    rest: &'a [u8],
    /// What is being read, for errors.
    what: &'static str,
}

impl<'a> Bytes<'a> {
    /// `what` names the part in errors: "header".
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// Bytes that are left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.cut_short())?;
        self.rest = rest;
        Ok(*array)
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.cut_short())?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16> {
        self.array().map(i16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn cut_short(&self) -> Error {
        damaged(format!("its {} is cut short", self.what))
    }
}

/// The file is not what it should be.
pub(crate) fn invalid(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidFormat, format!("the file {what}"))
}

/// The file is what it should be, but for this.
pub(crate) fn damaged(what: impl std::fmt::Display) -> Error {
    invalid(format!("is damaged, make it again: {what}"))
}
