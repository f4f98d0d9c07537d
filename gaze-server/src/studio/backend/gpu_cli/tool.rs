//! gpu-cli itself. What it is called with stands here and nowhere else.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::options::GpuCliOptions;
use super::output::{self, Heard};

/// The port that a pod listens on, on its machine.
const POD_PORT: u16 = 8000;
/// Names the program.
const VARIABLE: &str = "GPU_CLI";
const PROGRAM: &str = "gpu";
/// Says what runs on the machine, in words with spaces between them.
const COMMAND_VARIABLE: &str = "GAZE_POD_COMMAND";
const COMMAND: &str = "gaze pod --host all";
/// What says how the machine is made; either makes a folder a project.
const PROJECT_FILES: [&str; 2] = ["gpu.jsonc", "gpu.toml"];

/// What gpu-cli is called with. Flags drift between its releases.
struct Flags {
    /// Runs a command on a machine; the command comes last.
    run: &'static [&'static str],
    /// Before `LOCAL:REMOTE`, two ports.
    publish: &'static str,
    /// Stops the machine; each where the one before it is refused.
    stops: &'static [&'static [&'static str]],
}

const FLAGS: Flags = Flags {
    run: &["run"],
    publish: "-p",
    stops: &[&["stop", "-y"], &["stop", "--force", "--no-sync"]],
};

/// A program that rents machines and runs commands on them.
pub(super) trait Renter: Send + Sync {
    /// Runs the pod; ends when the pod does.
    fn start(&self) -> Command;

    /// Stop the machine; each is tried where the one before it fails.
    fn stops(&self) -> Vec<Command>;

    /// What a line that it prints says.
    fn hear(&self, line: &str) -> Option<Heard>;

    /// The address at which the pod is reached where nothing else is said.
    fn address(&self) -> String;

    /// What to do where the program is missing.
    fn missing(&self) -> String;
}

/// gpu-cli.
pub(super) struct Gpu {
    program: PathBuf,
    folder: PathBuf,
    command: Vec<String>,
    local_port: u16,
}

impl Gpu {
    pub(super) fn new(options: &GpuCliOptions) -> Self {
        Self {
            program: options.program.clone(),
            folder: options.folder.clone(),
            command: options.command.clone(),
            local_port: options.local_port,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        command
    }
}

impl Renter for Gpu {
    fn start(&self) -> Command {
        let mut command = self.command(FLAGS.run);
        command.arg(FLAGS.publish).arg(format!("{}:{POD_PORT}", self.local_port));
        command.args(&self.command);
        command
    }

    fn stops(&self) -> Vec<Command> {
        FLAGS.stops.iter().map(|arguments| self.command(arguments)).collect()
    }

    fn hear(&self, line: &str) -> Option<Heard> {
        output::hear(line, POD_PORT)
    }

    fn address(&self) -> String {
        format!("http://localhost:{}", self.local_port)
    }

    fn missing(&self) -> String {
        format!(
            "gpu-cli's program {} cannot be started: install gpu-cli, or name its program in {VARIABLE}",
            self.program.display()
        )
    }
}

/// The program that the environment names, or else the usual one.
pub(super) fn program() -> PathBuf {
    let named = std::env::var_os(VARIABLE).filter(|name| !name.is_empty());
    named.map_or_else(|| PathBuf::from(PROGRAM), PathBuf::from)
}

/// The command that the environment names, or else the usual one.
pub(super) fn pod_command() -> Vec<String> {
    let named = std::env::var(COMMAND_VARIABLE).ok().filter(|words| !words.trim().is_empty());
    let words = named.as_deref().unwrap_or(COMMAND);
    words.split_whitespace().map(str::to_owned).collect()
}

/// Whether gpu-cli can be used in a folder: its program is on this machine, and `gpu.jsonc` or `gpu.toml` in the folder.
pub fn is_available(folder: &Path) -> bool {
    PROJECT_FILES.iter().any(|name| folder.join(name).is_file()) && is_found(&program())
}

fn is_found(program: &Path) -> bool {
    // A name alone is looked for, as the system does.
    if program.components().count() > 1 {
        return is_program(program);
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| {
        let file = folder.join(program);
        is_program(&file) || is_program(&file.with_extension("exe"))
    })
}

fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(file);
        metadata
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_called_as_documented() {
        let gpu = Gpu::new(&GpuCliOptions::default());
        let words = |command: &Command| -> Vec<String> {
            command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(words(&gpu.start()), ["run", "-p", "8080:8000", "gaze", "pod", "--host", "all"]);
        let stops: Vec<_> = gpu.stops().iter().map(words).collect();
        assert_eq!(stops[0], ["stop", "-y"]);
        assert_eq!(stops[1], ["stop", "--force", "--no-sync"]);
    }

    #[test]
    fn a_folder_needs_a_project_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_available(dir.path()));
        assert!(is_found(&std::env::current_exe().unwrap()));
        assert!(!is_found(Path::new("no-such-program-anywhere")));
        assert!(!is_found(dir.path()), "a folder is no program");
    }
}
