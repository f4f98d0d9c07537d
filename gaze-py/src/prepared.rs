//! Portraits that are ready for any pose.

use std::sync::{Arc, Mutex, PoisonError};

use gaze_core::rig::Rig;
use gaze_core::rig_file::{RigFileOptions, read_rig, rig_from_bytes, rig_to_bytes};
use gaze_core::{Error, ErrorKind, Frame, Hint, Rect, Size, Warning};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyList};

use crate::arrays::to_array;
use crate::errors::{invalid_option, shown, warning_in_words};
use crate::options::Given;
use crate::portrait::bytes_of;
use crate::pose::Pose;
use crate::running::{check_process, detached};

/// Longest side that is rendered, in pixels.
const MAX_SIDE: u32 = 4096;

/// What renders.
enum Face {
    Prepared(Box<dyn gaze_core::PreparedPortrait>),
    Rig(Box<Rig>),
}

impl Face {
    fn rig(&self) -> Option<&Rig> {
        match self {
            Face::Prepared(prepared) => prepared.rig(),
            Face::Rig(rig) => Some(rig),
        }
    }

    fn frame_size(&self) -> Size {
        match self {
            Face::Prepared(prepared) => prepared.frame_size(),
            Face::Rig(rig) => rig.frame_size(),
        }
    }

    fn has_alpha(&self) -> bool {
        match self {
            Face::Prepared(prepared) => prepared.has_alpha(),
            Face::Rig(rig) => rig.has_alpha(),
        }
    }

    fn crop(&self) -> Option<Rect> {
        match self {
            Face::Prepared(prepared) => prepared.crop(),
            Face::Rig(_) => None,
        }
    }

    fn warnings(&self) -> &[Warning] {
        match self {
            Face::Prepared(prepared) => prepared.warnings(),
            Face::Rig(_) => &[],
        }
    }

    fn render(&self, pose: &gaze_core::Pose, frame: &mut Frame) -> gaze_core::Result<()> {
        match self {
            Face::Prepared(prepared) => prepared.render(pose, frame),
            Face::Rig(rig) => rig.draw(pose, frame),
        }
    }
}

/// A portrait that is ready for any pose, made by :meth:`GazeGenerator.prepare` or :func:`open_rig`. May be used from several
/// threads.
#[pyclass(frozen, module = "gaze_generator")]
pub(crate) struct PreparedPortrait {
    face: Face,
    /// The rig in the size that was asked for last.
    resized: Mutex<Option<Arc<Rig>>>,
    opened_in: Option<u32>,
}

#[pymethods]
impl PreparedPortrait {
    /// Renders one pose.
    ///
    /// Args:
    ///     pose: which; at rest by default.
    ///     size: another size than ``frame_size``: the longer side, or ``(width, height)``, in pixels, at most 4096. Drawn at that
    ///         size, not scaled; for engines that make rigs.
    ///
    /// Returns:
    ///     numpy.ndarray: uint8, height x width x 3 (RGB), or x 4 (RGBA, straight alpha) where ``has_alpha``. Not copied: see
    ///     :meth:`GazeGenerator.sweep`.
    ///
    /// Raises:
    ///     InvalidOptionError: the size is out of range.
    ///     EngineError: the engine renders in one size only, or failed.
    ///
    /// >>> from gaze_generator import GazeGenerator, Pose
    /// >>> prepared = GazeGenerator("embedded").prepare("portrait.png", max_size=128)
    /// >>> prepared.render().shape, prepared.render(Pose(pupil_x=15), size=(64, 64)).shape
    /// ((128, 128, 3), (64, 64, 3))
    #[pyo3(signature = (pose=None, *, size=None))]
    fn render<'py>(
        &self,
        py: Python<'py>,
        pose: Option<PyRef<'py, Pose>>,
        size: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        check_process(py, self.opened_in)?;
        let pose = pose.map(|pose| pose.to_core()).unwrap_or_default();
        let size = size.map(|size| self.size_of(&size)).transpose()?;
        let frame = detached(py, || match size {
            Some(size) if size != self.face.frame_size() => {
                let rig = self.rig_of_size(size)?;
                let mut frame = Frame::new(size);
                rig.draw(&pose, &mut frame)?;
                Ok(frame)
            }
            _ => {
                let mut frame = Frame::new(self.face.frame_size());
                self.face.render(&pose, &mut frame)?;
                Ok(frame)
            }
        })?;
        to_array(py, frame, self.has_alpha())
    }

    /// The live rig: the bytes of ``portrait.gaze``.
    ///
    /// Args:
    ///     quality: WebP quality of its picture, 0 to 100.
    ///
    /// Returns:
    ///     Rig: bytes, with ``warnings``.
    ///
    /// Raises:
    ///     InvalidOptionError: the quality is out of range.
    ///     EngineError: the engine makes no rig.
    ///
    /// >>> from gaze_generator import GazeGenerator
    /// >>> prepared = GazeGenerator("embedded").prepare("portrait.png", max_size=128)
    /// >>> len(prepared.rig()) < 20_000
    /// True
    #[pyo3(signature = (*, quality=None))]
    fn rig<'py>(
        &self,
        py: Python<'py>,
        quality: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut options = RigFileOptions::default();
        if let Some(value) = quality {
            options.quality = Given { name: "quality", value }.number("0 to 100")?;
        }
        let bytes = detached(py, || rig_to_bytes(self.rig_or_error()?, &options))?;
        rig_of(py, &bytes, self.face.warnings(), self.face.crop())
    }

    /// tuple[int, int]: width and height of a frame, in pixels, where no other size is asked for.
    #[getter]
    fn frame_size(&self) -> (u32, u32) {
        let Size { width, height } = self.face.frame_size();
        (width, height)
    }

    /// bool: whether frames have transparent pixels, and so four channels.
    #[getter]
    fn has_alpha(&self) -> bool {
        self.face.has_alpha()
    }

    /// dict[str, int] | None: the part of the portrait that frames show, in its pixels: ``x``, ``y``, ``width`` and
    /// ``height``; none where they show all of it, or where that is not known any more.
    #[getter]
    fn crop<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        crop_of(py, self.face.crop())
    }

    /// list[Warning]: what may look wrong, and why.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        warnings_of(py, self.face.warnings()).map(Bound::into_any)
    }

    fn __repr__(&self) -> String {
        let Size { width, height } = self.face.frame_size();
        format!("<PreparedPortrait: {width} x {height}>")
    }
}

