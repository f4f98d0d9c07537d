//! Model files that are cut or altered: each is refused, or rewritten into one that can be read.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fs;
use std::path::Path;

use gaze_liveportrait::{
    BatchForm, DecoderForm, GridSampleForm, ModelFile, adapt_decoder_bytes, verify_model_bytes,
};
use onnx_protobuf::{Message, ModelProto};

const FORMS: [GridSampleForm; 2] = [GridSampleForm::Opset20, GridSampleForm::TwoSlices];

fn model(name: &str) -> Vec<u8> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    fs::read(models.join(name)).unwrap()
}

/// Any number from 0 to `end`, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }
}

/// What a stranger's file may do: be refused with a sentence, or be rewritten into one that can be read again.
fn survive(bytes: &[u8]) -> bool {
    let file = ModelFile::from_name("warping_spade.onnx").unwrap();
    let is_sound =
        verify_model_bytes(bytes, file).is_ok_and(|report| report.differences.is_empty());
    for form in FORMS {
        for batch in [BatchForm::One, BatchForm::Dynamic] {
            match adapt_decoder_bytes(bytes, DecoderForm::new(form, batch)) {
                Ok(adapted) => assert!(ModelProto::parse_from_bytes(&adapted).is_ok()),
                Err(error) => assert!(error.to_string().len() < 4000, "{error}"),
            }
        }
    }
    is_sound
}

#[test]
fn no_cut_file_is_taken() {
    for name in ["warping_spade.onnx", "fp16/warping_spade.onnx"] {
        let whole = model(name);
        assert!(survive(&whole));
        for step in 0..97 {
            assert!(!survive(&whole[..whole.len() * step / 97]), "{step}");
        }
    }
}

/// Where it was made for a tensor of some axes, it has none.
#[test]
fn tensors_without_axes_do_no_harm() {
    let damaged = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/damaged");
    survive(&fs::read(damaged.join("no-axes.onnx")).unwrap());
}

#[test]
fn no_flipped_byte_does_harm() {
    let whole = model("warping_spade.onnx");
    let mut dice = Dice(4);
    let mut sound = 0;
    for _ in 0..2000 {
        let mut bytes = whole.clone();
        for _ in 0..=dice.below(3) {
            let place = dice.below(bytes.len());
            bytes[place] = match dice.below(4) {
                0 => 0xff,
                1 => bytes[place] ^ 1 << dice.below(8),
                _ => dice.below(256) as u8,
            };
        }
        sound += usize::from(survive(&bytes));
    }
    // Most of the file are names and weights, which are not looked at; some of it is.
    assert!((1..2000).contains(&sound), "{sound}");
}
