//! `gaze models pull`: downloads the public model files into the models folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use gaze_core::liveportrait::{MODEL_FILES, ModelFile};
use gaze_core::{Error, ErrorKind, Observer, Result};
use serde_json::json;

use super::cancel::run_until_cancelled;
use super::failure::with_retries;
use super::hub::{Hub, RemoteFile};
use super::partial_download::{PartialDownload, has_digest};
use super::progress::{DownloadProgress, size_text};
use super::transfer::fetch;
use crate::console::{self, Console, print_json, print_line};
use crate::exit;
use crate::models_folder::ModelsOption;

/// Where the public files are.
const HUGGING_FACE: &str = "https://huggingface.co";
/// A try that brings less than this, in bytes, counts as a failed one.
const PROGRESS_BYTES: u64 = 1 << 20;

/// Fetch model files, those that the engine needs unless others are named
#[derive(Args)]
pub(crate) struct Arguments {
    /// Files to fetch, as gaze models list names them [default: all that are required]
    names: Vec<String>,
    #[command(flatten)]
    models: ModelsOption,
    /// Server with the files
    #[arg(long, value_name = "URL", env = "HF_ENDPOINT", default_value = HUGGING_FACE)]
    endpoint: String,
    /// Branch, tag or commit of the repository
    #[arg(long, value_name = "REV", default_value = "main", value_parser = parse_revision)]
    revision: String,
    /// Fetch files too that are for non-commercial use only
    #[arg(long)]
    accept_noncommercial: bool,
    /// Replace files that differ from those on the server
    #[arg(long)]
    force: bool,
    /// How often to try again after a broken connection or a busy server
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u32).range(0..=100))]
    retries: u32,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// A file to fetch, and the hub's record of it.
struct Wanted {
    file: &'static ModelFile,
    remote: RemoteFile,
    target: PathBuf,
    is_there: bool,
}

/// The result of a pull.
struct Pulled {
    folder: PathBuf,
    fetched: usize,
    there: usize,
}

pub(crate) fn run(arguments: Arguments) -> u8 {
    console::cancel_on_interrupt();
    let console = Arc::new(Console::new(arguments.json));
    let shown = Arc::clone(&console);
    match run_until_cancelled(|| console.is_cancelled(), move || pull(&arguments, &shown)) {
        Ok(pulled) => {
            print_end(&console, &pulled);
            exit::DONE
        }
        Err(error) => {
            console.fail(&error);
            exit::code_of(error.kind())
        }
    }
}

fn pull(arguments: &Arguments, console: &Console) -> Result<Pulled> {
    let folder = arguments.models.folder()?;
    let (files, left_out) = choose(&arguments.names, arguments.accept_noncommercial)?;
    // An empty variable counts as unset.
    let endpoint = if arguments.endpoint.is_empty() { HUGGING_FACE } else { &arguments.endpoint };
    let hub = Hub::new(endpoint)?;
    let names: Vec<_> = files.iter().map(|file| file.name).collect();
    let remote_files = with_retries(arguments.retries, &|| console.is_cancelled(), || {
        hub.find_files(&names, &arguments.revision).map_err(|failure| (failure, false))
    })?;
    let mut wanted = Vec::new();
    for (file, remote) in files.into_iter().zip(remote_files) {
        let target = folder.join(file.name);
        let is_there = is_there(&target, &remote, arguments.force, console)?;
        wanted.push(Wanted { file, remote, target, is_there });
    }
    print_plan(console, &folder, &wanted, &left_out);
    for wanted in wanted.iter().filter(|wanted| !wanted.is_there) {
        fetch_file(&hub, wanted, arguments.retries, console)?;
    }
    let there = wanted.iter().filter(|wanted| wanted.is_there).count();
    Ok(Pulled { folder, fetched: wanted.len() - there, there })
}

/// The files that are named, or else those that the engine needs; and those left out for their licence.
fn choose(
    names: &[String],
    accept_noncommercial: bool,
) -> Result<(Vec<&'static ModelFile>, Vec<&'static ModelFile>)> {
    if names.is_empty() {
        let noncommercial = MODEL_FILES.iter().filter(|file| file.is_non_commercial);
        let mut files: Vec<_> = MODEL_FILES.iter().filter(|file| file.is_required).collect();
        if !accept_noncommercial {
            return Ok((files, noncommercial.collect()));
        }
        files.extend(noncommercial);
        return Ok((files, Vec::new()));
    }
    let mut files: Vec<&ModelFile> = Vec::new();
    for name in names {
        let file = MODEL_FILES.iter().find(|file| file.name == name).ok_or_else(|| {
            let known: Vec<_> = MODEL_FILES.iter().map(|file| file.name).collect();
            refused(format!("{name} is no model file: use one of {}", known.join(", ")))
        })?;
        if file.is_non_commercial && !accept_noncommercial {
            return Err(refused(format!(
                "{name} is for non-commercial use only ({}): add --accept-noncommercial if that is what you do",
                file.licence
            )));
        }
        if !files.iter().any(|other| std::ptr::eq(*other, file)) {
            files.push(file);
        }
    }
    Ok((files, Vec::new()))
}

/// Whether the file is there with the right content. One with other content is the user's own, or damaged.
fn is_there(target: &Path, remote: &RemoteFile, force: bool, console: &Console) -> Result<bool> {
    let Ok(metadata) = fs::metadata(target) else { return Ok(false) };
    let is_same = metadata.is_file()
        && metadata.len() == remote.size
        && has_digest(target, &remote.digest, &|| console.is_cancelled())?;
    if is_same || (force && metadata.is_file()) {
        return Ok(is_same);
    }
    let message = "another file of this name is there already, not the one on the server: keep it by naming the \
        files to fetch, or replace it with --force";
    Err(Error::new(ErrorKind::Output, message).with_path(target))
}

