//! Rendering what waits, one after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gaze_core::{ErrorKind, Grid, Stage};

use super::Pod;
use super::engine::EngineState;
use super::job::{Job, Outcome};
use super::line::MAX_ATTEMPTS;
use super::refusal::Refusal;
use crate::Renderer;
use crate::work::{RenderOrder, render_in_background};

/// How long a rendering that is told to stop may take to do so, before it is left to itself.
const STOPPING: Duration = Duration::from_secs(20);

/// Renders until the pod ends. Without an engine whatever comes fails.
pub(crate) async fn work(pod: Arc<Pod>) {
    let mut engine = pod.engine.subscribe();
    let settled = engine.wait_for(|state| !matches!(state, EngineState::Loading));
    let state = tokio::select! {
        settled = settled => match settled {
            Ok(state) => state.clone(),
            Err(_) => return,
        },
        () = pod.stop.cancelled() => return,
    };
    loop {
        let job = tokio::select! {
            biased;
            () = pod.stop.cancelled() => return,
            job = pod.line.next() => job,
        };
        match &state {
            EngineState::Ready(renderer) => pod.make(&job, renderer.clone()).await,
            // Its fault it is not: the session stays on disk for the next process.
            _ => pod
                .line
                .end(&job, Outcome::Failed(state.failure().unwrap_or_else(Refusal::stopping))),
        }
    }
}

impl Pod {
    async fn make(&self, job: &Arc<Job>, renderer: Arc<Renderer>) {
        let begun = Instant::now();
        let outcome = match self.begin(job) {
            Ok(()) => self.render(job, renderer).await,
            Err(refusal) => Outcome::Failed(refusal),
        };
        let outcome = if job.is_deleted() { Outcome::Cancelled } else { outcome };
        self.keep(job, &outcome);
        self.metrics.count_job(&outcome, begun.elapsed());
        tracing::info!("session {}: {outcome:?} after {:.1?}", job.id, begun.elapsed());
        self.line.end(job, outcome);
    }

    /// Counts the attempt, so that a session that takes the process with it does so twice at most.
    fn begin(&self, job: &Job) -> Result<(), Refusal> {
        if self.store.attempts(&job.id) >= MAX_ATTEMPTS {
            let detail = "the pod broke down over this portrait twice: try another one";
            return Err(Refusal::internal(detail).finally());
        }
        self.store.begin(&job.id).map_err(|e| {
            tracing::error!("session {} cannot be begun: {e}", job.id);
            Refusal::internal("the pod cannot write to its folder of jobs: look at its disk")
        })
    }

    async fn render(&self, job: &Arc<Job>, renderer: Arc<Renderer>) -> Outcome {
        let settings = &job.settings;
        let grid = match Grid::from_side(settings.grid_size) {
            Ok(grid) => grid,
            Err(error) => return Outcome::Failed(Refusal::from(&error)),
        };
        let order = RenderOrder {
            picture: self.store.picture(&job.id, settings),
            out: self.store.output(&job.id),
            grid,
            face: settings.face_choice(),
            crop: settings.crop(),
            remove_background: settings.remove_background,
            max_size: self.options.max_size,
        };
        let journal = job.journal.clone();
        let tell = move |progress: crate::JobProgress| {
            // Said when it is true for those who ask, not before.
            if progress.stage != Stage::Complete.name() {
                journal.update(|_| Some(progress));
            }
        };
        let mut rendering =
            std::pin::pin!(render_in_background(renderer, order, tell, job.cancel.clone()));
        let made = tokio::select! {
            made = &mut rendering => Some(made),
            () = tokio::time::sleep(self.options.time_limit) => None,
            () = self.stop.cancelled() => {
                job.cancel.cancel();
                // The process ends soon in any case, and that is not the portrait's fault.
                self.store.end(&job.id);
                let _ = tokio::time::timeout(STOPPING, rendering).await;
                return Outcome::Interrupted;
            }
            () = job.cancel.cancelled() => {
                let _ = tokio::time::timeout(STOPPING, rendering).await;
                return Outcome::Cancelled;
            }
        };
        match made {
            Some(Ok(_)) => Outcome::Complete,
            Some(Err(error)) if error.kind() == ErrorKind::Cancelled => Outcome::Cancelled,
            Some(Err(error)) => {
                tracing::warn!("session {}: {error}", job.id);
                Outcome::Failed(Refusal::from(&error))
            }
            None => {
                job.cancel.cancel();
                let _ = tokio::time::timeout(STOPPING, rendering).await;
                let minutes = self.options.time_limit.as_secs_f64() / 60.0;
                let detail = format!(
                    "the portrait took longer than {minutes:.0} minutes: try another one, or a smaller grid"
                );
                Outcome::Failed(Refusal::internal(detail).finally())
            }
        }
    }

    /// Writes down what came of a job.
    fn keep(&self, job: &Job, outcome: &Outcome) {
        let kept = match outcome {
            Outcome::Failed(refusal) => self.store.fail(&job.id, refusal),
            Outcome::Cancelled => self.store.delete(&job.id),
            Outcome::Complete | Outcome::Interrupted => Ok(()),
        };
        self.store.end(&job.id);
        if let Err(e) = kept {
            tracing::error!("session {}: what came of it cannot be kept: {e}", job.id);
        }
    }
}
