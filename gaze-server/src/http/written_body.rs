//! Bodies of answers that are written while they are sent.

use std::io::{self, Write};

use axum::body::Body;
use tokio_util::io::{ReaderStream, SyncIoBridge};

/// Bytes on their way.
const BUFFER: usize = 256 << 10;

/// A body that `write` writes, on a thread that may wait. Where it fails, or whoever reads has gone, the body ends early.
pub(crate) fn written_body(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
) -> Body {
    let (reader, writer) = tokio::io::duplex(BUFFER);
    tokio::task::spawn_blocking(move || {
        let mut writer = SyncIoBridge::new(writer);
        if let Err(e) = write(&mut writer) {
            tracing::debug!("an answer was not finished: {e}");
            return;
        }
        let _ = writer.shutdown();
    });
    Body::from_stream(ReaderStream::with_capacity(reader, BUFFER))
}
