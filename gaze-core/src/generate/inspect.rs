//! Checks a folder of results against its manifest, and single packs.

use std::fs;
use std::io;
use std::path::Path;

use crate::codecs::codec_of;
use crate::pack::{PACK_FILE, PackFile, PackHeader};
use crate::rig_file::RIG_FILE;
use crate::sheets::reading::{CUT_SHORT, read_manifest, read_sheet};
use gaze_output::STAGING_PREFIX;
use gaze_rig::rig::PictureFormat;
use gaze_rig::{AXIS_EXTENT, Error, ErrorKind, Frame, Manifest, Result, SheetSpec, Size, Sweep};

/// Name of the manifest.
const METADATA: &str = "metadata.json";

/// One thing that is wrong with a folder of results.
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
    /// Header of `frames.gaze`, or of the pack that was named, where there is one with frames that is as it should be.
    pub pack: Option<PackHeader>,
    /// The live rigs that are as they should be, of `portrait.gaze` and of `frames.gaze`.
    pub rigs: Vec<RigReport>,
    /// What is wrong, in the order of the files; empty for a sound folder.
    pub problems: Vec<Problem>,
}

/// A live rig that is as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RigReport {
    /// Name of its file.
    pub file: String,
    /// Size of its picture and of its frames.
    pub frame_size: Size,
    /// Whether frames have transparent pixels.
    pub has_alpha: bool,
    /// Whether the eyes are drawn in layers rather than shifted softly.
    pub has_layered_eyes: bool,
    /// How its picture is compressed.
    pub picture: PictureFormat,
    /// Kind and bytes of each of its parts, in the order of the file.
    pub parts: Vec<([u8; 4], u64)>,
}

impl Report {
    /// Nothing found yet.
    fn empty() -> Self {
        Self {
            manifest: None,
            good_sheets: Vec::new(),
            pack: None,
            rigs: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, file: &str, message: impl Into<String>) {
        self.problems.push(Problem { file: file.to_owned(), message: message.into() });
    }
}

/// Checks a folder of results: that its manifest can be read, and that every sheet is there, has the size
/// and alpha the manifest says, is lossy WebP and can be decoded to its end; the same of `frames.gaze` and `portrait.gaze`,
/// where they are there. Live rigs are read strictly and drawn in some poses. A folder may hold a rig and nothing else,
/// and `path` may be a pack itself.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] where `path` cannot be read. Whatever is wrong with the files is not an error but a
/// [`Problem`].
pub fn inspect(path: impl AsRef<Path>) -> Result<Report> {
    let path = path.as_ref();
    let mut report = Report::empty();
    let name = path.file_name().filter(|_| path.is_file());
    if let Some(name) = name.map(|name| name.to_string_lossy()) {
        report.inspect_pack(path, &name);
        return Ok(report);
    }
    let names = file_names(path).map_err(|e| {
        Error::new(ErrorKind::InvalidInput, format!("the folder cannot be read: {e}"))
            .with_path(path)
            .with_source(e)
    })?;
    report.inspect_folder(path, &names)?;
    Ok(report)
}

impl Report {
    fn inspect_folder(&mut self, dir: &Path, names: &[String]) -> Result<()> {
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        let is_sheet = |name: &String| SheetSpec::is_file_name(name);
        let is_rig_alone = has(RIG_FILE) && !has(METADATA) && !has(PACK_FILE);
        if !is_rig_alone || names.iter().any(is_sheet) {
            match read_manifest(&dir.join(METADATA)).map(|(manifest, _)| manifest) {
                Ok(manifest) => self.manifest = Some(manifest),
                Err(message) => self.add(METADATA, message),
            }
        }
        let sheets = self.manifest.map_or(Ok(Vec::new()), |manifest| manifest.sheets())?;
        let has_alpha = self.manifest.is_some_and(|manifest| manifest.has_alpha);
        for spec in &sheets {
            match check_sheet(&dir.join(spec.file_name()), spec, has_alpha) {
                Ok(()) => self.good_sheets.push(spec.file_name().to_owned()),
                Err(message) => self.add(spec.file_name(), message),
            }
        }
        for name in [PACK_FILE, RIG_FILE].into_iter().filter(|name| has(name)) {
            self.inspect_pack(&dir.join(name), name);
        }
        for name in names {
            let is_expected = sheets.iter().any(|spec| spec.file_name() == name);
            if self.manifest.is_some() && is_sheet(name) && !is_expected {
                self.add(name, "is a sheet that metadata.json does not mention: remove it");
            } else if name.starts_with(STAGING_PREFIX) {
                self.add(name, "is left over from a run that was killed: remove it");
            }
        }
        Ok(())
    }

    fn inspect_pack(&mut self, path: &Path, name: &str) {
        match check_pack(path, self.manifest.as_ref()) {
            Ok((header, rig)) => {
                self.rigs.extend(rig.map(|rig| RigReport { file: name.to_owned(), ..rig }));
                if header.still.is_some() {
                    self.pack = Some(header);
                }
            }
            Err(message) => self.add(name, message),
        }
    }
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

fn check_pack(
    path: &Path,
    manifest: Option<&Manifest>,
) -> Result<(PackHeader, Option<RigReport>), String> {
    // The path stands before the message already.
    let say = |e: Error| e.message().to_owned();
    let mut pack = PackFile::open(path).map_err(say)?;
    let header = pack.header().clone();
    let has_frames = header.still.is_some();
    if let Some(manifest) = manifest
        && ((manifest.frame_size, manifest.has_alpha) != (header.frame_size, header.has_alpha)
            || has_frames && manifest.grid != header.grid)
    {
        let Size { width, height } = header.frame_size;
        let (what, again) = match header.grid.side() {
            side if has_frames => {
                (format!("{side} x {side} frames"), "make it again with gaze pack")
            }
            _ => ("a live rig".to_owned(), "generate both again"),
        };
        let alpha = if header.has_alpha { " with alpha" } else { "" };
        return Err(format!(
            "does not fit metadata.json: it holds {what} of {width} x {height} px{alpha}; {again}"
        ));
    }
    pack.check(&()).map_err(say)?;
    let rig = check_rig(&mut pack).map_err(say)?;
    Ok((header, rig))
}

/// Draws the rig of a pack, where it has one, at rest and as far as it goes.
fn check_rig(pack: &mut PackFile) -> Result<Option<RigReport>> {
    let (Some(stored), Some(rig)) = (pack.stored_rig()?, pack.rig()?) else { return Ok(None) };
    let mut frame = Frame::new(rig.frame_size());
    let ends = [-AXIS_EXTENT, 0.0, AXIS_EXTENT];
    for (x, y) in ends.into_iter().flat_map(|y| ends.map(|x| (x, y))) {
        rig.draw(&Sweep::default().pose_at(x, y), &mut frame)?;
    }
    Ok(Some(RigReport {
        file: String::new(),
        frame_size: rig.frame_size(),
        has_alpha: rig.has_alpha(),
        has_layered_eyes: rig.has_layered_eyes(),
        picture: stored.picture().format,
        parts: stored.part_lengths().to_vec(),
    }))
}

fn check_sheet(path: &Path, spec: &SheetSpec, has_alpha: bool) -> Result<(), String> {
    let bytes = read_sheet(path, spec, has_alpha)?;
    // The size is that of the manifest by now, so that no declared size can ask for too much memory.
    if codec_of(spec.format()).decodes(&bytes) { Ok(()) } else { Err(CUT_SHORT.to_owned()) }
}
