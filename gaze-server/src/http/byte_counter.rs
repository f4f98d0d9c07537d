//! Says how large something is before it is sent.

use std::io::{self, Write};

/// Counts what is written, and keeps none of it.
#[derive(Debug, Default)]
pub(crate) struct ByteCounter {
    pub(crate) bytes: u64,
}

impl Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
