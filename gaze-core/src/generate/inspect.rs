//! Checks a folder of sheets against its manifest.

use std::fs;
use std::io;
use std::path::Path;

use crate::codec::codec_of;
use crate::pack::{PACK_FILE, PackFile, PackHeader};
use crate::sheets::reading::{CUT_SHORT, read_manifest, read_sheet};
use gaze_output::STAGING_PREFIX;
use gaze_rig::{Error, ErrorKind, Manifest, Result, SheetSpec, Size};

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
    /// Header of `frames.gaze`, where there is one that is as it should be.
    pub pack: Option<PackHeader>,
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
            Ok(header) => report.pack = Some(header),
            Err(message) => report.add(PACK_FILE, message),
        }
    }
    for name in names {
        let is_expected = sheets.iter().any(|spec| spec.file_name() == name);
        if report.manifest.is_some() && SheetSpec::is_file_name(&name) && !is_expected {
            report.add(&name, "is a sheet that metadata.json does not mention: remove it");
        } else if name.starts_with(STAGING_PREFIX) {
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

fn check_pack(path: &Path, manifest: Option<&Manifest>) -> Result<PackHeader, String> {
    // The path stands before the message already.
    let say = |e: Error| e.message().to_owned();
    let mut pack = PackFile::open(path).map_err(say)?;
    let header = pack.header();
    if let Some(manifest) = manifest
        && (manifest.grid, manifest.frame_size, manifest.has_alpha)
            != (header.grid, header.frame_size, header.has_alpha)
    {
        let (grid, Size { width, height }) = (header.grid.side(), header.frame_size);
        return Err(format!(
            "does not fit metadata.json: it holds {grid} x {grid} frames of {width} x {height} px{}; \
             make it again with gaze pack",
            if header.has_alpha { " with alpha" } else { "" }
        ));
    }
    pack.check(&()).map_err(say)?;
    Ok(pack.header().clone())
}

fn check_sheet(path: &Path, spec: &SheetSpec, has_alpha: bool) -> Result<(), String> {
    let bytes = read_sheet(path, spec, has_alpha)?;
    // The size is that of the manifest by now, so that no declared size can ask for too much memory.
    if codec_of(spec.format()).decodes(&bytes) { Ok(()) } else { Err(CUT_SHORT.to_owned()) }
}
