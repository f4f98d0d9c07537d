//! Whether models are those that this version was made for.

use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

/// The SHA-256 of `bytes`: pages without a secure context have no `crypto.subtle`.
#[wasm_bindgen]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}
