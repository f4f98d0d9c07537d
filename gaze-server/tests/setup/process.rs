//! Pods that are processes of their own: the test program itself, run once more for one test that is none.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use gaze_server::pod::PodServer;

use super::{aborting, embedded, options, waiting_for};

/// Names what the process is to do; absent in ordinary runs.
pub(crate) const ROLE: &str = "GAZE_TEST_POD";
const FOLDER: &str = "GAZE_TEST_POD_FOLDER";
const PORT: &str = "GAZE_TEST_POD_PORT";
/// What it prints before its port.
const LISTENS: &str = "listens on ";

/// Not a test: a pod, where a test asks for one.
#[test]
fn pod_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let folder = std::env::var_os(FOLDER).unwrap();
    let port = std::env::var(PORT).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = options(Path::new(&folder), |options| options.port = port);
        let server = PodServer::bind(options).await.unwrap();
        println!("\n{LISTENS}{}", server.port());
        let go = Path::new(&folder).join("go");
        let open = move || {
            Ok(match role.as_str() {
                "aborting" => aborting(),
                "waiting" => waiting_for(&go),
                _ => embedded(),
            })
        };
        server.run(open).await.unwrap();
    });
}

/// A pod that is a process of its own.
pub(crate) struct PodProcess {
    child: Child,
    pub(crate) url: String,
}

impl PodProcess {
    /// `role` is `embedded`, `aborting` or `waiting`.
    pub(crate) fn start(role: &str, folder: &Path) -> Self {
        let mut child = command(role, folder, 0).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| line.unwrap().strip_prefix(LISTENS).map(str::to_owned));
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://127.0.0.1:{}", port.unwrap()) }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for PodProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How such a process is started.
pub(crate) fn command(role: &str, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["setup::process::pod_process", "--exact", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .env(PORT, port.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}
