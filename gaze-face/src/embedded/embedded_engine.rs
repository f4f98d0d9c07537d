//! The engine itself: models and a portrait in, a rig out.

use super::placed_eyes::build_named_rig;
use super::rig_builder::build_rig;
use crate::engine::{
    Engine, EngineDescription, EyeStyle, PrepareOptions, PrepareRequest, PreparedPortrait,
};
use crate::faces::{
    Face, FaceChoice, FaceModels, HeadKind, Warning, WarningKind, choose_face, warnings,
};
use crate::matting::{Creature, Head, channels};
use crate::portrait::Portrait;
use gaze_rig::rig::Rig;
use gaze_rig::{Frame, Observer, Pose, Rect, Result, Size};

/// Renders by warping one picture, with four small face models.
///
/// Needs no GPU, no download and no native library.
pub struct EmbeddedEngine {
    models: FaceModels,
}

impl EmbeddedEngine {
    /// Loads the models inside the crate, which takes some tens of milliseconds.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where they are damaged.
    #[cfg(feature = "bundled-models")]
    pub fn new() -> Result<Self> {
        Ok(Self::with_models(FaceModels::embedded()?))
    }

    /// Uses models that are loaded already.
    pub fn with_models(models: FaceModels) -> Self {
        Self { models }
    }

    /// The face models.
    pub fn models(&self) -> &FaceModels {
        &self.models
    }

    /// Prepares a portrait as a [`Rig`], which can be drawn without this engine.
    ///
    /// # Errors
    /// [`NoFace`](gaze_rig::ErrorKind::NoFace) where no face can be used,
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where a model fails,
    /// [`Cancelled`](gaze_rig::ErrorKind::Cancelled) when the observer says so.
    pub fn build_rig(
        &self,
        portrait: &Portrait,
        options: &PrepareOptions,
        observer: &dyn Observer,
    ) -> Result<(Rig, Vec<Warning>)> {
        observer.check_cancelled()?;
        if let FaceChoice::Eyes(eyes) = options.face {
            return self.build_named_rig(portrait, eyes, options, observer);
        }
        let faces = self.models.find_faces(portrait)?;
        self.build_rig_of(portrait, &faces, options, observer)
    }

    /// The same from the faces that [`FaceModels::find_faces`] has found in this portrait: for those who show them first.
    ///
    /// # Errors
    /// As [`build_rig`](Self::build_rig).
    pub fn build_rig_of(
        &self,
        portrait: &Portrait,
        faces: &[Face],
        options: &PrepareOptions,
        observer: &dyn Observer,
    ) -> Result<(Rig, Vec<Warning>)> {
        if let FaceChoice::Eyes(eyes) = options.face {
            return self.build_named_rig(portrait, eyes, options, observer);
        }
        let face = choose_face(faces, options.face, portrait)?;
        observer.check_cancelled()?;
        let mask = self.models.person_mask(portrait, face)?;
        observer.check_cancelled()?;
        let rig = build_rig(portrait.frame(), face, &mask, options)?;
        let mut warnings = warnings(face, faces);
        if options.eyes == EyeStyle::Auto && !rig.has_layered_eyes() {
            warnings.push(Warning {
                kind: WarningKind::SoftEyes,
                message: "the irises cannot be told from their surroundings well enough to move \
                          them by themselves: the eyes move softly, with a smaller range"
                    .to_owned(),
            });
        }
        Ok((rig, warnings))
    }

    /// The rig of a face whose eyes were named. Who names them has decided: nothing is said of how it looks.
    fn build_named_rig(
        &self,
        portrait: &Portrait,
        eyes: [[f32; 2]; 2],
        options: &PrepareOptions,
        observer: &dyn Observer,
    ) -> Result<(Rig, Vec<Warning>)> {
        let named = self.models.named_face(portrait, eyes)?;
        observer.check_cancelled()?;
        let mask = self.models.person_mask(portrait, &named.face)?;
        observer.check_cancelled()?;
        let rgb = channels(portrait.frame());
        let creature = Creature::around(&Head::of(&named.face), mask, &rgb);
        if named.head == HeadKind::Human {
            let rig = build_rig(portrait.frame(), &named.face, &creature.mask, options)?;
            return Ok((rig, Vec::new()));
        }
        Ok((build_named_rig(portrait.frame(), named, &creature, options)?, Vec::new()))
    }
}

impl Engine for EmbeddedEngine {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("embedded")
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let (rig, warnings) = self.build_rig(request.portrait(), request.options(), observer)?;
        Ok(Box::new(Prepared { rig, warnings }))
    }
}

struct Prepared {
    rig: Rig,
    warnings: Vec<Warning>,
}

impl PreparedPortrait for Prepared {
    fn frame_size(&self) -> Size {
        self.rig.frame_size()
    }

    fn has_alpha(&self) -> bool {
        self.rig.has_alpha()
    }

    fn moving_rect(&self) -> Rect {
        self.rig.moving_rect()
    }

    fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    fn rig(&self) -> Option<&Rig> {
        Some(&self.rig)
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        self.rig.draw(pose, frame)
    }
}
