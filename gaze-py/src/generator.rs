//! What users hold: an engine and all that can be made with it.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::portrait::ReadOptions;
use gaze_core::{Engine, EngineChoice, GenerateOptions, Outcome};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::engine::EngineArguments;
use crate::errors::raise;
use crate::options::{Given, Method, parse};
use crate::prepared::{PreparedPortrait, crop_of, rig_of, warnings_of};
use crate::running::{check_process, observe};
use crate::sweep::Sweep;
use crate::{faces, portrait};

type Generator = gaze_core::GazeGenerator<Arc<dyn Engine>>;

/// Turns portraits into faces that look round. Its methods may be called from several threads.
///
/// Args:
///     engine: ``"embedded"`` (a geometric warp, no GPU, nothing to download), ``"liveportrait"`` (LivePortrait's networks
///         by ONNX Runtime), or ``"auto"``: LivePortrait where its models and library are there, else the embedded one.
///     device: where LivePortrait's networks run: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"tensorrt"``,
///         ``"coreml"`` or ``"directml"``.
///     models: folder of LivePortrait's model files; by default ``LIVEPORTRAIT_PATH`` or the one that ``gaze models pull``
///         fills.
///     threads: threads that render and encode, 1 to 256; by default one a core.
///     landmarks: whose landmarks place LivePortrait's crop: ``"embedded"`` or ``"insightface"`` (not for commercial use).
///     lids: what the lids do while the eyes look up and down: ``"still"``, or ``"follow"`` as in LivePortrait's own editor.
///     reference_preprocessing: make large pictures smaller exactly as LivePortrait's own program does, and ignore colour
///         profiles, to compare with it.
///     batch: frames that LivePortrait decodes at a time, 1 to 64; by default by free memory.
///     onnxruntime: the library of ONNX Runtime, or its folder; by default ``ORT_DYLIB_PATH`` or the one that pip installed.
///     precision: floats that LivePortrait's decoder computes with: ``"fp32"``, ``"fp16"`` or ``"auto"``, which is fp16 on
///         NVIDIA GPUs with tensor cores.
///     tf32: multiply with ten bits of mantissa on GPUs that can.
///     cuda_graph: record the decoder's launches and replay them.
///     tuning: run the decoder as ``gaze bench`` found to be the fastest, where nothing else is asked for.
///     progress: a callable that hears of each :class:`Progress` while the engine is opened, or True for a bar. What it raises
///         ends the opening, as Ctrl-C does.
///
/// Raises:
///     InvalidOptionError: an option is out of its range.
///     EngineError: the engine is not available; the message says what to do.
///
/// A portrait is a path, the bytes of a picture file, a PIL image, or an array of uint8 (or of floats from 0 to 1): height x
/// width, height x width x 1 (grey), x 3 (RGB) or x 4 (RGBA, straight alpha), in sRGB and upright.
///
/// >>> from gaze_generator import GazeGenerator
/// >>> generator = GazeGenerator("embedded")
/// >>> generator.engine
/// 'embedded'
#[pyclass(frozen, module = "gaze_generator")]
pub(crate) struct GazeGenerator {
    arguments: EngineArguments,
    choice: EngineChoice,
    /// How portraits are read for the engine.
    reading: ReadOptions,
    engine: Arc<dyn Engine>,
    /// What makes rigs where the engine chosen by itself makes none.
    embedded: OnceLock<Arc<dyn Engine>>,
    note: String,
    process: u32,
}

