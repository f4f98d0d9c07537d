//! What the files of sheets are encoded as.

/// Format of sheets. Another one needs a codec in gaze-core and, in players, an image decoder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SheetFormat {
    /// Lossy WebP. The default.
    #[default]
    WebP,
}

impl SheetFormat {
    /// Every format.
    pub const ALL: [SheetFormat; 1] = [SheetFormat::WebP];

    /// Name in the manifest, which is the extension of file names too: `webp`.
    pub const fn name(self) -> &'static str {
        match self {
            SheetFormat::WebP => "webp",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Name for people: `WebP`.
    pub const fn label(self) -> &'static str {
        match self {
            SheetFormat::WebP => "WebP",
        }
    }

    /// Longest side of a picture, in pixels.
    pub const fn max_side(self) -> u32 {
        match self {
            SheetFormat::WebP => 16_383,
        }
    }
}
