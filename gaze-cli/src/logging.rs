//! What the servers say of themselves, on stderr.

use std::io::IsTerminal;

use clap::Args;
use gaze_core::{Error, ErrorKind, Result};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How much is said.
#[derive(Args)]
pub(crate) struct LogArguments {
    /// What to log: error, warn, info, debug or trace, of some modules otherwise: info,gaze_server=debug
    #[arg(long, env = "GAZE_LOG", value_name = "FILTER", default_value = "info")]
    log: String,
}

/// Logs from now on. Called once in a process.
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for a filter that is none.
pub(crate) fn start(arguments: &LogArguments) -> Result<()> {
    let filter = filter(&arguments.log)?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // Where someone else logs already, that goes on.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
    Ok(())
}

/// A filter by levels and modules. What libraries say below warnings is left out where nobody asks for it.
fn filter(text: &str) -> Result<Targets> {
    let wrong = || {
        let message =
            format!("{text:?} is no filter for the log: use info, or info,gaze_server=debug");
        Error::new(ErrorKind::InvalidOption, message)
    };
    if text.contains(['=', ',']) {
        return text.parse().map_err(|_| wrong());
    }
    let level: tracing_subscriber::filter::LevelFilter = text.parse().map_err(|_| wrong())?;
    let others = level.min(tracing_subscriber::filter::LevelFilter::WARN);
    Ok(Targets::new().with_default(others).with_target("gaze_server", level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_levels_or_lists() {
        for text in ["info", "trace", "off", "warn,gaze_server=debug", "gaze_server::pod=trace"] {
            assert!(filter(text).is_ok(), "{text}");
        }
        for text in ["loud", "info,gaze_server=loud"] {
            assert!(filter(text).unwrap_err().to_string().contains("no filter"), "{text}");
        }
        assert!(!filter("debug").unwrap().would_enable(
            "hyper",
            &tracing_subscriber::filter::LevelFilter::DEBUG.into_level().unwrap()
        ));
    }
}
