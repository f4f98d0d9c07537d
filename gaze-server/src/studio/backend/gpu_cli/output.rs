//! What gpu-cli prints: how far starting is, and where the pod is reached.

use super::super::MachineStatus;

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// Starting has come this far.
    Status(MachineStatus),
    /// The pod's port is reached here.
    Address(String),
}

/// What lines contain, and the stage that they stand for. Progress never goes back, so that the same words later, in
/// what the pod itself prints, change nothing.
const STAGES: [(&str, &str, u8, &str); 7] = [
    ("Detecting project", "detecting", 5, "Looking at the project"),
    ("Resolving", "resolving", 10, "Looking for a machine"),
    ("reprovisioning", "provisioning", 15, "Getting another machine"),
    ("Using pod", "connecting", 20, "A machine is found"),
    ("Connecting", "connecting", 25, "Connecting to the machine"),
    ("Installing dependencies", "installing", 55, "Installing what it needs"),
    ("Running:", "starting", 70, "Starting the pod"),
];
/// From its first file to its last.
const SYNCING: (u8, u8) = (30, 50);
/// From nothing to all of the models.
const WEIGHTS: (u8, u8) = (75, 90);

/// From this on, the pod may answer.
pub(super) const STARTING: u8 = 70;

/// What a line says of starting, or of the port that a pod has on its machine.
pub(super) fn hear(line: &str, pod_port: u16) -> Option<Heard> {
    let line = without_colours(line);
    if let Some(address) = address_in(&line, pod_port) {
        return Some(Heard::Address(address));
    }
    status_in(&line).map(Heard::Status)
}

fn status_in(line: &str) -> Option<MachineStatus> {
    let status = |stage: &str, message: String, progress: u8| {
        Some(MachineStatus { stage: stage.to_owned(), message, progress })
    };
    if let Some((done, all)) = line.split_once("Syncing ").and_then(|(_, rest)| files_in(rest)) {
        return status(
            "syncing",
            format!("Copying files, {done} of {all}"),
            part(SYNCING, done, all),
        );
    }
    if line.to_ascii_lowercase().contains("download")
        && let Some(percent) = percent_in(line)
    {
        let message = format!("Fetching the models, {percent} %");
        return status("weights", message, part(WEIGHTS, percent, 100));
    }
    let lower = line.to_ascii_lowercase();
    let (_, stage, progress, message) =
        STAGES.iter().find(|(words, ..)| lower.contains(&words.to_ascii_lowercase()))?;
    status(stage, (*message).to_owned(), *progress)
}

/// `n/m files`.
fn files_in(rest: &str) -> Option<(u64, u64)> {
    let (done, rest) = rest.split_once('/')?;
    let all: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((done.trim().parse().ok()?, all.parse().ok()?))
}

/// The number before the first `%`.
fn percent_in(line: &str) -> Option<u64> {
    let before = line.split_once('%')?.0.trim_end();
    let digits = before.len() - before.bytes().rev().take_while(u8::is_ascii_digit).count();
    // Of 45.5 the whole part.
    let whole = match before[..digits].strip_suffix('.') {
        Some(more) => {
            &more[more.len() - more.bytes().rev().take_while(u8::is_ascii_digit).count()..]
        }
        None => &before[digits..],
    };
    whole.parse().ok().filter(|percent| *percent <= 100)
}

fn part((from, to): (u8, u8), done: u64, all: u64) -> u8 {
    let share = (done.min(all) * u64::from(to - from)).checked_div(all).unwrap_or(0);
    from + u8::try_from(share).unwrap_or(0)
}

/// `Remote 8000 -> http://localhost:50907 (remapped)`. Other machines are not believed in.
fn address_in(line: &str, pod_port: u16) -> Option<String> {
    let (_, rest) = line.split_once("Remote ")?;
    let (remote, rest) = rest.split_once("->").or_else(|| rest.split_once('\u{2192}'))?;
    if remote.trim().parse() != Ok(pod_port) {
        return None;
    }
    let address = rest.split_whitespace().next()?.trim_end_matches('/');
    let host = address.strip_prefix("http://")?;
    let (name, port) = host.rsplit_once(':')?;
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
    let port: u16 = port.parse().ok().filter(|port| *port > 0)?;
    is_here.then(|| format!("http://{name}:{port}"))
}

/// Without the sequences that colour a terminal.
fn without_colours(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // Up to the letter that ends it.
            let _ = letters.find(|letter| letter.is_ascii_alphabetic());
        } else {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(line: &str) -> Option<(String, u8)> {
        match hear(line, 8000)? {
            Heard::Status(status) => Some((status.stage, status.progress)),
            Heard::Address(_) => None,
        }
    }

    #[test]
    fn stages_are_those_of_the_contract() {
        for (line, stage, progress) in [
            ("Detecting project...", "detecting", 5),
            ("  Resolving GPU RTX 4090", "resolving", 10),
            ("Pod is gone, reprovisioning", "provisioning", 15),
            ("\u{1b}[32mUsing pod\u{1b}[0m abc123", "connecting", 20),
            ("Connecting to pod", "connecting", 25),
            ("Syncing 0/12 files", "syncing", 30),
            ("Syncing 6/12 files", "syncing", 40),
            ("Syncing 12/12 files", "syncing", 50),
            ("Syncing 5/0 files", "syncing", 30),
            ("Installing dependencies", "installing", 55),
            ("Running: gaze pod --host all", "starting", 70),
            ("Downloading warping_spade.onnx 40%", "weights", 81),
            ("download 99.9 %", "weights", 89),
            ("Downloaded 100%", "weights", 90),
        ] {
            assert_eq!(status(line), Some((stage.to_owned(), progress)), "{line}");
        }
        for line in ["", "hello", "Syncing files", "Downloading", "120%", "Syncing 1/x files"] {
            assert_eq!(status(line), None, "{line}");
        }
    }

    #[test]
    fn ports_are_followed_on_this_machine_alone() {
        let address = |line| match hear(line, 8000)? {
            Heard::Address(address) => Some(address),
            Heard::Status(_) => None,
        };
        assert_eq!(
            address("Remote 8000 -> http://localhost:50907 (remapped)").as_deref(),
            Some("http://localhost:50907")
        );
        assert_eq!(
            address("\u{1b}[1m  Remote 8000\u{1b}[0m -> http://127.0.0.1:8080/").as_deref(),
            Some("http://127.0.0.1:8080")
        );
        for line in [
            "Remote 9000 -> http://localhost:50907 (remapped)",
            "Remote 8000 -> http://evil.example:80 (remapped)",
            "Remote 8000 -> http://localhost.evil.example:80",
            "Remote 8000 -> http://localhost:0",
            "Remote 8000 -> http://localhost:99999",
            "Remote 8000 -> file:///etc/passwd",
            "Remote 8000 ->",
        ] {
            assert_eq!(address(line), None, "{line}");
        }
    }

    #[test]
    fn letters_of_any_kind_break_nothing() {
        for line in ["\u{1b}", "\u{1b}[", "%", "\u{e9}%", ".5% download", "download \u{e9}.5%"] {
            let _ = hear(line, 8000);
        }
    }
}
