//! ONNX Runtime: finding the library, and loading it once for the process.

use std::env;
use std::ffi::{CStr, OsStr, c_char};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use ort::environment::Environment;
use ort::logging::LogLevel;

use gaze_face::threads::lock;

/// The oldest version whose interface is used, as (major, minor).
const OLDEST: (u32, u32) = (1, 24);
/// The oldest version whose CUDA provider samples volumes, which the decoder does.
pub(crate) const OLDEST_FOR_CUDA: (u32, u32) = (1, 25);
/// Names the library outright, as for other programs that use ONNX Runtime.
const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";

/// Who named a library.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LibraryOrigin {
    /// The caller did.
    Option,
    /// `ORT_DYLIB_PATH` does.
    Variable,
    /// It lies beside the program.
    Program,
    /// It belongs to the Python package `onnxruntime` or `onnxruntime-gpu` in this environment or folder.
    Python(PathBuf),
    /// It lies in this folder, which the caller had searched.
    Folder(PathBuf),
}

impl std::fmt::Display for LibraryOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LibraryOrigin::Option => f.write_str("named by option"),
            LibraryOrigin::Variable => f.write_str("named by ORT_DYLIB_PATH"),
            LibraryOrigin::Program => f.write_str("beside the program"),
            LibraryOrigin::Python(_) => f.write_str("of the active Python environment"),
            LibraryOrigin::Folder(_) => f.write_str("in a folder that was searched"),
        }
    }
}

/// A library of ONNX Runtime on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeLibrary {
    /// The file.
    pub path: PathBuf,
    /// Who named it.
    pub origin: LibraryOrigin,
    /// Its version, for instance `1.32.0`.
    pub version: String,
}

impl RuntimeLibrary {
    /// Looks where a library may be, and loads it: the one that is `named`, the one that `ORT_DYLIB_PATH` names, one
    /// beside the program, one of the Python environment in `VIRTUAL_ENV` or `CONDA_PREFIX`, one in `folders`. One
    /// that is named must do; it is not passed over.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where there is none, or where the first is no ONNX Runtime or too old.
    pub fn find(named: Option<&Path>, folders: &[PathBuf]) -> Result<Self> {
        let (path, origin) = Self::locate(named, folders)?.ok_or_else(not_found)?;
        let (base, version) = interface_of(&path)?;
        let library = Self { path, origin, version };
        if library.number() < OLDEST {
            let (major, minor) = OLDEST;
            return Err(library
                .refused(&format!(
                    "is too old; {major}.{minor} or later is needed, and {}.{} on a GPU",
                    OLDEST_FOR_CUDA.0, OLDEST_FOR_CUDA.1
                ))
                .with_hint(Hint::UpdateRuntime)
                .with_hint(Hint::NameRuntime));
        }
        // SAFETY: the function belongs to the table; it gives null for interfaces that the library has not.
        if unsafe { (base.GetApi)(ort::sys::ORT_API_VERSION) }.is_null() {
            return Err(with_remedy(library.refused(&format!(
                "has no interface of version {}, which one of that version should",
                ort::sys::ORT_API_VERSION
            ))));
        }
        Ok(library)
    }

    /// Looks in the same places without loading anything. None where none of them has a library.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where the one that is named is not there.
    pub fn locate(
        named: Option<&Path>,
        folders: &[PathBuf],
    ) -> Result<Option<(PathBuf, LibraryOrigin)>> {
        if let Some(path) = named {
            return library_at(path, LibraryOrigin::Option).map(Some);
        }
        if let Some(path) = env::var_os(LIBRARY_VARIABLE).filter(|path| !path.is_empty()) {
            return library_at(Path::new(&path), LibraryOrigin::Variable).map(Some);
        }
        let program = env::current_exe().ok();
        if let Some(path) = program.as_deref().and_then(Path::parent).and_then(library_in) {
            return Ok(Some((path, LibraryOrigin::Program)));
        }
        for environment in ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(env::var_os) {
            if let Some(path) = library_of_environment(Path::new(&environment)) {
                return Ok(Some((path, LibraryOrigin::Python(PathBuf::from(environment)))));
            }
        }
        Ok(library_of_folders(folders))
    }

