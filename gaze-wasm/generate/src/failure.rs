//! Errors as JavaScript sees them.

use gaze_rig::{Error, ErrorKind};
use wasm_bindgen::prelude::*;

use crate::generator::word;

/// What is thrown: a kind and a sentence. To be freed by whoever catches it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Failure(Error);

#[wasm_bindgen]
impl Failure {
    /// What went wrong, in kebab case: `no-face` for instance.
    #[wasm_bindgen(getter)]
    pub fn kind(&self) -> String {
        let name = match self.0.kind() {
            ErrorKind::InvalidOption => "invalid-option",
            ErrorKind::InvalidInput => "invalid-input",
            ErrorKind::NoFace => "no-face",
            ErrorKind::Output => "output",
            // The others do not come from here.
            _ => "engine",
        };
        name.to_owned()
    }

    /// The sentence, the same as natively but for what the way out is called.
    #[wasm_bindgen(getter)]
    pub fn message(&self) -> String {
        self.0.worded(word)
    }
}

impl Failure {
    /// The page's own script asks for what there is not.
    pub(crate) fn invalid(message: &str) -> Self {
        Self(Error::new(ErrorKind::InvalidOption, message))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}
