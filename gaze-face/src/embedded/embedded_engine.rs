//! The engine itself: models and a portrait in, a rig out.

use super::placed_eyes::build_named_rig;
use super::rig_builder::build_rig;
use crate::engine::{
    Engine, EngineDescription, EyeStyle, PrepareOptions, PrepareRequest, PreparedPortrait,
};
use crate::faces::{
    Face, FaceChoice, FaceModels, HeadKind, NamedFace, Warning, choose_face, named_eyes, soft_eyes,
    warnings,
};
use crate::matting::{Creature, Head, OwnAlpha, channels};
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

    /// Prepares a portrait as a [`Rig`], which can be drawn without this engine. Frames have the portrait's own pixels.
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
        let request = PrepareRequest::new(portrait, u32::MAX).with_options(*options);
        let Prepared { rig, warnings, .. } = self.prepared(&request, observer)?;
        Ok((rig, warnings))
    }

    /// The same of one face of a frame, as it is: nothing of it is cropped, and its landmarks are those of `face`.
    /// `others` are those that are not meant, in pixels of the frame too, where they may lie outside of it. For those who
    /// show faces first, or know more of them.
    ///
    /// # Errors
    /// As [`build_rig`](Self::build_rig).
    pub fn build_rig_of(
        &self,
        frame: &Portrait,
        face: &Face,
        others: &[Face],
        options: &PrepareOptions,
        observer: &dyn Observer,
    ) -> Result<(Rig, Vec<Warning>)> {
        observer.check_cancelled()?;
        let own = OwnAlpha::of(frame.frame());
        let mask = own.person_mask(&self.models, frame, face)?;
        observer.check_cancelled()?;
        let rig = build_rig(frame.frame(), &own, face, others, mask, options)?;
        let mut warnings = warnings(face, others, options.face);
        warnings.extend_from_slice(frame.warnings());
        let soft = rig.parts().eyes.iter().filter(|eye| eye.iris.is_none()).count();
        if options.eyes == EyeStyle::Auto && soft > 0 {
            warnings.push(soft_eyes(soft));
        }
        Ok((rig, warnings))
    }

    fn prepared(&self, request: &PrepareRequest<'_>, observer: &dyn Observer) -> Result<Prepared> {
        let (whole, source, options) = (request.portrait(), request.source(), request.options());
        observer.check_cancelled()?;
        if let FaceChoice::Eyes(eyes) = options.face {
            return self.prepared_named(request, eyes, observer);
        }
        let faces = self.models.find_faces_of(whole, source)?;
        let chosen = choose_face(&faces, options.face, whole)?;
        observer.check_cancelled()?;
        let crop = request.crop_around(chosen);
        let frame = request.framed(crop)?;
        let others = faces.iter().filter(|other| !std::ptr::eq(*other, chosen));
        let in_frame = |face: &Face| match crop {
            None => face.clone(),
            Some(part) => face.resized(whole.size(), source.size()).in_part(part, frame.size()),
        };
        let others: Vec<Face> = others.map(in_frame).collect();
        let face = match crop {
            None => self.models.detailed(&frame, source, chosen)?,
            Some(_) => self.models.look_again(&frame, &in_frame(chosen))?,
        };
        let (rig, warnings) = self.build_rig_of(&frame, &face, &others, options, observer)?;
        let warnings = request.advise_crop(warnings, &face);
        Ok(Prepared { rig, warnings, crop })
    }

    /// The same of a face whose eyes were named.
    fn prepared_named(
        &self,
        request: &PrepareRequest<'_>,
        eyes: [[f32; 2]; 2],
        observer: &dyn Observer,
    ) -> Result<Prepared> {
        let (whole, source) = (request.portrait(), request.source());
        let mut named = self.models.named_face(whole, eyes)?;
        let crop = request.crop_around(&named.face);
        let frame = request.framed(crop)?;
        if let Some(part) = crop {
            let (x, y) = (part.x as f32, part.y as f32);
            let eyes = named_eyes(eyes, source)?.map(|eye| [eye[0] - x, eye[1] - y]);
            named = self.models.named_face(&frame, eyes)?;
        } else if named.head == HeadKind::Human {
            named.face = self.models.detailed(&frame, source, &named.face)?;
        }
        let warnings = request.advise_crop(source.warnings().to_vec(), &named.face);
        let rig = self.build_named_rig(&frame, named, request.options(), observer)?;
        Ok(Prepared { rig, warnings, crop })
    }

    /// The rig of a face whose eyes were named, [found](FaceModels::named_face) in this frame. Whoever names them has
    /// decided: nothing is said of how it may look.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where a model fails,
    /// [`Cancelled`](gaze_rig::ErrorKind::Cancelled) when the observer says so.
    pub fn build_named_rig(
        &self,
        frame: &Portrait,
        named: NamedFace,
        options: &PrepareOptions,
        observer: &dyn Observer,
    ) -> Result<Rig> {
        observer.check_cancelled()?;
        let (own, head) = (OwnAlpha::of(frame.frame()), Head::of(&named.face));
        let mask = own.person_mask(&self.models, frame, &named.face)?;
        observer.check_cancelled()?;
        // The outline of who was cut out is known.
        let mask = own.as_mask(&head).unwrap_or(mask);
        let creature = Creature::around(&head, mask, &channels(&own.colors));
        if named.head == HeadKind::Human {
            return build_rig(frame.frame(), &own, &named.face, &[], creature.mask, options);
        }
        build_named_rig(frame.frame(), &own, named, &creature, options)
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
        Ok(Box::new(self.prepared(request, observer)?))
    }
}

struct Prepared {
    rig: Rig,
    warnings: Vec<Warning>,
    crop: Option<Rect>,
}

impl PreparedPortrait for Prepared {
    fn frame_size(&self) -> Size {
        self.rig.frame_size()
    }

    fn has_alpha(&self) -> bool {
        self.rig.has_alpha()
    }

    fn crop(&self) -> Option<Rect> {
        self.crop
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
