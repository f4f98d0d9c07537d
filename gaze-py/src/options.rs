//! Keyword arguments: gaze-core's options by their own names and with their own defaults.

use gaze_core::{Crop, EyeStyle, FaceChoice, GenerateOptions, Grid, SheetLayout, color_from_css};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt};

use crate::errors::{invalid_option, raise, shown};

/// The methods of a generator that take options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Generate,
    Sweep,
    Prepare,
    Rig,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Method::Generate => "generate",
            Method::Sweep => "sweep",
            Method::Prepare => "prepare",
            Method::Rig => "rig",
        }
    }

    /// The options that it takes.
    fn options(self) -> Vec<&'static str> {
        let portrait = ["max_size", "face", "crop", "remove_background", "background", "eyes"];
        let sweep = ["grid", "pupil", "head_yaw_deg", "head_pitch_deg", "eyebrow"];
        let output =
            ["layout", "quality", "pack", "blink", "rig", "rig_quality", "resume", "force"];
        match self {
            Method::Generate => [&portrait[..], &sweep, &output].concat(),
            Method::Sweep => [&portrait[..], &sweep].concat(),
            Method::Prepare => portrait.to_vec(),
            Method::Rig => [&portrait[..], &["rig_quality"]].concat(),
        }
    }
}

/// The options that keyword arguments name.
///
/// # Errors
/// `TypeError` for a name that the method does not take, with the nearest one that it takes, and for a value of another type;
/// `InvalidOptionError` for one out of range.
pub(crate) fn parse(
    py: Python<'_>,
    method: Method,
    given: Option<&Bound<'_, PyDict>>,
    threads: usize,
) -> PyResult<GenerateOptions> {
    let mut options = GenerateOptions::default().with_threads(threads);
    for (name, value) in given.into_iter().flatten() {
        let name: String = name.extract()?;
        if !method.options().contains(&name.as_str()) {
            return Err(unknown(method, &name));
        }
        set(&mut options, &Given { name: &name, value })?;
    }
    options.check().map_err(|error| raise(py, &error))?;
    Ok(options)
}

fn set(options: &mut GenerateOptions, given: &Given<'_, '_>) -> PyResult<()> {
    match given.name {
        "grid" => {
            let grid = Grid::from_side(given.number("an even number from 2 to 60")?);
            options.sweep.grid = grid.map_err(|error| raise(given.value.py(), &error))?;
        }
        "pupil" => options.sweep.pupil = given.real()?,
        "head_yaw_deg" => options.sweep.head_yaw_deg = given.real()?,
        "head_pitch_deg" => options.sweep.head_pitch_deg = given.real()?,
        "eyebrow" => options.sweep.eyebrow = given.real()?,
        "layout" => {
            options.layout = given.named("\"quadrants\" or \"single\"", SheetLayout::from_name)?;
        }
        "quality" => options.quality = given.number("0 to 100")?,
        "rig_quality" => options.rig_quality = given.number("0 to 100")?,
        "max_size" => options.max_size = given.number("32 or more pixels")?,
        "face" => options.face = given.face()?,
        "crop" => options.crop = given.named("\"none\", \"bust\" or \"head\"", Crop::from_name)?,
        "remove_background" => options.remove_background = given.truth()?,
        "background" => options.background = given.color()?,
        "eyes" => options.eyes = given.named("\"auto\" or \"soft\"", eyes_from_name)?,
        "pack" => options.pack = given.truth()?,
        "blink" => options.blink = given.truth()?,
        "rig" => options.rig = given.truth()?,
        "resume" => options.resume = given.truth()?,
        "force" => options.force = given.truth()?,
        name => unreachable!("{name} is an option of a method and set here"),
    }
    Ok(())
}

fn eyes_from_name(name: &str) -> Option<EyeStyle> {
    [("auto", EyeStyle::Auto), ("soft", EyeStyle::Soft)]
        .into_iter()
        .find_map(|(known, eyes)| (known == name).then_some(eyes))
}

