//! Checks a folder of sheets against its manifest.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::generator::is_sheet_name;
use crate::pack::{PACK_FILE, PackFile, PackHead};
use crate::partial::PARTIAL_PREFIX;
use crate::sheets::webp_decode::{decodes, read_features};
use crate::{Error, ErrorKind, MANIFEST_MAX_BYTES, Manifest, Result, SheetSpec, Size};

/// Largest sheet file that is read, in bytes; real ones have about 6 MB.
pub(crate) const SHEET_MAX_BYTES: u64 = 256 << 20;

/// What is said of a sheet whose pixels cannot be read.
pub(crate) const CUT_SHORT: &str = "is damaged or cut short: generate the sheets again";

/// One thing that is wrong with a folder of sheets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Name of the file in the folder.
    pub file: String,
    /// What is wrong with it, in plain words.
    pub message: String,
}

/// What [`inspect`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What the folder says it holds; none where that cannot be read.
    pub manifest: Option<Manifest>,
    /// Sheets that are as they should be.
    pub good_sheets: Vec<String>,
    /// Head of `frames.gaze`, where there is one that is as it should be.
    pub pack: Option<PackHead>,
    /// What is wrong, in the order of the files; empty for a sound folder.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, file: &str, message: impl Into<String>) {
        self.problems.push(Problem { file: file.to_owned(), message: message.into() });
    }
}

/// Checks a folder of sheets: that its manifest can be read, and that every sheet is there, has the size
/// and alpha the manifest says, is lossy WebP and can be decoded to its end; the same of `frames.gaze`, where
/// it is there.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] where `dir` is no folder or cannot be read. Whatever is wrong with the
/// files is not an error but a [`Problem`].
pub fn inspect(dir: impl AsRef<Path>) -> Result<Report> {
    let dir = dir.as_ref();
    let names = file_names(dir).map_err(|e| {
        Error::new(ErrorKind::InvalidInput, format!("the folder cannot be read: {e}"))
            .with_path(dir)
            .with_source(e)
    })?;
    let mut report =
        Report { manifest: None, good_sheets: Vec::new(), pack: None, problems: Vec::new() };
    match read_manifest(&dir.join("metadata.json")) {
        Ok(manifest) => report.manifest = Some(manifest),
        Err(message) => report.add("metadata.json", message),
    }
    let sheets = report.manifest.map_or(Ok(Vec::new()), |manifest| manifest.sheets())?;
    let has_alpha = report.manifest.is_some_and(|manifest| manifest.has_alpha);
    for spec in &sheets {
        match check_sheet(&dir.join(spec.file_name()), spec, has_alpha) {
            Ok(()) => report.good_sheets.push(spec.file_name().to_owned()),
            Err(message) => report.add(spec.file_name(), message),
        }
    }
    if names.iter().any(|name| name == PACK_FILE) {
        match check_pack(&dir.join(PACK_FILE), report.manifest.as_ref()) {
            Ok(head) => report.pack = Some(head),
            Err(message) => report.add(PACK_FILE, message),
        }
    }
    for name in names {
        let is_expected = sheets.iter().any(|spec| spec.file_name() == name);
        if report.manifest.is_some() && is_sheet_name(&name) && !is_expected {
            report.add(&name, "is a sheet that metadata.json does not mention: remove it");
        } else if name.starts_with(PARTIAL_PREFIX) {
            report.add(&name, "is left over from a run that was killed: remove it");
        }
    }
    Ok(report)
}

/// Names of all entries, sorted; those that are not Unicode cannot be ours.
fn file_names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

pub(crate) fn read_manifest(path: &Path) -> Result<Manifest, String> {
    let json = read_at_most(path, MANIFEST_MAX_BYTES as u64)?;
    // The name of the file stands before the message already.
    Manifest::from_json(&json).map_err(|e| {
        e.to_string().trim_start_matches("metadata.json").trim_start_matches(':').trim().to_owned()
    })
}

/// Reads a regular file, but not one that is larger than it can be.
pub(crate) fn read_at_most(path: &Path, max: u64) -> Result<Vec<u8>, String> {
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => "is missing: generate the sheets again".to_owned(),
        _ => format!("cannot be read: {e}"),
    };
    // Looked at before it is opened: a pipe would block.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is not a file".to_owned());
    }
    if metadata.len() > max {
        return Err(format!("has {} bytes, more than the {max} that are read", metadata.len()));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(max).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

fn check_pack(path: &Path, manifest: Option<&Manifest>) -> Result<PackHead, String> {
    // The path stands before the message already.
    let say = |e: Error| e.message().to_owned();
    let mut pack = PackFile::open(path).map_err(say)?;
    let head = pack.head();
    if let Some(manifest) = manifest
        && (manifest.grid, manifest.frame_size, manifest.has_alpha)
            != (head.grid, head.frame_size, head.has_alpha)
    {
        let (grid, Size { width, height }) = (head.grid.side(), head.frame_size);
        return Err(format!(
            "does not fit metadata.json: it holds {grid} x {grid} frames of {width} x {height} px{}; \
             make it again with gaze pack",
            if head.has_alpha { " with alpha" } else { "" }
        ));
    }
    pack.check(&()).map_err(say)?;
    Ok(pack.head().clone())
}

fn check_sheet(path: &Path, spec: &SheetSpec, has_alpha: bool) -> Result<(), String> {
    let bytes = read_sheet(path, spec, has_alpha)?;
    // The size is that of the manifest by now, so that no declared size can ask for too much memory.
    if decodes(&bytes) { Ok(()) } else { Err(CUT_SHORT.to_owned()) }
}

/// The bytes of a sheet whose header says what the manifest does.
pub(crate) fn read_sheet(
    path: &Path,
    spec: &SheetSpec,
    has_alpha: bool,
) -> Result<Vec<u8>, String> {
    let bytes = read_at_most(path, SHEET_MAX_BYTES)?;
    let Some(features) = read_features(&bytes) else {
        return Err(
            "is not a webp file or has a broken header: generate the sheets again".to_owned()
        );
    };
    if features.is_animated {
        return Err("is an animation, not a sheet".to_owned());
    }
    if features.size != spec.size() {
        return Err(format!(
            "is {} x {} px, but metadata.json makes it {} x {}",
            features.size.width,
            features.size.height,
            spec.size().width,
            spec.size().height
        ));
    }
    if !features.is_lossy {
        return Err("is lossless webp, sheets are lossy: generate them again".to_owned());
    }
    match (features.has_alpha, has_alpha) {
        (true, false) => Err("has alpha, but metadata.json says it has none".to_owned()),
        (false, true) => Err("has no alpha, but metadata.json says it has".to_owned()),
        _ => Ok(bytes),
    }
}