impl PreparedPortrait {
    pub(crate) fn new(
        prepared: Box<dyn gaze_core::PreparedPortrait>,
        opened_in: Option<u32>,
    ) -> Self {
        Self { face: Face::Prepared(prepared), resized: Mutex::default(), opened_in }
    }

    fn rig_or_error(&self) -> gaze_core::Result<&Rig> {
        self.face.rig().ok_or_else(|| {
            let Size { width, height } = self.face.frame_size();
            let message = format!(
                "this engine makes no live rig, and frames of {width} x {height} px only: leave out size"
            );
            Error::new(ErrorKind::Engine, message).with_hint(Hint::UseEmbedded)
        })
    }

    fn rig_of_size(&self, size: Size) -> gaze_core::Result<Arc<Rig>> {
        let mut resized = self.resized.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rig) = resized.as_ref().filter(|rig| rig.frame_size() == size) {
            return Ok(rig.clone());
        }
        let rig = Arc::new(self.rig_or_error()?.resized(size)?);
        *resized = Some(rig.clone());
        Ok(rig)
    }

    /// A longer side, or width and height.
    fn size_of(&self, given: &Bound<'_, PyAny>) -> PyResult<Size> {
        let py = given.py();
        let size = if let Ok((width, height)) = given.extract::<(u32, u32)>() {
            Size { width, height }
        } else if let (Ok(longer), false) =
            (given.extract::<u32>(), given.is_instance_of::<PyBool>())
        {
            let Size { width, height } = self.face.frame_size();
            let scale = f64::from(longer) / f64::from(width.max(height));
            // The shorter side of a long picture may round to nothing.
            let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(longer.min(1));
            Size { width: side(width), height: side(height) }
        } else {
            let message = format!("size must be a number of pixels or two, not {}", shown(given));
            return Err(PyTypeError::new_err(message));
        };
        if [size.width, size.height].iter().all(|side| (1..=MAX_SIDE).contains(side)) {
            return Ok(size);
        }
        Err(invalid_option(
            py,
            format!("size is {}: use 1 to {MAX_SIDE} pixels a side", shown(given)),
        ))
    }
}

/// Opens a live rig: ``portrait.gaze``, or a pack with one in it.
///
/// Args:
///     file: its path, or its bytes.
///
/// Returns:
///     PreparedPortrait: ready to be rendered in any pose and size.
///
/// Raises:
///     InvalidInputError: the file cannot be read; FileNotFoundError where there is none.
///     InvalidFormatError: it holds no rig, is damaged or of a later version.
///
/// >>> from gaze_generator import GazeGenerator, Pose, open_rig
/// >>> rig = GazeGenerator("embedded").rig("portrait.png", max_size=128)
/// >>> open_rig(rig).render(Pose.looking_at(1, 0), size=96).shape
/// (96, 96, 3)
#[pyfunction]
pub(crate) fn open_rig(file: &Bound<'_, PyAny>) -> PyResult<PreparedPortrait> {
    let py = file.py();
    let rig = if let Some(bytes) = bytes_of(file)? {
        detached(py, || rig_from_bytes(&bytes))?
    } else {
        let path: std::path::PathBuf = file.extract()?;
        detached(py, || read_rig(path))?
    };
    Ok(PreparedPortrait { face: Face::Rig(rig.into()), resized: Mutex::default(), opened_in: None })
}

/// Bytes of a rig as users get them.
pub(crate) fn rig_of<'py>(
    py: Python<'py>,
    bytes: &[u8],
    warnings: &[Warning],
    crop: Option<Rect>,
) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import("gaze_generator._result")?.getattr("Rig")?;
    class.call1((PyBytes::new(py, bytes), warnings_of(py, warnings)?, crop_of(py, crop)?))
}

/// A part of a portrait as Python has it.
pub(crate) fn crop_of(py: Python<'_>, crop: Option<Rect>) -> PyResult<Option<Bound<'_, PyDict>>> {
    let Some(Rect { x, y, width, height }) = crop else { return Ok(None) };
    let part = PyDict::new(py);
    for (name, value) in [("x", x), ("y", y), ("width", width), ("height", height)] {
        part.set_item(name, value)?;
    }
    Ok(Some(part))
}

/// Warnings as Python has them.
pub(crate) fn warnings_of<'py>(
    py: Python<'py>,
    warnings: &[Warning],
) -> PyResult<Bound<'py, PyList>> {
    let class = py.import("gaze_generator._result")?.getattr("Warning")?;
    let list = PyList::empty(py);
    for warning in warnings {
        list.append(class.call1((warning.kind.name(), warning_in_words(warning)))?)?;
    }
    Ok(list)
}
