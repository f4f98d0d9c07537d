//! A stand-in for gpu-cli's program, which prints what that prints and starts a real pod on a remapped port.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gaze_server::studio::backend::GpuCliOptions;

use crate::jobs::limits;
use crate::setup::command;

/// The stand-in, in a folder of its own.
pub(crate) struct Gpu<'a> {
    dir: &'a Path,
    pub(crate) program: PathBuf,
}

impl<'a> Gpu<'a> {
    /// `role` is the pod's; `before` are lines of shell that run before it is started, `stop` those of `gpu stop -y`.
    pub(crate) fn new(dir: &'a Path, role: &str, before: &str, stop: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let pod = command(role, dir, port);
        let quote = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap());
        let variables: Vec<String> = pod
            .get_envs()
            .filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, quote(value?))))
            .collect();
        let words: Vec<String> =
            std::iter::once(pod.get_program()).chain(pod.get_args()).map(quote).collect();
        let script = format!(
            r#"#!/bin/sh
cd '{dir}'
echo "$@" >> calls
case "$1 $2" in
"run "*)
    echo $$ > pid
    echo "Detecting project..."
    echo "Resolving GPU RTX 4090"
    printf '\033[32mUsing pod\033[0m abc123\n' >&2
    echo "Connecting to abc123"
    printf 'Syncing 1/4 files\rSyncing 4/4 files\n'
    echo "Installing dependencies"
    {before}
    echo "Remote 8000 -> http://localhost:{port} (remapped)" >&2
    echo "Running: gaze pod"
    exec env {variables} {words}
    ;;
"stop -y") {stop} ;;
"stop --force") kill $(cat pid) ;;
*) exit 2 ;;
esac
"#,
            dir = dir.display(),
            variables = variables.join(" "),
            words = words.join(" "),
        );
        let program = dir.join("gpu");
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir, program }
    }

    pub(crate) fn options(&self) -> GpuCliOptions {
        let mut options = GpuCliOptions::default();
        options.program.clone_from(&self.program);
        options.folder = self.dir.to_owned();
        options.pause = Duration::from_millis(50);
        options.limits = limits();
        options
    }

    /// What it was called with, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.dir.join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// How often it ran a pod.
    pub(crate) fn runs(&self) -> usize {
        self.calls().iter().filter(|call| call.starts_with("run")).count()
    }

    /// The process of the pod that it started last.
    pub(crate) fn pid(&self) -> String {
        std::fs::read_to_string(self.dir.join("pid")).unwrap().trim().to_owned()
    }

    pub(crate) fn signal(pid: &str, signal: &str) -> bool {
        let sent = Command::new("kill").args([signal, pid]).output().unwrap();
        sent.status.success()
    }

    pub(crate) fn is_alive(pid: &str) -> bool {
        Self::signal(pid, "-0")
    }
}
