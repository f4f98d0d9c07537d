//! A stranger's bytes as a model of LivePortrait: a report or an error, and what is adapted can be read again.
#![no_main]

use gaze_core::liveportrait::{
    BatchForm, DecoderForm, GridSampleForm, MODEL_FILES, adapt_decoder_bytes, adapt_grid_samples, adapt_stitching_bytes,
    verify_model_bytes,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut can_be_read = false;
    for file in MODEL_FILES {
        can_be_read |= verify_model_bytes(bytes, file).is_ok();
    }
    if let Ok(freed) = adapt_stitching_bytes(bytes) {
        assert!(can_be_read);
        assert!(verify_model_bytes(&freed, &MODEL_FILES[0]).is_ok());
    }
    for form in [GridSampleForm::Opset20, GridSampleForm::TwoSlices] {
        if let Ok(adapted) = adapt_grid_samples(bytes, form) {
            assert!(can_be_read);
            assert!(verify_model_bytes(&adapted, &MODEL_FILES[0]).is_ok());
        }
        for batch in [BatchForm::One, BatchForm::Dynamic] {
            if let Ok(adapted) = adapt_decoder_bytes(bytes, DecoderForm::new(form, batch)) {
                assert!(verify_model_bytes(&adapted, &MODEL_FILES[0]).is_ok());
            }
        }
    }
});