/// An option and its value.
pub(crate) struct Given<'a, 'py> {
    pub(crate) name: &'a str,
    pub(crate) value: Bound<'py, PyAny>,
}

impl<'py> Given<'_, 'py> {
    /// A whole number; `expected` says which.
    pub(crate) fn number<T: for<'a> FromPyObject<'a, 'py>>(&self, expected: &str) -> PyResult<T> {
        // True is a number for Python, but not meant as one.
        if !self.value.is_instance_of::<PyBool>() {
            if let Ok(number) = self.value.extract::<T>() {
                return Ok(number);
            }
            if self.value.is_instance_of::<PyInt>() {
                return Err(self.out_of_range(expected));
            }
        }
        Err(self.of_other_type("a whole number"))
    }

    fn real(&self) -> PyResult<f32> {
        self.value.extract().map_err(|_| self.of_other_type("a number"))
    }

    fn truth(&self) -> PyResult<bool> {
        self.value.extract().map_err(|_| self.of_other_type("True or False"))
    }

    fn named<T>(&self, expected: &str, from_name: impl Fn(&str) -> Option<T>) -> PyResult<T> {
        let name: String = self.value.extract().map_err(|_| self.of_other_type(expected))?;
        from_name(&name).ok_or_else(|| self.out_of_range(expected))
    }

    /// None is the largest face, a number one by size, two numbers the one at a point, two points the one with these eyes.
    fn face(&self) -> PyResult<FaceChoice> {
        if self.value.is_none() {
            return Ok(FaceChoice::Largest);
        }
        if let Ok((x, y)) = self.value.extract::<(f32, f32)>() {
            if x.is_finite() && y.is_finite() {
                return Ok(FaceChoice::At { x, y });
            }
            return Err(self.out_of_range("the pixels of a point"));
        }
        if let Ok(eyes) = self.value.extract::<((f32, f32), (f32, f32))>() {
            // What is wrong with them is found when the picture is known.
            return Ok(FaceChoice::Eyes(<[(f32, f32); 2]>::from(eyes).map(<[f32; 2]>::from)));
        }
        if let Ok(index) = self.number("0 (the largest) or more") {
            return Ok(FaceChoice::Index(index));
        }
        if self.value.is_instance_of::<PyInt>() {
            return Err(self.out_of_range("0 (the largest) or more"));
        }
        Err(self.of_other_type("a number, a point (x, y), two eyes ((x, y), (x, y)) or None"))
    }

    /// None is no colour, a text one as CSS writes it, three numbers red, green and blue.
    fn color(&self) -> PyResult<Option<[u8; 3]>> {
        if self.value.is_none() {
            return Ok(None);
        }
        if let Ok(text) = self.value.extract::<String>() {
            let color = color_from_css(&text);
            return color.map(Some).map_err(|error| raise(self.value.py(), &error));
        }
        if let Ok((r, g, b)) = self.value.extract::<(u8, u8, u8)>() {
            return Ok(Some([r, g, b]));
        }
        Err(self.of_other_type("a colour, as \"#fa0\" or (255, 170, 0), or None"))
    }

    fn out_of_range(&self, expected: &str) -> PyErr {
        let message = format!("{} is {}: use {expected}", self.name, shown(&self.value));
        invalid_option(self.value.py(), message)
    }

    fn of_other_type(&self, expected: &str) -> PyErr {
        let value = shown(&self.value);
        PyTypeError::new_err(format!("{} must be {expected}, not {value}", self.name))
    }
}

fn unknown(method: Method, name: &str) -> PyErr {
    /// How alike names are that are taken for slips of the keyboard; 1 is equal.
    const ALIKE: f64 = 0.75;
    let (call, known) = (method.name(), method.options());
    let nearest = known
        .iter()
        .map(|option| (strsim::jaro_winkler(name, option), option))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let advice = match nearest {
        Some((_, option)) => format!("did you mean '{option}'?"),
        None => format!("it takes {}", known.join(", ")),
    };
    PyTypeError::new_err(format!("{call}() takes no option '{name}': {advice}"))
}