#[pymethods]
impl GazeGenerator {
    #[new]
    #[pyo3(signature = (engine="auto", device="auto", models=None, threads=None, *, landmarks="embedded", lids="still",
        reference_preprocessing=false, batch=None, onnxruntime=None, precision="auto", tf32=false, cuda_graph=false,
        tuning=true, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "Python's own keywords, each with its default")]
    fn new(
        py: Python<'_>,
        engine: &str,
        device: &str,
        models: Option<PathBuf>,
        threads: Option<Bound<'_, PyAny>>,
        landmarks: &str,
        lids: &str,
        reference_preprocessing: bool,
        batch: Option<Bound<'_, PyAny>>,
        onnxruntime: Option<PathBuf>,
        precision: &str,
        tf32: bool,
        cuda_graph: bool,
        tuning: bool,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let number = |name, value: Option<Bound<'_, PyAny>>, expected: &str| {
            value.map(|value| Given { name, value }.number::<NonZero<usize>>(expected)).transpose()
        };
        let arguments = EngineArguments {
            engine: engine.to_owned(),
            device: device.to_owned(),
            models,
            threads: number("threads", threads, "1 to 256")?.map_or(0, NonZero::get),
            landmarks: landmarks.to_owned(),
            lids: lids.to_owned(),
            reference_preprocessing,
            batch: number("batch", batch, "1 to 64")?.map(NonZero::get),
            onnxruntime,
            precision: precision.to_owned(),
            tf32,
            cuda_graph,
            tuning,
        };
        Self::open(py, arguments, progress)
    }

    /// Renders a portrait in all directions and writes a folder: sprite sheets, ``frames.gaze``, ``portrait.gaze``,
    /// ``metadata.json`` and previews. The folder appears when all of it is done; nothing is left of a run that failed or was
    /// cancelled.
    ///
    /// Args:
    ///     portrait: the picture; see the class.
    ///     out: folder for the results, new or empty.
    ///     progress: a callable that hears of each :class:`Progress`, or True for a bar (tqdm, where it is installed). What it
    ///         raises cancels the run, as Ctrl-C does.
    ///     grid: cells a side, an even number from 2 to 60; 30 by default.
    ///     pupil, eyebrow: how far pupils and brows go at the ends of the grid, 0 to 15; 15 by default.
    ///     head_yaw_deg, head_pitch_deg: how far the head turns and nods there, 0 to 10 degrees; 7.5 by default.
    ///     layout: ``"quadrants"`` (four files, and four smaller ones for phones) or ``"single"``.
    ///     quality: WebP quality of the sheets, 0 to 100; 70 by default.
    ///     max_size: longer side of a frame at most, in pixels; 512 by default.
    ///     face: which face: None for the largest, a number by size, a point ``(x, y)`` in pixels of the picture, or two
    ///         such points ``((x, y), (x, y))``: the middle of each eye of any face, also an animal's or a drawing's.
    ///     crop: what is kept of the picture around that face: ``"none"`` (all of it), ``"bust"`` (head and chest, 4:5) or
    ///         ``"head"`` (square), from the picture as large as it was read.
    ///     remove_background: make everything but the person transparent.
    ///     background: the colour behind whatever is transparent, as CSS writes it or as ``(red, green, blue)``; None, the
    ///         default, keeps it transparent.
    ///     eyes: ``"auto"``, or ``"soft"`` for cartoons and odd eyes.
    ///     blink: write what closed eyes look like into ``frames.gaze``, some 20 KB, so that frames blink as live rigs do
    ///         without; False by default.
    ///     pack, rig: write ``frames.gaze`` and ``portrait.gaze``; True by default.
    ///     rig_quality: WebP quality of the picture in ``portrait.gaze``, 0 to 100; 85 by default.
    ///     resume: go on where an interrupted run stopped, for engines that take long; True by default.
    ///     force: replace results in a folder that is not empty. Other files in it are kept.
    ///
    /// Returns:
    ///     Result: what was written.
    ///
    /// Raises:
    ///     InvalidOptionError, InvalidInputError, NoFaceError, EngineError, OutputError: see each.
    ///     TypeError: an option of another name or type.
    ///
    /// >>> from gaze_generator import GazeGenerator
    /// >>> result = GazeGenerator("embedded").generate("portrait.png", "face", grid=4, max_size=128)
    /// >>> result.manifest["totalImages"], "portrait.gaze" in result.files
    /// (16, True)
    #[pyo3(signature = (portrait, out, *, progress=None, **options))]
    fn generate<'py>(
        &self,
        py: Python<'py>,
        portrait: &Bound<'py, PyAny>,
        out: PathBuf,
        progress: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let generator =
            self.with(py, parse(py, Method::Generate, options, self.arguments.threads)?)?;
        let portrait = portrait::read(portrait, self.reading)?;
        let outcome =
            observe(py, progress, |observer| generator.generate(&portrait, &out, observer))?;
        self.result(py, out, &outcome)
    }

    /// Renders a portrait in all directions and hands out the frames, row by row, while rendering goes on on all threads. A
    /// bounded number of frames waits to be taken.
    ///
    /// Args:
    ///     portrait: the picture; see the class.
    ///     progress: as in :meth:`generate`, for the preparation.
    ///     grid, pupil, eyebrow, head_yaw_deg, head_pitch_deg, max_size, face, crop, remove_background, background, eyes: as in
    ///         :meth:`generate`.
    ///
    /// Returns:
    ///     Sweep: an iterator of ``(row, col, frame)``; frame is a uint8 array of height x width x 3 (RGB), or x 4 (RGBA, straight
    ///     alpha) where ``has_alpha``. It is the memory that was rendered into, not copied: three channels have a byte between
    ///     pixels, so use :func:`numpy.ascontiguousarray` where a library wants none.
    ///
    /// Raises:
    ///     InvalidOptionError, InvalidInputError, NoFaceError, EngineError: see each.
    ///     TypeError: an option of another name or type.
    ///
    /// >>> from gaze_generator import GazeGenerator
    /// >>> for row, col, frame in GazeGenerator("embedded").sweep("portrait.png", grid=2, max_size=128):
    /// ...     print(row, col, frame.shape, frame.dtype)
    /// 0 0 (128, 128, 3) uint8
    /// 0 1 (128, 128, 3) uint8
    /// 1 0 (128, 128, 3) uint8
    /// 1 1 (128, 128, 3) uint8
    #[pyo3(signature = (portrait, *, progress=None, **options))]
    fn sweep<'py>(
        &self,
        py: Python<'py>,
        portrait: &Bound<'py, PyAny>,
        progress: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Sweep> {
        let generator =
            self.with(py, parse(py, Method::Sweep, options, self.arguments.threads)?)?;
        let portrait = portrait::read(portrait, self.reading)?;
        observe(py, progress, |observer| generator.frames(&portrait, observer)).map(Sweep::new)
    }

    /// Prepares a portrait for rendering single poses.
    ///
    /// Args:
    ///     portrait: the picture; see the class.
    ///     progress: as in :meth:`generate`.
    ///     max_size, face, crop, remove_background, background, eyes: as in :meth:`generate`.
    ///
    /// Raises:
    ///     InvalidOptionError, InvalidInputError, NoFaceError, EngineError: see each.
    ///     TypeError: an option of another name or type.
    ///
    /// >>> from gaze_generator import GazeGenerator, Pose
    /// >>> prepared = GazeGenerator("embedded").prepare("portrait.png")
    /// >>> prepared.render(Pose.looking_at(-1, 0.5), size=256).shape
    /// (256, 256, 3)
    #[pyo3(signature = (portrait, *, progress=None, **options))]
    fn prepare<'py>(
        &self,
        py: Python<'py>,
        portrait: &Bound<'py, PyAny>,
        progress: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<PreparedPortrait> {
        let generator =
            self.with(py, parse(py, Method::Prepare, options, self.arguments.threads)?)?;
        let portrait = portrait::read(portrait, self.reading)?;
        let prepared = observe(py, progress, |observer| generator.prepare(&portrait, observer))?;
        Ok(PreparedPortrait::new(prepared, self.process_of_networks()))
    }

    /// Makes the live rig of a portrait: the bytes of ``portrait.gaze``, some 50 KB that ``<gaze-tracker>`` plays. Takes a
    /// fraction of a second; ``engine="auto"`` takes the embedded engine for it.
    ///
    /// Args:
    ///     portrait: the picture; see the class.
    ///     max_size, face, crop, remove_background, background, eyes, rig_quality: as in :meth:`generate`.
    ///
    /// Returns:
    ///     Rig: bytes, with ``warnings`` and ``crop``; a notebook shows it alive.
    ///
    /// Raises:
    ///     InvalidOptionError, InvalidInputError, NoFaceError: see each.
    ///     EngineError: the engine makes no rig.
    ///     TypeError: an option of another name or type.
    ///
    /// >>> from pathlib import Path
    /// >>> from gaze_generator import GazeGenerator
    /// >>> rig = GazeGenerator().rig("portrait.png", max_size=256)
    /// >>> Path("portrait.gaze").write_bytes(rig) == len(rig) < 30_000
    /// True
    #[pyo3(signature = (portrait, **options))]
    fn rig<'py>(
        &self,
        py: Python<'py>,
        portrait: &Bound<'py, PyAny>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = parse(py, Method::Rig, options, self.arguments.threads)?;
        let engine = self.engine_of_rigs(py)?;
        let generator = Generator::new(engine).with_options(options);
        let portrait = portrait::read(portrait, ReadOptions::default())?;
        let rig = observe(py, None, |observer| generator.rig(&portrait, observer))?;
        rig_of(py, &rig.bytes, &rig.warnings, rig.crop)
    }

    /// Finds the faces of a portrait, largest first, so that one can be chosen by ``face=``.
    ///
    /// Args:
    ///     portrait: the picture; see the class.
    ///     max_size: longer side of the picture in which they are looked for, in pixels; as for frames.
    ///
    /// Returns:
    ///     Faces: arrays of one entry a face; empty where there is none.
    ///
    /// Raises:
    ///     InvalidOptionError, InvalidInputError: see each.
    ///
    /// >>> from gaze_generator import GazeGenerator
    /// >>> faces = GazeGenerator("embedded").faces("portrait.png")
    /// >>> len(faces), faces.boxes.shape, faces.landmarks.shape, faces.irises.shape
    /// (1, (1, 4), (1, 468, 3), (1, 2, 3))
    #[pyo3(signature = (portrait, *, max_size=None))]
    fn faces<'py>(
        &self,
        py: Python<'py>,
        portrait: &Bound<'py, PyAny>,
        max_size: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut options = GenerateOptions::default();
        if let Some(value) = max_size {
            options.max_size = Given { name: "max_size", value }.number("32 or more pixels")?;
        }
        options.check().map_err(|error| raise(py, &error))?;
        faces::find(py, &portrait::read(portrait, ReadOptions::default())?, options.max_size)
    }

    /// str: the engine in use: ``"embedded"`` or ``"liveportrait"``.
    #[getter]
    fn engine(&self) -> &'static str {
        self.engine.describe().name
    }

    /// str: the engine in use, where it runs, and why it was taken.
    #[getter]
    fn description(&self) -> &str {
        &self.note
    }

    fn __repr__(&self) -> String {
        format!("<GazeGenerator: {}>", self.note)
    }

    /// Another process opens the engine again.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let EngineArguments {
            engine,
            device,
            models,
            threads,
            landmarks,
            lids,
            reference_preprocessing,
            batch,
            onnxruntime,
            precision,
            tf32,
            cuda_graph,
            tuning,
        } = &self.arguments;
        let keywords = PyDict::new(py);
        keywords.set_item("landmarks", landmarks)?;
        keywords.set_item("lids", lids)?;
        keywords.set_item("reference_preprocessing", reference_preprocessing)?;
        keywords.set_item("batch", batch)?;
        keywords.set_item("onnxruntime", onnxruntime)?;
        keywords.set_item("precision", precision)?;
        keywords.set_item("tf32", tf32)?;
        keywords.set_item("cuda_graph", cuda_graph)?;
        keywords.set_item("tuning", tuning)?;
        let threads = (*threads > 0).then_some(threads);
        let class = py.get_type::<Self>();
        let partial = py.import("functools")?.getattr("partial")?;
        let open = partial.call((class, engine, device, models, threads), Some(&keywords))?;
        (open, ()).into_pyobject(py).map(Bound::into_any)
    }
}

