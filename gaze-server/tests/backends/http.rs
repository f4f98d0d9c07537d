//! The backend for a pod that is already running.

use gaze_core::FaceChoice;
use gaze_server::studio::backend::{Backend, Http, JobFailure, Readiness};
use tokio_util::sync::CancellationToken;

use crate::jobs::{Told, job, limits, nothing_is_left, run_job};
use crate::proxy::before;
use crate::round::round_portrait;
use crate::setup::{Pod, embedded, folder, gated, portrait, run, until};

fn http(url: &str) -> Http {
    Http::with_limits(url, None, limits()).unwrap()
}

#[test]
fn results_are_fetched_whole_and_sound() {
    run(async {
        let (dir, here) = (folder(), folder());
        let pod = Pod::start(dir.path()).await;
        let backend = http(&pod.url);
        let mut job = job(here.path());
        job.face = FaceChoice::At { x: 70.0, y: 40.0 };
        let told = Told::default();
        backend.run(&job, told.tell(), CancellationToken::new()).await.unwrap();
        assert!(gaze_core::inspect(&job.out).unwrap().is_sound());
        let mut names: Vec<_> = std::fs::read_dir(&job.out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "frames.gaze",
                "input.jpg",
                "metadata.json",
                "portrait.gaze",
                "q0.webp",
                "q1.webp",
                "q2.webp",
                "q3.webp"
            ]
        );
        assert_eq!(std::fs::read(job.out.join("input.jpg")).unwrap(), portrait());
        let told = told.all();
        assert_eq!(told.last().unwrap().stage, "complete");
        assert_eq!(told.iter().filter(|progress| progress.stage == "complete").count(), 1);
        assert!(told.is_sorted_by_key(gaze_server::JobProgress::percent), "{told:?}");
        // Nothing of the portrait stays there.
        assert_eq!(pod.get(&format!("/jobs/{}", job.id)).send().await.unwrap().status(), 404);
        // Again, over what is there.
        run_job(&backend, &job).await.unwrap();
        pod.stop().await;
    });
}

#[test]
fn results_of_a_transparent_portrait_are_transparent() {
    run(async {
        let (dir, here) = (folder(), folder());
        let pod = Pod::start(dir.path()).await;
        let mut job = job(here.path());
        job.picture = here.path().join("input.png");
        std::fs::write(&job.picture, round_portrait()).unwrap();
        run_job(&http(&pod.url), &job).await.unwrap();
        assert!(gaze_core::inspect(&job.out).unwrap().is_sound());
        let corner_and_middle = |name: &str| {
            let picture = image::open(job.out.join(name)).unwrap().into_rgba8();
            let middle = picture.get_pixel(picture.width() / 2, picture.height() / 2);
            [picture.get_pixel(0, 0).0, middle.0]
        };
        assert_eq!(corner_and_middle("input.webp").map(|pixel| pixel[3]), [0, 255]);
        // Nothing of what was hidden.
        assert!(corner_and_middle("input.jpg")[0].iter().all(|value| *value > 250));
        pod.stop().await;
    });
}

#[test]
fn its_machine_is_watched() {
    run(async {
        let dir = folder();
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let open = move || {
            begun.recv().unwrap();
            Ok(embedded())
        };
        let pod = Pod::with(dir.path(), open, |_| {}).await;
        let backend = http(&pod.url);
        let mut machine = backend.machine();
        let loading = machine.wait_for(|machine| machine.status.stage == "loading").await.unwrap();
        assert_eq!(loading.readiness, Readiness::Starting);
        drop(loading);
        begin.send(()).unwrap();
        let ready =
            machine.wait_for(|machine| machine.readiness == Readiness::Ready).await.unwrap();
        assert_eq!((ready.status.stage.as_str(), ready.status.progress), ("ready", 100));
        assert_eq!(ready.engine.as_deref(), Some("embedded"));
        drop(ready);
        pod.stop().await;
        machine.wait_for(|machine| machine.readiness == Readiness::Offline).await.unwrap();
    });
}

#[test]
fn a_token_is_sent() {
    run(async {
        let (dir, here) = (folder(), folder());
        let set = |o: &mut gaze_server::pod::PodOptions| o.token = Some("right".to_owned());
        let pod = Pod::with(dir.path(), || Ok(embedded()), set).await;
        let job = job(here.path());
        let right = Http::with_limits(&pod.url, Some("right".to_owned()), limits()).unwrap();
        run_job(&right, &job).await.unwrap();
        for token in [None, Some("wrong".to_owned())] {
            let wrong = Http::with_limits(&pod.url, token, limits()).unwrap();
            assert!(matches!(run_job(&wrong, &job).await, Err(JobFailure::Lost(_))));
        }
        assert!(Http::new(&pod.url, Some("no\nheader".to_owned())).is_err());
        pod.stop().await;
    });
}

