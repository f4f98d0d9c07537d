//! Memory that one thread reads from the top while others still write below.

use std::ptr::{self, NonNull};
use std::slice;

/// Bytes that are reached through pointers only, so that libwebp may read some of them while others are written. References
/// to all of them would claim that nobody else does anything with any.
#[derive(Debug)]
pub(super) struct PixelBlock {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: it owns its bytes. Whoever writes or reads them through a shared reference answers for the order: both
// functions that allow it are unsafe.
unsafe impl Send for PixelBlock {}
// SAFETY: as above.
unsafe impl Sync for PixelBlock {}

impl PixelBlock {
    /// Zeros. The system gives memory as late as it is written.
    pub(super) fn zeroed(len: usize) -> Self {
        let block = Box::into_raw(vec![0u8; len].into_boxed_slice());
        Self { start: NonNull::new(block.cast()).expect("a box has an address"), len }
    }

    pub(super) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// All bytes, where nobody else has the block.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the block is `len` bytes long, initialised, and borrowed for this alone.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Copies `bytes` to the place `at`.
    ///
    /// # Safety
    /// Nobody reads or writes these bytes of the block at the same time.
    pub(super) unsafe fn write(&self, at: usize, bytes: &[u8]) {
        assert!(at <= self.len && bytes.len() <= self.len - at, "a frame lies on its sheet");
        // SAFETY: in range by the check above, and by the caller's promise no one else is there.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), self.start.as_ptr().add(at), bytes.len())
        }
    }

    /// Copies `len` bytes from one place to another that does not overlap it.
    ///
    /// # Safety
    /// Nobody writes the former or reads or writes the latter at the same time.
    pub(super) unsafe fn repeat(&self, from: usize, to: usize, len: usize) {
        assert!(
            from.max(to) + len <= self.len && from.abs_diff(to) >= len,
            "rows lie on their sheet"
        );
        // SAFETY: in range and apart by the check above, and by the caller's promise no one else is there.
        unsafe {
            ptr::copy_nonoverlapping(
                self.start.as_ptr().add(from),
                self.start.as_ptr().add(to),
                len,
            )
        }
    }
}

impl Drop for PixelBlock {
    fn drop(&mut self) {
        let block = ptr::slice_from_raw_parts_mut(self.start.as_ptr(), self.len);
        // SAFETY: made by `Box::into_raw` with this length, and given back once.
        drop(unsafe { Box::from_raw(block) });
    }
}