impl GazeGenerator {
    fn open(
        py: Python<'_>,
        arguments: EngineArguments,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (choice, opened, reading) = arguments.open(py, progress)?;
        // Out of range threads are an error now, not at the first portrait.
        let options = GenerateOptions::default().with_threads(arguments.threads);
        options.check().map_err(|error| raise(py, &error))?;
        let note = crate::errors::note_of(&opened);
        let engine = opened.engine.into();
        let embedded = OnceLock::new();
        Ok(Self { arguments, choice, reading, engine, embedded, note, process: std::process::id() })
    }

    fn with(&self, py: Python<'_>, options: GenerateOptions) -> PyResult<Generator> {
        check_process(py, self.process_of_networks())?;
        Ok(Generator::new(self.engine.clone()).with_options(options))
    }

    /// The process that the engine belongs to; none for one that works in any, as the embedded one does.
    fn process_of_networks(&self) -> Option<u32> {
        (self.engine() != EngineChoice::Embedded.name()).then_some(self.process)
    }

    fn engine_of_rigs(&self, py: Python<'_>) -> PyResult<Arc<dyn Engine>> {
        if self.choice != EngineChoice::Auto || self.engine() == EngineChoice::Embedded.name() {
            return Ok(self.engine.clone());
        }
        if let Some(engine) = self.embedded.get() {
            return Ok(engine.clone());
        }
        let engine = Arc::new(EmbeddedEngine::new().map_err(|error| raise(py, &error))?);
        Ok(self.embedded.get_or_init(|| engine).clone())
    }

