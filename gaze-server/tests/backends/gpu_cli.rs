//! The backend that rents a machine.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gaze_server::studio::backend::{Backend, GpuCli, JobFailure, MachineStatus, Readiness};

use crate::gpu::Gpu;
use crate::jobs::{job, nothing_is_left, run_job};
use crate::setup::{folder, run, until};

/// Ends the pod that it started.
const STOP: &str = "kill $(cat pid)";

/// Writes down what the machine is doing, from now on.
fn watch(backend: &GpuCli) -> Arc<Mutex<Vec<MachineStatus>>> {
    let mut machine = backend.machine();
    let seen = Arc::new(Mutex::new(vec![machine.borrow_and_update().status.clone()]));
    let list = seen.clone();
    tokio::spawn(async move {
        while machine.changed().await.is_ok() {
            let status = machine.borrow_and_update().status.clone();
            list.lock().unwrap().push(status);
        }
    });
    seen
}

#[test]
fn it_starts_with_the_first_job_and_stops_when_idle() {
    run(async {
        let (dir, here) = (folder(), folder());
        let gpu =
            Gpu::new(dir.path(), "embedded", "until [ -e may-start ]; do sleep 0.02; done", STOP);
        let mut options = gpu.options();
        options.idle = Duration::from_millis(300);
        let backend = GpuCli::new(options);
        let seen = watch(&backend);
        assert_eq!(backend.machine().borrow().readiness, Readiness::Offline);
        assert_eq!(gpu.runs(), 0);
        let job = job(here.path());
        let (made, ()) = tokio::join!(run_job(&backend, &job), async {
            let mut machine = backend.machine();
            // It is slow, and says so.
            let slow =
                machine.wait_for(|machine| machine.status.stage == "installing").await.unwrap();
            assert_eq!(slow.readiness, Readiness::Starting);
            drop(slow);
            std::fs::write(dir.path().join("may-start"), "").unwrap();
        });
        made.unwrap();
        assert!(gaze_core::inspect(&job.out).unwrap().is_sound());
        let pid = gpu.pid();
        until(async || gpu.calls().iter().any(|call| call == "stop -y")).await;
        until(async || !Gpu::is_alive(&pid)).await;
        let mut machine = backend.machine();
        machine.wait_for(|machine| machine.status.stage == "idle").await.unwrap();
        assert_eq!(gpu.calls(), ["run -p 8080:8000 gaze pod --host all", "stop -y"]);
        // And once more for the next one.
        run_job(&backend, &job).await.unwrap();
        assert_eq!(gpu.runs(), 2);
        backend.shut_down().await;
        let seen = seen.lock().unwrap().clone();
        let first_start: Vec<(String, u8)> = seen
            .into_iter()
            .map(|status| (status.stage, status.progress))
            .take_while(|(stage, _)| stage != "ready")
            .collect();
        assert_eq!(first_start[0], ("idle".to_owned(), 0));
        assert!(first_start.contains(&("installing".to_owned(), 55)), "{first_start:?}");
        assert!(first_start.is_sorted_by_key(|(_, progress)| *progress), "{first_start:?}");
    });
}

#[test]
fn a_machine_that_is_killed_loses_its_job_which_then_runs_again() {
    run(async {
        let (dir, here) = (folder(), folder());
        let gpu = Gpu::new(dir.path(), "waiting", "", STOP);
        let backend = GpuCli::new(gpu.options());
        let job = job(here.path());
        let (made, ()) = tokio::join!(run_job(&backend, &job), async {
            until(async || dir.path().join("go.begun").exists()).await;
            let pid = gpu.pid();
            assert!(Gpu::signal(&pid, "-9"));
        });
        assert!(matches!(made, Err(JobFailure::Lost(_))), "{made:?}");
        nothing_is_left(&job);
        std::fs::write(dir.path().join("go"), "").unwrap();
        run_job(&backend, &job).await.unwrap();
        assert_eq!(gpu.runs(), 2);
        assert!(gaze_core::inspect(&job.out).unwrap().is_sound());
        backend.shut_down().await;
    });
}

