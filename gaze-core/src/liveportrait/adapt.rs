//! stub
use crate::Result;
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GridSampleForm {
    Opset20,
    TwoSlices,
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchForm {
    Dynamic,
    One,
}
pub fn adapt_decoder(_model: &[u8], _g: GridSampleForm, _b: BatchForm) -> Result<Vec<u8>> {
    unimplemented!()
}
