//! The page around the element that `preview` serves and `export` writes.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gaze_core::Size;
use gaze_core::pack::PACK_FILE;
use gaze_core::rig_file::RIG_FILE;

use crate::player::PLAYER;

/// Largest portrait that is put into a page, in bytes. Those that gaze writes have some 70 KB.
const PORTRAIT_MAX_BYTES: u64 = 4 << 20;

/// The page up to the element's content. `gaze maker`'s page fills in the same two parts.
const BEFORE: &str = include_str!("page/before.html");
/// The end of a page that carries all it needs: the player, and what gives it the blocks of data above.
const AFTER: &str = include_str!("page/after.html");

/// Everything before the element's own content: `attributes` go into its tag.
pub(crate) fn before_content(title: &str, frame: Option<Size>, attributes: &str) -> String {
    let Size { width, height } = frame.unwrap_or(Size { width: 4, height: 5 });
    BEFORE
        .replace("{{width}}", &width.to_string())
        .replace("{{height}}", &height.to_string())
        .replace("{{attributes}}", attributes)
        .replace("{{title}}", &escape(title))
}

/// The end of a page with blocks of data: `<script type="application/octet-stream">`, in base64.
pub(crate) fn after_data() -> String {
    AFTER.replace("{{player}}", &inline_script(PLAYER))
}

/// The file to show of `path`, which is one itself or a folder: its live rig, else its pack; none where there are sheets
/// alone.
pub(crate) fn pack_at(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path.to_owned());
    }
    [RIG_FILE, PACK_FILE].into_iter().map(|name| path.join(name)).find(|file| file.exists())
}

/// The element's content and end: the portrait of `dir`, where it has one, to be seen until the first frame is
/// there.
pub(crate) fn content(dir: &Path) -> String {
    let mut html = String::new();
    let path = dir.join("input.jpg");
    let is_small = fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= PORTRAIT_MAX_BYTES);
    if let Some(jpeg) = is_small.then(|| fs::read(&path).ok()).flatten() {
        let data = STANDARD.encode(jpeg);
        let _ = write!(html, "<img alt=\"\" src=\"data:image/jpeg;base64,{data}\">");
    }
    html.push_str("</gaze-tracker>\n");
    html
}

/// A script as it may stand within a page: nothing in it ends the script or opens a comment, in whatever letter case.
/// The escapes mean the same in strings, and would be wrong in code: `i<scripts`.
pub(crate) fn inline_script(script: &str) -> String {
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
pub(crate) fn title_of(dir: &Path) -> String {
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
