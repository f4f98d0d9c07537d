//! A program that runs beside the studio, and never longer: whoever drops it ends it.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

/// Bytes of a line; what is longer is cut.
const LINE_BYTES: usize = 4096;
/// Lines that wait to be read.
const LINES: usize = 256;
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// What is asked of the thread that holds the program.
const NOTHING: u8 = 0;
const END: u8 = 1;
const KILL: u8 = 2;

/// A program with all that it started.
pub(super) struct Process {
    asked: Arc<AtomicU8>,
    status: watch::Receiver<Option<ExitStatus>>,
    /// What it prints, both ways.
    pub(super) lines: mpsc::Receiver<String>,
}

impl Process {
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C is for the studio, which ends this in its own time; and what it started is ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (sender, lines) = mpsc::channel(LINES);
        for output in [child.stdout.take().map(boxed), child.stderr.take().map(boxed)] {
            let sender = sender.clone();
            if let Some(output) = output {
                thread::spawn(move || read_lines(output, &sender));
            }
        }
        let asked = Arc::new(AtomicU8::new(NOTHING));
        let (ended, status) = watch::channel(None);
        let asks = asked.clone();
        thread::spawn(move || hold(child, &asks, &ended));
        Ok(Self { asked, status, lines })
    }

    /// Waits until it has ended by itself.
    pub(super) fn ended(&self) -> impl Future<Output = Option<ExitStatus>> + Send + use<> {
        let mut status = self.status.clone();
        async move {
            let ended = status.wait_for(Option::is_some).await;
            ended.ok().and_then(|status| *status)
        }
    }

    /// Ends it: gives it `grace` to do so by itself, and the same once more after it was asked to.
    pub(super) async fn end(&self, grace: Duration) {
        for ask in [NOTHING, END] {
            self.asked.fetch_max(ask, Ordering::SeqCst);
            if tokio::time::timeout(grace, self.ended()).await.is_ok() {
                return;
            }
        }
        self.asked.store(KILL, Ordering::SeqCst);
        self.ended().await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.asked.store(KILL, Ordering::SeqCst);
    }
}

fn boxed(output: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(output)
}

/// Holds the program until it has ended, so that it is always reaped.
fn hold(mut child: Child, asked: &AtomicU8, ended: &watch::Sender<Option<ExitStatus>>) {
    let group = Group::of(&child);
    let mut done = NOTHING;
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => {
                // What it left behind.
                group.kill();
                ended.send_replace(Some(status));
                return;
            }
            Err(e) => {
                tracing::error!("gpu-cli cannot be waited for: {e}");
                return;
            }
        }
        let ask = asked.load(Ordering::SeqCst);
        if ask > done {
            done = ask;
            if ask == KILL || !group.ask_to_end() {
                group.kill();
                let _ = child.kill();
            }
        }
        thread::sleep(LOOK);
    }
}

/// The processes that a program started, itself among them.
struct Group(#[cfg(unix)] libc::pid_t);

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        Self(child.id().cast_signed())
    }

    #[cfg(not(unix))]
    fn of(_child: &Child) -> Self {
        Self()
    }

    /// Whether they can be asked.
    fn ask_to_end(&self) -> bool {
        #[cfg(unix)]
        self.signal(libc::SIGTERM);
        cfg!(unix)
    }

    fn kill(&self) {
        #[cfg(unix)]
        self.signal(libc::SIGKILL);
    }

    #[cfg(unix)]
    fn signal(&self, signal: libc::c_int) {
        // SAFETY: takes numbers and touches no memory. The group is that of the child, which began it.
        unsafe {
            libc::killpg(self.0, signal);
        }
    }
}

/// Passes on lines; a bar that is drawn over and over is many.
fn read_lines(mut output: Box<dyn Read + Send>, lines: &mpsc::Sender<String>) {
    let mut buffer = [0; 1024];
    let mut line = Vec::new();
    loop {
        let read = match output.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for byte in &buffer[..read] {
            if matches!(byte, b'\n' | b'\r') {
                pass_on(&mut line, lines);
            } else if line.len() < LINE_BYTES {
                line.push(*byte);
            }
        }
    }
    pass_on(&mut line, lines);
}

fn pass_on(line: &mut Vec<u8>, lines: &mpsc::Sender<String>) {
    if !line.is_empty() {
        // The program goes on where nobody listens: its pipe is emptied all the same.
        let _ = lines.blocking_send(String::from_utf8_lossy(line).into_owned());
        line.clear();
    }
}