    fn result<'py>(
        &self,
        py: Python<'py>,
        out: PathBuf,
        outcome: &Outcome,
    ) -> PyResult<Bound<'py, PyAny>> {
        let module = py.import("gaze_generator._result")?;
        let manifest = outcome.manifest.to_json_made_by(&outcome.provenance);
        let manifest = py.import("json")?.call_method1("loads", (manifest,))?;
        let files = PyDict::new(py);
        for (name, bytes) in &outcome.files {
            files.set_item(name, bytes)?;
        }
        let timings = PyDict::new(py);
        timings.set_item("prepare", outcome.prepare_time.as_secs_f64())?;
        timings.set_item("sweep", outcome.sweep_time.as_secs_f64())?;
        timings.set_item("networks", outcome.network_time.map(|time| time.as_secs_f64()))?;
        timings.set_item("total", outcome.total_time.as_secs_f64())?;
        let given = PyDict::new(py);
        given.set_item("path", py.import("pathlib")?.call_method1("Path", (out,))?)?;
        given.set_item("manifest", manifest)?;
        given.set_item("files", files)?;
        given.set_item("warnings", warnings_of(py, &outcome.warnings)?)?;
        given.set_item("timings", module.getattr("Timings")?.call((), Some(&timings))?)?;
        given.set_item("resumed_frames", outcome.resumed_frames)?;
        given.set_item("engine", self.engine())?;
        given.set_item("crop", crop_of(py, outcome.crop)?)?;
        module.getattr("Result")?.call((), Some(&given))
    }
}
