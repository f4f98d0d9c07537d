//! The trait that every engine implements.

use std::sync::Arc;

use gaze_rig::{Observer, Result};

use super::{EngineDescription, PrepareRequest, PreparedPortrait};

/// Renders portraits in poses.
pub trait Engine: Send + Sync {
    /// What it is and where it runs.
    fn describe(&self) -> EngineDescription;

    /// Does everything that is done once for a portrait.
    ///
    /// # Errors
    /// [`NoFace`](gaze_rig::ErrorKind::NoFace) where no face can be used,
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where a model fails,
    /// [`Cancelled`](gaze_rig::ErrorKind::Cancelled) when the observer says so.
    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>>;
}

/// Whatever leads to an engine is one.
macro_rules! delegate {
    ($($pointer:ty),+) => {$(
        impl<E: Engine + ?Sized> Engine for $pointer {
            fn describe(&self) -> EngineDescription {
                (**self).describe()
            }

            fn prepare(
                &self,
                request: &PrepareRequest<'_>,
                observer: &dyn Observer,
            ) -> Result<Box<dyn PreparedPortrait>> {
                (**self).prepare(request, observer)
            }
        }
    )+};
}

delegate!(Box<E>, Arc<E>, &E);
