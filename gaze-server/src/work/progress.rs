//! How far a job is, as the contract's progress route says it.

use gaze_core::{Progress, Stage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The sheets, in the order of the contract.
pub(crate) const SHEETS: [&str; 8] = [
    "q0.webp",
    "q1.webp",
    "q2.webp",
    "q3.webp",
    "q0_20.webp",
    "q1_20.webp",
    "q2_20.webp",
    "q3_20.webp",
];
/// Share of a run before its first frame, in a hundred, and when its last frame is there.
const BEFORE_FRAMES: u32 = 4;
const AFTER_FRAMES: u32 = 94;

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobProgress {
    /// `initializing`, `loading`, `preparing`, `generating`, `removing_bg`, `stitching` or `complete`; `unknown` of a session
    /// that nobody asked for, `failed` and `cancelled` of one that came to nothing.
    pub stage: String,
    /// Frames drawn or sheets finished in this stage.
    pub current: u32,
    /// Of how many; 0 where the stage has no parts.
    pub total: u32,
    /// The same for people.
    pub message: String,
    /// The eight sheets, `q0` to `q3` and `q0_20` to `q3_20`.
    #[serde(default)]
    pub quadrants: Vec<Quadrant>,
}

/// One of the sheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quadrant {
    /// How far it is.
    pub status: QuadrantStatus,
}

/// How far a sheet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum QuadrantStatus {
    /// Its frames are not all there.
    Pending,
    /// It is being encoded.
    Stitching,
    /// It is finished.
    Done,
}

impl JobProgress {
    /// A job of which nothing is done.
    pub fn waiting(message: impl Into<String>) -> Self {
        Self::at("initializing", message)
    }

    /// A job at a stage without parts, of which no sheet is begun.
    pub fn at(stage: &str, message: impl Into<String>) -> Self {
        let quadrants = vec![Quadrant { status: QuadrantStatus::Pending }; SHEETS.len()];
        Self { stage: stage.to_owned(), current: 0, total: 0, message: message.into(), quadrants }
    }

    /// The same job after a piece of news; none where nothing is to be said: of frames, each hundredth is worth telling.
    pub(crate) fn after(&self, news: &Progress) -> Option<Self> {
        let mut next = self.clone();
        next.mark(news.started.as_deref(), QuadrantStatus::Stitching);
        next.mark(news.finished.as_deref(), QuadrantStatus::Done);
        // Several threads tell: what comes late is no step back.
        if stage_number(news.stage.name()) >= stage_number(&self.stage) {
            let is_same = news.stage.name() == self.stage && news.total == self.total;
            next.stage = news.stage.name().to_owned();
            next.current = if is_same { news.current.max(self.current) } else { news.current };
            next.total = news.total;
            next.message = message_of(news.stage, next.current, next.total);
        }
        if next.stage == Stage::Complete.name() {
            next.quadrants.fill(Quadrant { status: QuadrantStatus::Done });
        }
        let is_worth_it = next.stage != self.stage
            || next.quadrants != self.quadrants
            || next.percent() != self.percent()
            || next.current == next.total && self.current != next.current;
        is_worth_it.then_some(next)
    }

    fn mark(&mut self, sheet: Option<&str>, status: QuadrantStatus) {
        let at = SHEETS.iter().position(|name| Some(*name) == sheet);
        if let Some(quadrant) = at.and_then(|at| self.quadrants.get_mut(at))
            && quadrant.status != QuadrantStatus::Done
        {
            quadrant.status = status;
        }
    }

    /// How much of the whole run is done, 0 to 100.
    pub fn percent(&self) -> u32 {
        let share =
            |most: u32| (self.current.min(self.total) * most).checked_div(self.total).unwrap_or(0);
        match self.stage.as_str() {
            "loading" => 1,
            "preparing" => 2,
            "generating" => BEFORE_FRAMES + share(AFTER_FRAMES - BEFORE_FRAMES),
            "removing_bg" => AFTER_FRAMES,
            "stitching" => AFTER_FRAMES + share(99 - AFTER_FRAMES),
            "complete" => 100,
            _ => 0,
        }
    }
}

/// The place of a stage in a run.
fn stage_number(name: &str) -> usize {
    let stages = [
        "initializing",
        "loading",
        "preparing",
        "generating",
        "removing_bg",
        "stitching",
        "complete",
    ];
    stages.iter().position(|stage| *stage == name).unwrap_or(0)
}

fn message_of(stage: Stage, current: u32, total: u32) -> String {
    match stage {
        Stage::Loading => "Loading the models".to_owned(),
        Stage::Preparing => "Finding the face".to_owned(),
        Stage::Generating => format!("{current} of {total} looks are drawn"),
        Stage::RemovingBackground => "Taking the background away".to_owned(),
        Stage::Stitching => "Putting the looks together".to_owned(),
        Stage::Complete => "Complete".to_owned(),
        _ => "Starting".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_by_the_hundredth_and_never_backwards() {
        let mut progress = JobProgress::waiting("");
        let mut told = Vec::new();
        let mut tell = |news: Progress| {
            if let Some(next) = progress.after(&news) {
                told.push((next.stage.clone(), next.percent()));
                progress = next;
            }
        };
        tell(Progress::start(Stage::Preparing, 0));
        for frame in 1..=900 {
            tell(Progress::start(Stage::Generating, 900).with_current(frame));
            tell(Progress::start(Stage::Generating, 900).with_current(frame.saturating_sub(2)));
        }
        tell(Progress::start(Stage::Stitching, 8));
        tell(Progress::start(Stage::Generating, 900).with_current(899));
        tell(Progress::start(Stage::Complete, 0));
        assert!(told.len() < 110, "{}", told.len());
        assert!(told.is_sorted_by(|a, b| a.1 <= b.1), "{told:?}");
        assert_eq!(told.last().unwrap(), &("complete".to_owned(), 100));
    }

    #[test]
    fn sheets_go_from_pending_to_done() {
        let generating = Progress::start(Stage::Generating, 900);
        let first =
            JobProgress::waiting("").after(&generating.clone().with_started("q0.webp")).unwrap();
        assert_eq!(first.quadrants[0].status, QuadrantStatus::Stitching);
        let done = first.after(&generating.with_finished("q0.webp")).unwrap();
        let json = serde_json::to_value(&done).unwrap();
        assert_eq!(json["quadrants"][0], serde_json::json!({ "status": "done" }));
        assert_eq!(json["quadrants"][7], serde_json::json!({ "status": "pending" }));
        assert_eq!(json["quadrants"].as_array().unwrap().len(), 8);
    }
}
