//! What no source of the library crates may hold: words of the command line, and calls of other programs. Front ends
//! word a `Hint`; what is asked of other programs is theirs to decide too. And what no crate at all may: modules that reach
//! themselves by way of others.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 5] =
    ["gaze-rig", "gaze-face", "gaze-output", "gaze-liveportrait", "gaze-core"];
const FRONT_ENDS: [&str; 4] = ["gaze-player", "gaze-server", "gaze-cli", "gaze-py"];
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

/// By their paths within `src`.
fn sources_of(name: &str) -> Vec<(PathBuf, Source)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
    let mut paths = Vec::new();
    sources_in(&folder, &mut paths);
    assert!(!paths.is_empty(), "{name} has no sources");
    let read = |path: PathBuf| {
        let source = take_apart(&fs::read_to_string(&path).unwrap());
        (path.strip_prefix(&folder).unwrap().to_owned(), source)
    };
    paths.into_iter().map(read).collect()
}

fn library_sources() -> Vec<(PathBuf, Source)> {
    let named = |name| {
        let sources = sources_of(name);
        assert!(sources.len() > 3, "{name} has few sources");
        sources.into_iter().map(move |(path, source)| (Path::new(name).join(path), source))
    };
    CRATES.into_iter().flat_map(named).collect()
}

/// Modules of the crate's root that code names, by `crate::a` or `crate::{a, b::c}`.
fn modules_named(code: &str) -> BTreeSet<&str> {
    let word = |text: &'_ str| -> usize {
        text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
    };
    let mut named = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            named.insert(&rest[..word(rest)]);
            continue;
        };
        let mut depth = 0;
        let mut is_first = true;
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => is_first = true,
                _ if is_first && !c.is_whitespace() => {
                    named.insert(&list[at..at + word(&list[at..])]);
                    is_first = false;
                }
                _ => {}
            }
        }
    }
    named
}

/// Modules that reach themselves by way of others, of those that each one names.
fn circle<'a>(mut named: BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    loop {
        let all: BTreeSet<_> = named.keys().copied().collect();
        let before = named.len();
        named.retain(|module, others| {
            others.iter().any(|other| other != module && all.contains(other))
        });
        if named.len() == before {
            return named.into_keys().collect();
        }
    }
}

#[test]
fn no_module_reaches_itself_by_way_of_others() {
    for name in CRATES.into_iter().chain(FRONT_ENDS) {
        let sources = sources_of(name);
        let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (path, source) in &sources {
            let first = path.iter().next().unwrap().to_str().unwrap();
            let module = first.strip_suffix(".rs").unwrap_or(first);
            // The root names all of them, and tests what they need.
            if !["lib", "main", "onnxruntime"].contains(&module) {
                named.entry(module).or_default().extend(modules_named(&source.code));
            }
        }
        assert_eq!(circle(named), Vec::<&str>::new(), "in {name}, or on the way to such a circle");
    }
}

#[test]
fn circles_are_found() {
    let code = "use crate::a::B;\nuse crate::{c, d::{e, f}, g::H};\ncrate::i();";
    assert_eq!(modules_named(code), BTreeSet::from(["a", "c", "d", "g", "i"]));
    let of = |edges: &[(&'static str, &[&'static str])]| {
        circle(
            edges
                .iter()
                .map(|(module, others)| (*module, others.iter().copied().collect()))
                .collect(),
        )
    };
    assert!(of(&[("a", &["b", "c"]), ("b", &["c", "b"]), ("c", &["Error"])]).is_empty());
    assert_eq!(of(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])]), ["a", "b", "c"]);
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