fn fetch_file(hub: &Hub, wanted: &Wanted, retries: u32, console: &Console) -> Result<()> {
    let Wanted { file, remote, target, .. } = wanted;
    let is_cancelled = || console.is_cancelled();
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(|e| {
            let message = format!("the folder for the models cannot be made: {e}");
            Error::new(ErrorKind::Output, message).with_path(folder).with_source(e)
        })?;
    }
    let mut partial = PartialDownload::open(target, &remote.digest, remote.size)?;
    print_start(console, file.name, partial.len(), remote.size);
    let progress = DownloadProgress::new(console, file.name, partial.len(), remote.size);
    with_retries(retries, &is_cancelled, || {
        let before = partial.len();
        let watch = |len| progress.show(len);
        fetch(hub, file.name, remote, &mut partial, &watch, &is_cancelled)
            .map_err(|failure| (failure, partial.len() >= before + PROGRESS_BYTES))
    })?;
    partial.finish(&remote.digest, &is_cancelled)?;
    match console {
        Console::Json => print_json(&json!({
            "event": "fetched", "name": file.name, "path": target.to_string_lossy(),
        })),
        _ => console.say(&format!("{} is there", file.name)),
    }
    Ok(())
}

/// Shows what will be fetched and under which licence, before any download begins.
fn print_plan(console: &Console, folder: &Path, wanted: &[Wanted], left_out: &[&ModelFile]) {
    if let Console::Json = console {
        for Wanted { file, remote, is_there, .. } in wanted {
            print_json(&json!({
                "event": "file", "name": file.name, "bytes": remote.size, "licence": file.licence,
                "noncommercial": file.is_non_commercial, "present": is_there,
            }));
        }
        for file in left_out {
            print_json(&json!({
                "event": "left-out", "name": file.name, "licence": file.licence,
                "reason": "non-commercial use only: add --accept-noncommercial",
            }));
        }
        return;
    }
    print_line(&format!("into {}", folder.display()));
    for Wanted { file, remote, is_there, .. } in wanted {
        let state = if *is_there { "  (is there already)" } else { "" };
        let size = size_text(remote.size);
        print_line(&format!("  {:36} {size:>12}  {}{state}", file.name, file.licence));
    }
    for file in left_out {
        print_line(&format!("  {:36} {:>12}  {}", file.name, "left out", file.licence));
    }
    if !left_out.is_empty() {
        print_line(
            "--accept-noncommercial fetches those that are left out; gaze does without them",
        );
    }
}

fn print_start(console: &Console, name: &str, there: u64, size: u64) {
    match console {
        Console::Json => print_json(&json!({
            "event": "start", "name": name, "resumedAt": there, "bytes": size,
        })),
        _ if there > 0 => {
            console.say(&format!("{name}: {} are there, going on", size_text(there)));
        }
        _ => {}
    }
}

fn print_end(console: &Console, pulled: &Pulled) {
    let Pulled { folder, fetched, there } = pulled;
    match console {
        Console::Json => print_json(&json!({
            "event": "complete", "folder": folder.to_string_lossy(), "fetched": fetched, "present": there,
        })),
        _ => console
            .finish(&format!("{}: {fetched} fetched, {there} already there", folder.display())),
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}

/// A revision that is safe to put into an address.
fn parse_revision(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    let is_revision = !text.is_empty() && text.bytes().all(is_plain) && !text.contains("..");
    is_revision.then(|| text.to_owned()).ok_or("use a branch, a tag or a commit")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str], accept: bool) -> (Vec<&'static str>, Vec<&'static str>) {
        let given: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let (files, left_out) = choose(&given, accept).unwrap();
        let names = |files: Vec<&ModelFile>| files.iter().map(|file| file.name).collect();
        (names(files), names(left_out))
    }

    #[test]
    fn what_is_required_is_fetched_unless_files_are_named() {
        let required = ["appearance_feature_extractor.onnx", "motion_extractor.onnx"];
        let (files, left_out) = names(&[], false);
        assert!(required.iter().all(|name| files.contains(name)), "{files:?}");
        assert_eq!(files.len(), 4);
        assert_eq!(left_out, ["retinaface_det_static.onnx", "face_2dpose_106_static.onnx"]);
        let (files, left_out) = names(&[], true);
        assert_eq!((files.len(), left_out.len()), (6, 0));
        let named = ["landmark.onnx", "stitching.onnx", "landmark.onnx"];
        assert_eq!(names(&named, false).0, ["landmark.onnx", "stitching.onnx"]);
    }

    #[test]
    fn unknown_names_and_unaccepted_licences_are_refused() {
        for (name, says) in
            [("../stitching.onnx", "use one of"), ("retinaface_det_static.onnx", "non-commercial")]
        {
            let error = choose(&[name.to_owned()], false).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption);
            assert!(error.to_string().contains(says), "{error}");
        }
        assert!(choose(&["retinaface_det_static.onnx".to_owned()], true).is_ok());
    }

    #[test]
    fn revisions_cannot_lead_elsewhere() {
        for text in ["main", "v1.0", "refs/pr/3", "0123abc"] {
            assert_eq!(parse_revision(text).as_deref(), Ok(text));
        }
        for text in ["", "a b", "main?x", "main#x", "../main", "a%2e"] {
            assert!(parse_revision(text).is_err(), "{text}");
        }
    }
}