#[test]
fn a_missing_program_says_what_to_do() {
    run(async {
        let (dir, here) = (folder(), folder());
        let gpu = Gpu::new(dir.path(), "embedded", "", STOP);
        let mut options = gpu.options();
        options.program = dir.path().join("no-such-program");
        let backend = GpuCli::new(options);
        let job = job(here.path());
        for _ in 0..2 {
            let failure = run_job(&backend, &job).await.unwrap_err();
            let JobFailure::Lost(why) = failure else { panic!("{failure:?}") };
            assert!(why.contains("install gpu-cli") && why.contains("GPU_CLI"), "{why}");
        }
        assert_eq!(backend.machine().borrow().status.stage, "error");
        backend.shut_down().await;
    });
}

#[test]
fn starts_that_fail_end_with_the_programs_last_words() {
    run(async {
        let (dir, here) = (folder(), folder());
        let before = "echo 'error: no machine of that kind is free' >&2; exit 1";
        let gpu = Gpu::new(dir.path(), "embedded", before, "true");
        let backend = GpuCli::new(gpu.options());
        let failure = run_job(&backend, &job(here.path())).await.unwrap_err();
        let JobFailure::Lost(why) = failure else { panic!("{failure:?}") };
        assert!(why.contains("no machine of that kind is free"), "{why}");
        assert_eq!(gpu.runs(), 3);
        assert_eq!(gpu.calls().last().map(String::as_str), Some("stop -y"));
        backend.shut_down().await;
    });
}

#[test]
fn shutting_down_stops_the_machine_also_with_older_releases() {
    run(async {
        let (dir, here) = (folder(), folder());
        let gpu = Gpu::new(dir.path(), "embedded", "", "echo 'unexpected argument -y' >&2; exit 2");
        let backend = GpuCli::new(gpu.options());
        run_job(&backend, &job(here.path())).await.unwrap();
        let pid = gpu.pid();
        assert!(Gpu::is_alive(&pid));
        let begun = Instant::now();
        backend.shut_down().await;
        assert!(begun.elapsed() < Duration::from_secs(9));
        assert!(!Gpu::is_alive(&pid));
        assert_eq!(gpu.calls()[1..], ["stop -y", "stop --force --no-sync"]);
        let failure = run_job(&backend, &job(here.path())).await;
        assert!(matches!(failure, Err(JobFailure::Lost(_))));
    });
}

#[test]
fn a_program_that_heeds_nothing_is_ended_all_the_same() {
    run(async {
        let (dir, here) = (folder(), folder());
        let before = "trap '' TERM; until [ -e never ]; do sleep 0.02; done";
        let gpu = Gpu::new(dir.path(), "embedded", before, "sleep 30");
        let backend = Arc::new(GpuCli::new(gpu.options()));
        let job = job(here.path());
        let waits = backend.clone();
        let waiting = tokio::spawn(async move { run_job(&*waits, &job).await });
        until(async || dir.path().join("pid").exists() && !gpu.pid().is_empty()).await;
        let pid = gpu.pid();
        backend.shut_down().await;
        until(async || !Gpu::is_alive(&pid)).await;
        assert!(gpu.calls().contains(&"stop -y".to_owned()));
        waiting.abort();
    });
}

#[test]
fn a_studio_that_is_dropped_leaves_no_process_behind() {
    let (dir, here) = (folder(), folder());
    let gpu = Gpu::new(dir.path(), "embedded", "", STOP);
    run(async {
        let backend = GpuCli::new(gpu.options());
        run_job(&backend, &job(here.path())).await.unwrap();
        assert!(Gpu::is_alive(&gpu.pid()));
    });
    // The runtime is gone as well.
    run(async { until(async || !Gpu::is_alive(&gpu.pid())).await });
}

#[test]
fn a_job_that_is_cancelled_while_it_starts_ends_at_once() {
    run(async {
        let (dir, here) = (folder(), folder());
        let gpu = Gpu::new(dir.path(), "embedded", "until [ -e never ]; do sleep 0.02; done", STOP);
        let mut options = gpu.options();
        options.idle = Duration::from_millis(100);
        let backend = GpuCli::new(options);
        let cancel = tokio_util::sync::CancellationToken::new();
        let job = job(here.path());
        let (made, ()) = tokio::join!(
            backend.run(&job, crate::jobs::Told::default().tell(), cancel.clone()),
            async {
                until(async || gpu.runs() == 1).await;
                cancel.cancel();
            }
        );
        assert_eq!(made, Err(JobFailure::Cancelled));
        // Nobody needs the machine any more.
        until(async || gpu.calls().contains(&"stop -y".to_owned())).await;
        backend.shut_down().await;
    });
}