    /// Major and minor version.
    pub(crate) fn number(&self) -> (u32, u32) {
        let mut numbers = self.version.split('.').map(|part| part.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }

    pub(crate) fn refused(&self, why: &str) -> Error {
        Error::new(ErrorKind::Engine, format!("ONNX Runtime {} {why}", self.version))
            .with_path(&self.path)
    }
}

/// The library in use, which serves the whole process.
#[derive(Clone)]
pub(crate) struct Runtime {
    pub(crate) library: RuntimeLibrary,
    pub(crate) environment: Environment,
}

impl Runtime {
    /// Loads the library that [`RuntimeLibrary::find`] finds, or returns the one that is loaded.
    ///
    /// # Errors
    /// Those of `find`, and [`ErrorKind::Engine`] where another one is loaded already.
    pub(crate) fn load(named: Option<&Path>, folders: &[PathBuf]) -> Result<Self> {
        static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);
        let mut loaded = lock(&LOADED);
        if let Some(runtime) = loaded.as_ref() {
            if let Some(named) = named {
                // Its folder names it as well.
                let (path, _) = library_at(named, LibraryOrigin::Option)?;
                if path.canonicalize().ok() != runtime.library.path.canonicalize().ok() {
                    let message = format!(
                        "a process can use one ONNX Runtime, and {} is loaded: start another process",
                        runtime.library.path.display()
                    );
                    return Err(Error::new(ErrorKind::Engine, message).with_path(path));
                }
            }
            return Ok(runtime.clone());
        }
        let library = RuntimeLibrary::find(named, folders)?;
        let failed = |e: &dyn std::fmt::Display| library.refused(&format!("does not start: {e}"));
        let builder = ort::init_from(&library.path).map_err(|e| failed(&e))?;
        let environment =
            builder.with_name("gaze").with_telemetry(false).build().map_err(|e| failed(&e))?;
        // What matters comes back as an error; the rest would litter a program's output.
        environment.set_log_level(LogLevel::Fatal);
        let runtime = Self { library, environment };
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }
}

/// The same error with how to get a library that serves.
fn with_remedy(error: Error) -> Error {
    error.with_hint(Hint::InstallRuntime).with_hint(Hint::NameRuntime)
}

/// Says that there is no library.
pub(crate) fn not_found() -> Error {
    with_remedy(Error::new(ErrorKind::Engine, "ONNX Runtime was not found"))
}

/// A library by its path, or by its folder's.
fn library_at(path: &Path, origin: LibraryOrigin) -> Result<(PathBuf, LibraryOrigin)> {
    let found =
        if path.is_dir() { library_in(path) } else { path.is_file().then(|| path.to_owned()) };
    let found = found.ok_or_else(|| {
        let why = format!("there is no ONNX Runtime here, {origin}: correct the path");
        with_remedy(Error::new(ErrorKind::Engine, why)).with_path(path)
    })?;
    let absolute = std::path::absolute(&found).unwrap_or(found);
    Ok((absolute, origin))
}

/// The library in a folder: `libonnxruntime.so`, else the newest `libonnxruntime.so.*`.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let plain =
        folder.join(format!("{}onnxruntime{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX));
    if plain.is_file() {
        return Some(plain);
    }
    let mut versioned: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_versioned(path))
        .collect();
    versioned.sort();
    versioned.pop()
}

/// Whether a file's name is that of a library with a version: `libonnxruntime.so.1.32.0`,
/// `libonnxruntime.1.32.0.dylib`.
fn is_versioned(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let rest = name.strip_prefix("libonnxruntime.").unwrap_or_default();
    rest.starts_with("so.")
        || (rest.starts_with(|c: char| c.is_ascii_digit()) && rest.ends_with(".dylib"))
}

/// The library of the package in a Python environment.
fn library_of_environment(environment: &Path) -> Option<PathBuf> {
    let packages = |lib: PathBuf| library_in(&lib.join("site-packages/onnxruntime/capi"));
    if let Some(path) = packages(environment.join("Lib")) {
        return Some(path);
    }
    let versions = fs::read_dir(environment.join("lib")).ok()?.flatten();
    versions
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with("python")))
        .find_map(|entry| packages(entry.path()))
}

/// The first library in `folders`. Where that is the folder of the Python package, it's the package's.
fn library_of_folders(folders: &[PathBuf]) -> Option<(PathBuf, LibraryOrigin)> {
    folders.iter().find_map(|folder| {
        let origin = match folder.ends_with("onnxruntime/capi") {
            true => LibraryOrigin::Python(folder.clone()),
            false => LibraryOrigin::Folder(folder.clone()),
        };
        Some((library_in(folder)?, origin))
    })
}

