//! Running a program and asking the kernel what it took.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What one run of a program took.
#[derive(Debug, Clone)]
pub(crate) struct Usage {
    pub(crate) wall_s: f64,
    /// User and system time of the program and its threads.
    pub(crate) cpu_s: f64,
    pub(crate) peak_mib: f64,
    pub(crate) stdout: String,
}

/// Runs `command` to its end.
///
/// The peak starts from that of this process, which the kernel hands down: keep this process small
/// until all runs are done.
pub(crate) fn measure(command: &mut Command) -> io::Result<Usage> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut stdout = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut stdout)?;
    }
    let mut status = 0;
    // SAFETY: a struct of numbers, which may all be zero.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the child is ours and not waited for elsewhere; both pointers are valid for the call.
    let waited = unsafe { libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage) };
    let wall_s = start.elapsed().as_secs_f64();
    if waited < 0 {
        return Err(io::Error::last_os_error());
    }
    if !libc::WIFEXITED(status) || libc::WEXITSTATUS(status) != 0 {
        return Err(io::Error::other(format!("{command:?} failed: status {status:#x}")));
    }
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    Ok(Usage {
        wall_s,
        cpu_s: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        // Kilobytes on Linux.
        peak_mib: usage.ru_maxrss as f64 / 1024.0,
        stdout,
    })
}
