//! How a session is now, as it is told to everybody who follows it.

use gaze_core::Grid;
use serde::Serialize;

use super::backend::MachineStatus;
use super::store::{JobRecord, JobState, Session};
use crate::{JobProgress, SessionId};

/// How a session is now: `docs/studio-api.md` explains each field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionState {
    pub(crate) session_id: SessionId,
    pub(crate) state: StateName,
    pub(crate) position: u32,
    pub(crate) eta_seconds: Option<u32>,
    pub(crate) stage: String,
    pub(crate) current: u32,
    pub(crate) total: u32,
    pub(crate) progress: u32,
    pub(crate) message: String,
    pub(crate) wake: Option<MachineStatus>,
    pub(crate) error: Option<String>,
    pub(crate) seconds: Option<f64>,
    pub(crate) attempt: u32,
    pub(crate) has_rig: bool,
    pub(crate) has_frames: bool,
    pub(crate) engine: Option<String>,
    pub(crate) neural: bool,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) has_alpha: bool,
    pub(crate) created_at: u64,
    /// Of the job; for old clients.
    #[serde(skip)]
    pub(crate) grid: Option<Grid>,
}

/// What a session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StateName {
    Queued,
    /// It is next, and the machine is being started.
    Waking,
    Running,
    Complete,
    Failed,
    Cancelled,
}

impl SessionState {
    /// The state of a session as it is stored: without a job, it is complete.
    pub(crate) fn of(session: &Session, job: Option<&JobRecord>) -> Self {
        let state = match job.map(|job| job.state) {
            Some(JobState::Queued) => StateName::Queued,
            Some(JobState::Running) => StateName::Running,
            Some(JobState::Failed) => StateName::Failed,
            Some(JobState::Cancelled) => StateName::Cancelled,
            Some(JobState::Complete) | None => StateName::Complete,
        };
        let engine = job.and_then(|job| job.engine.clone());
        let is_complete = state == StateName::Complete;
        Self {
            session_id: session.id.clone(),
            state,
            position: 0,
            eta_seconds: None,
            stage: if is_complete { "complete" } else { "initializing" }.to_owned(),
            current: 0,
            total: 0,
            progress: if is_complete { 100 } else { 0 },
            message: if is_complete { "Complete" } else { "" }.to_owned(),
            wake: None,
            error: job.and_then(|job| job.error.clone()),
            seconds: job.and_then(|job| job.seconds),
            attempt: job.map_or(0, |job| job.attempts),
            has_rig: session.has_rig,
            has_frames: session.has_frames,
            neural: engine.as_deref() == Some("liveportrait"),
            engine,
            width: session.size.width,
            height: session.size.height,
            has_alpha: session.has_alpha,
            created_at: session.created,
            grid: job.map(|job| job.order.grid),
        }
    }

    /// The same in the line, behind `position` others.
    pub(crate) fn waiting(&self, position: u32, eta_seconds: Option<u32>) -> Self {
        let message = match position {
            0 => "You are next".to_owned(),
            1 => "One before you".to_owned(),
            n => format!("{n} before you"),
        };
        Self { state: StateName::Queued, position, eta_seconds, message, ..self.at_rest() }
    }

    /// The same while its machine is started.
    pub(crate) fn waking(&self, wake: MachineStatus, eta_seconds: Option<u32>) -> Self {
        let message = wake.message.clone();
        Self { state: StateName::Waking, eta_seconds, message, wake: Some(wake), ..self.at_rest() }
    }

    /// The same while it is made, for the `attempt`th time.
    pub(crate) fn running(
        &self,
        progress: &JobProgress,
        eta_seconds: Option<u32>,
        attempt: u32,
    ) -> Self {
        Self {
            state: StateName::Running,
            eta_seconds,
            stage: progress.stage.clone(),
            current: if progress.stage == "generating" { progress.current } else { 0 },
            total: if progress.stage == "generating" { progress.total } else { 0 },
            progress: progress.percent().min(99),
            message: progress.message.clone(),
            attempt,
            ..self.at_rest()
        }
    }

    fn at_rest(&self) -> Self {
        Self {
            position: 0,
            stage: "initializing".to_owned(),
            current: 0,
            total: 0,
            progress: 0,
            wake: None,
            error: None,
            ..self.clone()
        }
    }
}
