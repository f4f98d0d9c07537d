//! What no source of the library crates may hold: words of the command line, and calls of other programs. Front ends
//! word a `Hint`; what is asked of other programs is theirs to decide too.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 5] =
    ["gaze-rig", "gaze-face", "gaze-output", "gaze-liveportrait", "gaze-core"];
/// Words that only the command line's users know. An option is two hyphens and a letter.
const FOREIGN_WORDS: [&str; 4] = ["gaze models", "gaze doctor", "gaze generate", "pip install"];

/// A source without its comments: what lies between quotes, and the rest.
#[derive(Debug, Default, PartialEq)]
struct Source {
    literals: Vec<String>,
    code: String,
}

/// Takes a source apart, up to its tests.
fn take_apart(text: &str) -> Source {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut source = Source::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(hashes) = raw_string(rest) {
            let body = &rest[hashes + 2..];
            let end = format!("\"{}", "#".repeat(hashes));
            let (literal, after) = body.split_once(&end).unwrap();
            source.literals.push(literal.to_owned());
            rest = after;
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let (literal, after) = rest[1..].split_at(end.unwrap());
            // Lines that go on are one sentence.
            let lines = literal.split("\\\n").map(str::trim_start);
            source.literals.push(lines.collect());
            rest = &after[1..];
        } else if let Some(quoted) =
            ["'\"'", "'\\\"'", "b'\"'"].iter().find(|q| rest.starts_with(**q))
        {
            rest = &rest[quoted.len()..];
        } else {
            source.code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    source
}

/// Number of hashes of a raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let body = after.trim_start_matches('#');
    body.starts_with('"').then(|| after.len() - body.len())
}

fn foreign_word(literal: &str) -> Option<&str> {
    let word = FOREIGN_WORDS.into_iter().find(|word| literal.contains(word));
    let is_option = |at: usize| literal[at + 2..].starts_with(|c: char| c.is_ascii_lowercase());
    word.or_else(|| literal.match_indices("--").find(|(at, _)| is_option(*at)).map(|_| "an option"))
}

/// All sources of a folder but those that are tests as a whole.
fn sources_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        if entry.is_dir() {
            sources_in(&entry, found);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") && name != "golden.rs" {
            found.push(entry);
        }
    }
}

fn library_sources() -> Vec<(PathBuf, Source)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for name in CRATES {
        let before = paths.len();
        sources_in(&root.join(name).join("src"), &mut paths);
        assert!(paths.len() > before + 3, "{name} has few sources");
    }
    paths
        .into_iter()
        .map(|path| (path.clone(), take_apart(&fs::read_to_string(path).unwrap())))
        .collect()
}

#[test]
fn messages_hold_no_words_of_the_command_line() {
    for (path, source) in library_sources() {
        for literal in &source.literals {
            let word = foreign_word(literal);
            assert!(word.is_none(), "{}: {word:?} in {literal:?}", path.display());
        }
    }
}

#[test]
fn no_process_is_started() {
    for (path, source) in library_sources() {
        let starts =
            source.code.contains("Command::new") || source.code.contains("process::Command");
        assert!(!starts, "{} starts a process", path.display());
    }
}

#[test]
fn sources_are_taken_apart() {
    let text = r##"
/// Run `gaze models pull`.
let quote = '"'; // "--comment"
let a = "use \
         --device cpu";
let b = r#"say "gaze doctor""#;
let c = "a \" -- b";
Command::new("x");
#[cfg(test)]
mod tests { "--test" }
"##;
    let Source { literals, code } = take_apart(text);
    assert_eq!(literals, ["use --device cpu", "say \"gaze doctor\"", "a \\\" -- b", "x"]);
    assert!(code.contains("Command::new()") && !code.contains("comment"), "{code}");
    let words: Vec<_> = literals.iter().map(|literal| foreign_word(literal)).collect();
    assert_eq!(words, [Some("an option"), Some("gaze doctor"), None, None]);
}
