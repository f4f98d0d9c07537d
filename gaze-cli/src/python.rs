//! Asking the Python on the search path where its packages lie.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The folder that whoever runs the command knows.
static KNOWN: OnceLock<PathBuf> = OnceLock::new();

/// Names the folder with ONNX Runtime's library, so that no Python needs to be asked.
pub(crate) fn set_onnxruntime_folder(folder: Option<PathBuf>) {
    if let Some(folder) = folder {
        // The first that is named stays.
        let _ = KNOWN.set(folder);
    }
}

/// Finds the package without importing it, which would load its library.
const QUESTION: &str = "import importlib.util; s = importlib.util.find_spec('onnxruntime'); \
                        print(s.submodule_search_locations[0] if s else '')";

/// The folder with the library of the package `onnxruntime` or `onnxruntime-gpu`.
pub(crate) fn onnxruntime_folder() -> Option<PathBuf> {
    if let Some(folder) = KNOWN.get() {
        return Some(folder.clone());
    }
    ["python3", "python"].into_iter().find_map(|python| {
        let answer = Command::new(python)
            .args(["-c", QUESTION])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        folder_in(&String::from_utf8(answer.stdout).ok()?)
    })
}

/// The folder of the libraries in a package that Python names in a line of its own.
fn folder_in(answer: &str) -> Option<PathBuf> {
    let package = answer.lines().next().filter(|line| !line.is_empty())?;
    Some(Path::new(package).join("capi")).filter(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_names_a_package_that_is_there() {
        let root = tempfile::tempdir().unwrap();
        let package = root.path().join("onnxruntime");
        let answer = format!("{}\n", package.display());
        assert_eq!(folder_in(&answer), None, "it is not there");
        std::fs::create_dir_all(package.join("capi")).unwrap();
        assert_eq!(folder_in(&answer), Some(package.join("capi")));
        assert_eq!(folder_in("\n"), None);
        assert_eq!(folder_in(""), None);
    }
}
