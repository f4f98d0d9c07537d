//! What a portrait's user should know.

use gaze_rig::Hint;

/// Why a result may not look right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// One or both eyes are closed or nearly so: the irises cannot be moved.
    ClosedEyes,
    /// The head is turned away: one eye is hard to see.
    TurnedHead,
    /// Perhaps not a human face: a statue, an animal, a drawing.
    DoubtfulFace,
    /// The face is so small that there is little detail to move.
    SmallFace,
    /// The face is small in the frame although the picture shows it larger: a crop would.
    DistantFace,
    /// The face lies sideways or upside down.
    TurnedPicture,
    /// Several faces were found, none was chosen, and the largest was taken.
    SeveralFaces,
    /// One or both eyes are drawn in the soft style, with a smaller range.
    SoftEyes,
    /// The end of the portrait's file is missing, though all of the picture is there.
    IncompleteFile,
}

impl WarningKind {
    /// Stable name in kebab case, for machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            WarningKind::ClosedEyes => "closed-eyes",
            WarningKind::TurnedHead => "turned-head",
            WarningKind::DoubtfulFace => "doubtful-face",
            WarningKind::SmallFace => "small-face",
            WarningKind::DistantFace => "distant-face",
            WarningKind::TurnedPicture => "turned-picture",
            WarningKind::SeveralFaces => "several-faces",
            WarningKind::SoftEyes => "soft-eyes",
            WarningKind::IncompleteFile => "incomplete-file",
        }
    }
}

/// Something about a portrait that its user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The same for people: what was seen and what to do, but for what [`hint`](Self::hint) says.
    pub message: String,
}

impl Warning {
    /// What can be done about it, where each front end has its own word for that.
    pub fn hint(&self) -> Option<Hint> {
        (self.kind == WarningKind::DistantFace).then_some(Hint::CropCloser)
    }

    /// The whole text in the words of a front end, as by [`Error::worded`](gaze_rig::Error::worded).
    pub fn worded(&self, word: impl Fn(&Hint) -> String) -> String {
        match self.hint() {
            Some(hint) => format!("{}: {}", self.message, word(&hint)),
            None => self.message.clone(),
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.worded(Hint::to_string))
    }
}
