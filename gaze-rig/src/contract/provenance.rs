//! What made a result, for readers who want to know that a picture is not a plain photograph.

use serde::Deserialize;

/// How a picture came to be, by the terms of IPTC's vocabulary
/// [Digital Source Type](https://cv.iptc.org/newscodes/digitalsourcetype/).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigitalSourceType {
    /// A picture that an algorithm changed: warped by the embedded engine, or made smaller and turned upright.
    AlgorithmicallyEnhanced,
    /// Parts of it were made by a network that was trained on others' pictures: LivePortrait.
    CompositeWithTrainedAlgorithmicMedia,
}

impl DigitalSourceType {
    /// IPTC's term, as in the vocabulary's addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::AlgorithmicallyEnhanced => "algorithmicallyEnhanced",
            Self::CompositeWithTrainedAlgorithmicMedia => "compositeWithTrainedAlgorithmicMedia",
        }
    }
}

/// Longest name of an engine that is passed on.
const MOST_LETTERS: usize = 40;

/// The keys that are read again.
#[derive(Deserialize)]
struct Keys {
    engine: Option<String>,
}

/// What made a result: which release of gaze, and which of its engines.
///
/// ```
/// use gaze_rig::{DigitalSourceType, Provenance};
///
/// let made = Provenance::by_engine("embedded");
/// assert_eq!(made.source_type(), DigitalSourceType::AlgorithmicallyEnhanced);
/// assert!(made.to_json().starts_with(r#"{"generator":"gaze","generatorVersion":""#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provenance {
    /// The engine's name, for instance `embedded`; none where frames are of unknown origin.
    pub engine: Option<String>,
}

impl Provenance {
    /// The program that makes all of it.
    pub const GENERATOR: &'static str = "gaze";
    /// Its release.
    pub const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    /// Something that the engine of this name made. A name of other characters than letters, digits, `-`, `_` and `.`, or of
    /// more than 40, counts as none.
    pub fn by_engine(name: &str) -> Self {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_name = (1..=MOST_LETTERS).contains(&name.len()) && name.chars().all(is_plain);
        Self { engine: is_name.then(|| name.to_owned()) }
    }

    /// Something made of frames whose engine is not known.
    pub fn unknown() -> Self {
        Self { engine: None }
    }

    /// What `metadata.json` or the section `ABOT` of a pack says: unknown where it says nothing, as that of older tools.
    pub fn from_json(json: &[u8]) -> Self {
        let keys: Option<Keys> = serde_json::from_slice(json).ok();
        keys.and_then(|keys| keys.engine).map_or_else(Self::unknown, |name| Self::by_engine(&name))
    }

    /// How frames came to be. Those of an engine that is not known to do without are taken for a network's work.
    pub fn source_type(&self) -> DigitalSourceType {
        match self.engine.as_deref() {
            Some("embedded") => DigitalSourceType::AlgorithmicallyEnhanced,
            _ => DigitalSourceType::CompositeWithTrainedAlgorithmicMedia,
        }
    }

    /// Keys that readers may ignore, in their order: `generator`, `generatorVersion`, `engine` where it is known, and
    /// `digitalSourceType`.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let engine = self.engine.as_deref().map(|name| ("engine", name));
        [("generator", Self::GENERATOR), ("generatorVersion", Self::VERSION)]
            .into_iter()
            .chain(engine)
            .chain([("digitalSourceType", self.source_type().name())])
    }

    /// The keys as a JSON object in one line.
    pub fn to_json(&self) -> String {
        // Names and terms need no escaping.
        let keys: Vec<String> =
            self.keys().map(|(key, value)| format!("\"{key}\":\"{value}\"")).collect();
        format!("{{{}}}", keys.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_their_source_types() {
        let named = |engine: Provenance| engine.source_type().name();
        assert_eq!(named(Provenance::by_engine("embedded")), "algorithmicallyEnhanced");
        let composite = "compositeWithTrainedAlgorithmicMedia";
        assert_eq!(named(Provenance::by_engine("liveportrait")), composite);
        assert_eq!(named(Provenance::unknown()), composite);
    }

    #[test]
    fn what_is_no_name_never_reaches_a_file() {
        for name in ["", "\"}", "a b", "<x>", "é", &"x".repeat(41)] {
            assert_eq!(Provenance::by_engine(name), Provenance::unknown(), "{name}");
        }
        assert!(!Provenance::unknown().to_json().contains("\"engine\""));
    }

    #[test]
    fn a_manifest_says_who_made_it() {
        for made in [Provenance::by_engine("embedded"), Provenance::unknown()] {
            assert_eq!(Provenance::from_json(made.to_json().as_bytes()), made);
        }
        for json in ["", "[]", r#"{"engine":7}"#, r#"{"engine":"<b>"}"#] {
            assert_eq!(Provenance::from_json(json.as_bytes()), Provenance::unknown(), "{json}");
        }
    }
}