/// Asks a library for its table of interfaces and its version, which proves that it is an ONNX Runtime.
fn interface_of(path: &Path) -> Result<(&'static ort::sys::OrtApiBase, String)> {
    let failed = |why: String| with_remedy(Error::new(ErrorKind::Engine, why)).with_path(path);
    // SAFETY: loading runs the library's initialisers, which is what a caller who names it asks for.
    let library = unsafe { libloading::Library::new(path) }
        .map_err(|e| failed(format!("this library cannot be loaded ({})", last_cause(&e))))?;
    // SAFETY: an ONNX Runtime exports this function with this signature, by its C interface.
    let base = unsafe {
        library.get::<unsafe extern "C" fn() -> *const ort::sys::OrtApiBase>(b"OrtGetApiBase\0")
    }
    .map_err(|_| failed("this library is no ONNX Runtime".to_owned()))?;
    // SAFETY: it takes nothing and returns a table that lives as long as the library, for ever (below), or null.
    let base = unsafe { base().as_ref::<'static>() }
        .ok_or_else(|| failed("this ONNX Runtime gives no interface".to_owned()))?;
    // SAFETY: the function belongs to the table and returns a C string that lives as long as the library.
    let version: *const c_char = unsafe { (base.GetVersionString)() };
    if version.is_null() {
        return Err(failed("this ONNX Runtime tells no version".to_owned()));
    }
    // SAFETY: not null, and ended by a zero byte as C strings are.
    let version = unsafe { CStr::from_ptr(version) }.to_string_lossy().into_owned();
    // Loaded again in a moment, and unloading one that has started threads is not safe.
    std::mem::forget(library);
    Ok((base, version))
}

/// What lies at the bottom of an error: the system's words, where those above only name the call.
fn last_cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_in_its_folder_and_by_name() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(library_in(folder.path()), None);
        for name in ["libonnxruntime.so.1.9.0", "libonnxruntime_providers_shared.so", "notes.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = library_in(folder.path()).unwrap();
        assert_eq!(found.file_name().unwrap(), "libonnxruntime.so.1.9.0");
        let (named, origin) = library_at(folder.path(), LibraryOrigin::Option).unwrap();
        assert_eq!((named, origin), (found, LibraryOrigin::Option));
    }

    #[test]
    fn a_python_environment_is_searched() {
        let environment = tempfile::tempdir().unwrap();
        assert_eq!(library_of_environment(environment.path()), None);
        let capi = environment.path().join("lib/python3.11/site-packages/onnxruntime/capi");
        fs::create_dir_all(&capi).unwrap();
        fs::write(capi.join("libonnxruntime.so.1.32.0"), "").unwrap();
        assert_eq!(
            library_of_environment(environment.path()).unwrap(),
            capi.join("libonnxruntime.so.1.32.0")
        );
    }

    #[test]
    fn folders_are_searched_in_order_and_never_instead_of_what_is_named() {
        let root = tempfile::tempdir().unwrap();
        let [empty, capi, other] =
            ["empty", "site-packages/onnxruntime/capi", "other"].map(|name| root.path().join(name));
        for folder in [&empty, &capi, &other] {
            fs::create_dir_all(folder).unwrap();
        }
        let name = "libonnxruntime.so.1.32.0";
        fs::write(capi.join(name), "").unwrap();
        fs::write(other.join(name), "").unwrap();
        assert_eq!(library_of_folders(&[]), None);
        assert_eq!(
            library_of_folders(&[empty.clone(), capi.clone(), other.clone()]),
            Some((capi.join(name), LibraryOrigin::Python(capi.clone())))
        );
        assert_eq!(
            library_of_folders(&[other.clone(), capi.clone()]),
            Some((other.join(name), LibraryOrigin::Folder(other.clone())))
        );
        let found = RuntimeLibrary::locate(Some(&other), &[capi]).unwrap().unwrap();
        assert_eq!(found, (other.join(name), LibraryOrigin::Option));
        let missing = RuntimeLibrary::locate(Some(&empty), &[other]).unwrap_err();
        assert_eq!(missing.path(), Some(empty.as_path()));
    }

    #[test]
    fn what_is_no_library_is_refused_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libonnxruntime.so");
        fs::write(&file, "not a library").unwrap();
        for path in [file.as_path(), Path::new("/nowhere/libonnxruntime.so")] {
            let error = RuntimeLibrary::find(Some(path), &[]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Engine);
            assert_eq!(error.hints(), [Hint::InstallRuntime, Hint::NameRuntime]);
        }
    }
}
