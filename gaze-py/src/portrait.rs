//! Portraits of every kind that Python users have.

use std::path::PathBuf;

use gaze_core::portrait::ReadOptions;
use gaze_core::{Frame, Portrait, Size};
use numpy::{PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};

use crate::errors::invalid_input;
use crate::running::detached;

/// Reads a portrait: a path, the bytes of a picture file, a picture of Pillow's, or an array or whatever becomes one.
///
/// # Errors
/// `TypeError` for anything else; what gaze-core says of the picture.
pub(crate) fn read(portrait: &Bound<'_, PyAny>, options: ReadOptions) -> PyResult<Portrait> {
    let py = portrait.py();
    if portrait.is_instance_of::<PyString>() || portrait.hasattr("__fspath__")? {
        let path: PathBuf = portrait.extract()?;
        return detached(py, || Portrait::open_with(path, options));
    }
    if let Some(bytes) = bytes_of(portrait)? {
        return detached(py, || Portrait::from_bytes_with(&bytes, options));
    }
    let helpers = py.import("gaze_generator._portrait")?;
    if helpers.call_method1("is_pillow_image", (portrait,))?.extract()? {
        let bytes: PyBackedBytes =
            helpers.call_method1("bytes_of_image", (portrait,))?.extract()?;
        return detached(py, || Portrait::from_bytes_with(&bytes, options));
    }
    if helpers.call_method1("is_array_like", (portrait,))?.extract()? {
        let pixels = helpers.call_method1("pixels_of_array", (portrait,))?;
        let frame = frame_of(pixels.cast::<PyArrayDyn<u8>>()?)?;
        return detached(py, || Portrait::from_frame(frame));
    }
    let kind = portrait.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "a portrait is a path, the bytes of a picture file, a PIL image or an array, not {kind}"
    )))
}

/// What `bytes`, a `bytearray` or a `memoryview` holds, copied so that nobody changes it midway; none of anything else.
pub(crate) fn bytes_of(value: &Bound<'_, PyAny>) -> PyResult<Option<PyBackedBytes>> {
    let is_bytes = value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
        || value.is_instance_of::<PyMemoryView>();
    let copy = || value.py().get_type::<PyBytes>().call1((value,))?.extract().map_err(Into::into);
    is_bytes.then(copy).transpose()
}

/// Contiguous pixels of one, three or four channels as a frame of four. Copied while the interpreter's lock is held, so that
/// nobody changes them midway.
fn frame_of(pixels: &Bound<'_, PyArrayDyn<u8>>) -> PyResult<Frame> {
    let py = pixels.py();
    let &[height, width, channels] = pixels.shape() else {
        return Err(invalid_input(
            py,
            format!("an array of shape {:?} is no picture", pixels.shape()),
        ));
    };
    let side = |side: usize| {
        u32::try_from(side)
            .map_err(|_| invalid_input(py, format!("a side of {side} pixels is too long")))
    };
    let size = Size { width: side(width)?, height: side(height)? };
    let readonly = pixels.readonly();
    let values = readonly.as_slice()?;
    let rgba: Vec<u8> = match channels {
        1 => values.iter().flat_map(|grey| [*grey, *grey, *grey, 255]).collect(),
        3 => values.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect(),
        _ => values.to_vec(),
    };
    Frame::from_pixels(size, rgba).map_err(|error| crate::errors::raise(py, &error))
}