#[test]
fn a_portrait_without_a_face_is_refused() {
    run(async {
        let (dir, here) = (folder(), folder());
        let pod = Pod::start(dir.path()).await;
        let job = job(here.path());
        let grey = image::GrayImage::from_pixel(64, 64, image::Luma([128]));
        grey.save_with_format(&job.picture, image::ImageFormat::Jpeg).unwrap();
        let failure = run_job(&http(&pod.url), &job).await.unwrap_err();
        assert!(
            matches!(&failure, JobFailure::Refused(why) if why.contains("face")),
            "{failure:?}"
        );
        nothing_is_left(&job);
        pod.stop().await;
    });
}

#[test]
fn cancelling_reaches_the_pod() {
    run(async {
        let (dir, here) = (folder(), folder());
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let backend = http(&pod.url);
        let job = job(here.path());
        let cancel = CancellationToken::new();
        let (made, ()) =
            tokio::join!(backend.run(&job, Told::default().tell(), cancel.clone()), async {
                until(async || gate.begun() == 1).await;
                cancel.cancel();
            });
        assert_eq!(made, Err(JobFailure::Cancelled));
        assert_eq!(pod.get(&format!("/jobs/{}", job.id)).send().await.unwrap().status(), 404);
        nothing_is_left(&job);
        pod.stop().await;
    });
}

#[test]
fn a_pod_that_is_started_again_goes_on() {
    run(async {
        let (dir, here) = (folder(), folder());
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let port: u16 = pod.url.rsplit_once(':').unwrap().1.parse().unwrap();
        let backend = http(&pod.url);
        let job = job(here.path());
        let (made, pod) = tokio::join!(run_job(&backend, &job), async {
            until(async || gate.begun() == 1).await;
            pod.stop().await;
            Pod::with(dir.path(), || Ok(embedded()), |o| o.port = port).await
        });
        made.unwrap();
        assert!(gaze_core::inspect(&job.out).unwrap().is_sound());
        pod.stop().await;
    });
}

#[test]
fn a_pod_that_forgot_the_job_is_lost_and_another_run_goes_well() {
    run(async {
        let (dir, other, here) = (folder(), folder(), folder());
        let (gate, renderer) = gated();
        let pod = Pod::with(dir.path(), move || Ok(renderer), |_| {}).await;
        let port: u16 = pod.url.rsplit_once(':').unwrap().1.parse().unwrap();
        let backend = http(&pod.url);
        let job = job(here.path());
        let (made, pod) = tokio::join!(run_job(&backend, &job), async {
            until(async || gate.begun() == 1).await;
            pod.stop().await;
            Pod::with(other.path(), || Ok(embedded()), |o| o.port = port).await
        });
        assert!(matches!(made, Err(JobFailure::Lost(_))), "{made:?}");
        nothing_is_left(&job);
        run_job(&backend, &job).await.unwrap();
        pod.stop().await;
        assert!(matches!(run_job(&backend, &job).await, Err(JobFailure::Lost(_))));
    });
}

#[test]
fn an_earlier_run_with_other_options_is_replaced() {
    run(async {
        let (dir, here) = (folder(), folder());
        let pod = Pod::start(dir.path()).await;
        let job = job(here.path());
        let mut body = crate::setup::body(job.id.as_str());
        body["grid_size"] = 6.into();
        assert_eq!(pod.post("/generate", &body).send().await.unwrap().status(), 200);
        run_job(&http(&pod.url), &job).await.unwrap();
        assert!(gaze_core::inspect(&job.out).unwrap().is_sound());
        pod.stop().await;
    });
}

#[test]
fn the_product_before_gaze_serves_as_well() {
    run(async {
        let (dir, here) = (folder(), folder());
        let pod = Pod::start(dir.path()).await;
        let contract = |path: &str| {
            let known = ["/generate", "/progress/", "/files/", "/download/"];
            let is_beyond = [".gaze"].iter().any(|end| path.ends_with(end));
            known.iter().any(|known| path.starts_with(known)) && !is_beyond
        };
        let own = axum::Router::new().route(
            "/health",
            axum::routing::get(|| async {
                axum::Json(serde_json::json!({ "status": "ok", "models_loaded": true }))
            }),
        );
        let url = before(&pod.url, own, contract).await;
        let backend = http(&url);
        let job = job(here.path());
        let told = Told::default();
        backend.run(&job, told.tell(), CancellationToken::new()).await.unwrap();
        assert!(gaze_core::inspect(&job.out).unwrap().is_sound());
        assert!(!job.out.join("frames.gaze").exists());
        assert_eq!(told.all().last().unwrap().stage, "complete");
        let mut machine = backend.machine();
        let ready =
            machine.wait_for(|machine| machine.readiness == Readiness::Ready).await.unwrap();
        assert!(ready.is_neural());
        drop(ready);
        pod.stop().await;
    });
}
