//! Measuring which way of running the decoder is the fastest on this machine, and keeping it beside the models.
//!
//! - [`plan`]: what is measured, in which order. [`timing`]: how. [`difference`]: whether the frames are right.
//! - [`trial`]: one combination on the device. [`run`]: all of them. [`measurement`]: what comes out.
//! - [`peaks`]: what cards can do at best. [`keeping`]: what later runs find.

mod difference;
mod keeping;
mod measurement;
mod peaks;
mod plan;
mod run;
mod timing;
mod trial;

pub use difference::Difference;
pub use measurement::{Comparison, Measurement, Outcome, Timed, Trial};
pub use run::{MeasureObserver, MeasureOptions, measure};
