//! The page around the element: as it is served, and as one file that needs nothing else.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gaze_core::pack::{PACK_FILE, PackFile};
use gaze_core::rig_file::RIG_FILE;
use gaze_core::{CLEAR_PLACEHOLDER, Error, ErrorKind, Observer, Result, Size};

use crate::PLAYER;

/// Largest portrait that is put into a page, in bytes. Those that gaze writes have some 70 KB.
const PORTRAIT_MAX_BYTES: u64 = 4 << 20;

/// Bytes of the pack in each script block: a multiple of three, so that blocks of base64 have no padding, and
/// 1 MiB of text.
const BLOCK_BYTES: usize = 768 << 10;

/// The page up to the element's content. `gaze maker`'s page fills in the same two parts.
const BEFORE: &str = include_str!("page/before.html");
/// The end of a page that carries all it needs: the player, and what gives it the blocks of data above.
const AFTER: &str = include_str!("page/after.html");

/// Everything before the element's own content: `attributes` go into its tag.
pub fn before_content(title: &str, frame: Option<Size>, attributes: &str) -> String {
    let Size { width, height } = frame.unwrap_or(Size { width: 4, height: 5 });
    BEFORE
        .replace("{{width}}", &width.to_string())
        .replace("{{height}}", &height.to_string())
        .replace("{{attributes}}", attributes)
        .replace("{{title}}", &escape(title))
}

/// The end of a page with blocks of data: `<script type="application/octet-stream">`, in base64.
pub fn after_data() -> String {
    AFTER.replace("{{player}}", &inline_script(PLAYER))
}

/// The file to show of `path`, which is one itself or a folder: its live rig, else its pack; none where there are sheets
/// alone.
pub fn pack_at(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path.to_owned());
    }
    [RIG_FILE, PACK_FILE].into_iter().map(|name| path.join(name)).find(|file| file.exists())
}

/// The element's content and end: the portrait of `dir`, where it has one, to be seen until the first frame is
/// there. Of a transparent face, the one that is so too.
pub fn content(dir: &Path) -> String {
    let mut html = String::new();
    let read = |(name, kind): (&str, &'static str)| {
        let path = dir.join(name);
        let is_small =
            fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= PORTRAIT_MAX_BYTES);
        is_small.then(|| Some((kind, fs::read(&path).ok()?))).flatten()
    };
    let portraits = [(CLEAR_PLACEHOLDER, "image/webp"), ("input.jpg", "image/jpeg")];
    if let Some((kind, picture)) = portraits.into_iter().find_map(read) {
        let data = STANDARD.encode(picture);
        html.push_str(&format!("<img alt=\"\" src=\"data:{kind};base64,{data}\">"));
    }
    html.push_str("</gaze-tracker>\n");
    html
}

/// Writes a page that shows `pack`, a pack or a live rig, and needs nothing else, not even a server: `path` is what it was
/// made of, which gives its title and the portrait to be seen meanwhile.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] where `pack` cannot be read, [`ErrorKind::Output`] where `html` cannot be written,
/// [`ErrorKind::Cancelled`].
pub fn write_page(
    path: &Path,
    pack: &Path,
    html: &mut impl Write,
    observer: &dyn Observer,
) -> Result<()> {
    let frame = Some(PackFile::open(pack)?.header().frame_size);
    let mut put = |text: &str| html.write_all(text.as_bytes()).map_err(not_written);
    put(&before_content(&title_of(path), frame, ""))?;
    put(&content(path))?;
    write_blocks(pack, html, observer)?;
    html.write_all(after_data().as_bytes()).map_err(not_written)
}

/// The pack as base64, block by block.
fn write_blocks(pack: &Path, html: &mut impl Write, observer: &dyn Observer) -> Result<()> {
    let unreadable = |e: io::Error| {
        let message = format!("the pack cannot be read: {e}");
        Error::new(ErrorKind::InvalidInput, message).with_path(pack).with_source(e)
    };
    let file = fs::File::open(pack).map_err(unreadable)?;
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    loop {
        block.clear();
        (&file).take(BLOCK_BYTES as u64).read_to_end(&mut block).map_err(unreadable)?;
        if block.is_empty() {
            return Ok(());
        }
        observer.check_cancelled()?;
        let text = STANDARD.encode(&block);
        writeln!(html, "<script type=\"application/octet-stream\">{text}</script>")
            .map_err(not_written)?;
    }
}

fn not_written(e: io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("the page cannot be written: {e}")).with_source(e)
}

/// A script as it may stand within a page: nothing in it ends the script or opens a comment, in whatever letter case.
/// The escapes mean the same in strings, and would be wrong in code: `i<scripts`.
pub fn inline_script(script: &str) -> String {
    let lower = script.to_ascii_lowercase();
    let mut safe = String::with_capacity(script.len());
    let mut copied = 0;
    for (at, _) in lower.match_indices('<') {
        let rest = &lower[at + 1..];
        let escaped = if rest.starts_with("!--") {
            "<\\"
        } else if rest.starts_with("script") || rest.starts_with("/script") {
            "\\x3c"
        } else {
            continue;
        };
        safe.push_str(&script[copied..at]);
        safe.push_str(escaped);
        copied = at + 1;
    }
    safe.push_str(&script[copied..]);
    safe
}

/// The name of a folder or of a file as a title.
pub fn title_of(dir: &Path) -> String {
    let path = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let name = if path.is_file() { path.file_stem() } else { path.file_name() };
    name.map_or("gaze".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_cannot_break_the_page() {
        let html = before_content("</title><script>", None, "");
        assert!(html.contains("<title>&lt;/title>&lt;script></title>"), "{html}");
    }

    #[test]
    fn scripts_cannot_end_early() {
        let safe = inline_script("a = '</script><!--<script>'");
        assert_eq!(safe, r"a = '\x3c/script><\!--\x3cscript>'");
        assert_eq!(inline_script("'é</ScRipt >'"), r"'é\x3c/ScRipt >'");
        assert_eq!(inline_script("a<b"), "a<b");
    }

    #[test]
    fn the_player_needs_no_escapes() {
        // If this fails, look whether what is escaped stands in a string: in code it would break the player.
        assert!(inline_script(PLAYER) == PLAYER);
        assert!(PLAYER.contains("gaze-tracker"), "it defines the element");
    }
}
