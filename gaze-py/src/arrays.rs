//! Pixels to and from NumPy.

use gaze_core::{Frame, Size};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyEllipsis, PySlice};

/// Channels of a frame in memory.
const RGBA: usize = 4;

/// A frame as an array: uint8, height x width x 4 (RGBA), or 3 (RGB) where it is opaque. The memory is the frame's own:
/// nothing is copied, so that an array of three channels has a byte between its pixels.
pub(crate) fn to_array<'py>(
    py: Python<'py>,
    frame: Frame,
    has_alpha: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let Size { width, height } = frame.size();
    let shape = [height as usize, width as usize, RGBA];
    let array = PyArray1::from_vec(py, frame.into_pixels()).reshape(shape)?;
    if has_alpha {
        return Ok(array.into_any());
    }
    array.get_item((PyEllipsis::get(py), PySlice::new(py, 0, 3, 1)))
}
