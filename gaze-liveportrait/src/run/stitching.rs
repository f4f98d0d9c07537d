//! The stitching network, for any number of rows whatever its file was exported for.

use std::path::Path;

use gaze_rig::{Error, ErrorKind, Result};
use ort::session::Session;
use ort::value::Tensor;

use crate::math::keypoints::{KEY_POINTS, STITCHING_DELTAS};
use crate::onnx::adapt::adapt_stitching_bytes;
use crate::onnx::model_file::read_model;
use crate::runtime::sessions::{
    SessionOptions, engine_error, open_session, open_session_from_memory,
};

/// Numbers in a row: the source's key points, then the driving ones.
pub(crate) const STITCHING_ROW: usize = KEY_POINTS * 3 * 2;

/// Stitching, loaded.
pub(crate) struct Stitching {
    session: Session,
    /// Rows that the graph takes at a time; none for any number.
    rows: Option<usize>,
}

impl Stitching {
    /// Loads it. A file that takes one row is rewritten in memory to take any number; where that cannot be done, it
    /// runs row by row.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where it does not load.
    pub(crate) fn open(path: &Path, options: &SessionOptions<'_>) -> Result<Self> {
        let freed = adapt_stitching_bytes(&read_model(path)?)
            .and_then(|model| open_session_from_memory(&model, options))
            .and_then(|session| {
                let mut freed = Self { session, rows: None };
                freed.check_rows()?;
                Ok(freed)
            });
        match freed {
            Ok(freed) => Ok(freed),
            // What stands in the way of one row too is said by the file itself.
            Err(_) => Ok(Self { session: open_session(path, options)?, rows: Some(1) }),
        }
    }

    /// What stitching adds for each of `rows`, which are of [`STITCHING_ROW`] numbers each.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where the network fails.
    pub(crate) fn run(&mut self, rows: &[f32]) -> Result<Vec<f32>> {
        let count = rows.len() / STITCHING_ROW;
        let at_a_time = self.rows.unwrap_or(count).max(1);
        let mut deltas = Vec::with_capacity(count * STITCHING_DELTAS);
        for rows in rows.chunks(at_a_time * STITCHING_ROW) {
            let failed = |e: ort::Error| engine_error("the stitching network failed", e);
            let input =
                Tensor::from_array(([rows.len() / STITCHING_ROW, STITCHING_ROW], rows.to_vec()));
            let outputs = self.session.run(ort::inputs![input.map_err(failed)?]).map_err(failed)?;
            deltas.extend_from_slice(outputs[0].try_extract_tensor::<f32>().map_err(failed)?.1);
        }
        Ok(deltas)
    }

    /// Checks that the second of two rows gives what it gives alone.
    fn check_rows(&mut self) -> Result<()> {
        /// Of a coordinate; the crop is 2 wide.
        const TOLERANCE: f32 = 1e-3;
        let wave = |i: usize| (i * 7919 % 1009) as f32 / 1009.0 - 0.5;
        let rows: Vec<f32> = (0..2 * STITCHING_ROW).map(wave).collect();
        let together = self.run(&rows)?;
        let alone = self.run(&rows[STITCHING_ROW..])?;
        let is_same = together.len() == 2 * alone.len()
            && together[alone.len()..].iter().zip(&alone).all(|(a, b)| (a - b).abs() <= TOLERANCE);
        if is_same {
            Ok(())
        } else {
            let message = "a row of stitching together with another is not what it is alone";
            Err(Error::new(ErrorKind::Engine, message))
        }
    }

    /// Whether the graph takes any number of rows.
    #[cfg(test)]
    pub(crate) fn is_free(&self) -> bool {
        self.rows.is_none()
    }
}
