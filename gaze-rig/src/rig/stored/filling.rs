//! Where the background behind the person takes its texture from.

use super::plane_coder::{PlaneModels, read_plane, write_plane};
use super::range_coder::{Decoder, Encoder};
use crate::bytes::{Bytes, damaged};
use crate::error::Result;
use crate::frame::Size;
use crate::layers::{FillNode, Filling};

/// The spacing, and three planes of the nodes: right, down and trust.
pub(super) fn write(filling: &Filling) -> Vec<u8> {
    let mut bytes = (filling.spacing as u16).to_le_bytes().to_vec();
    let mut encoder = Encoder::new();
    let mut models = PlaneModels::default();
    let values = |value: fn(&FillNode) -> i32| filling.nodes.iter().map(value).collect::<Vec<_>>();
    for plane in [
        values(|node| node.from[0].into()),
        values(|node| node.from[1].into()),
        values(|node| node.trust.into()),
    ] {
        write_plane(&mut encoder, &mut models, filling.cols, &plane);
    }
    bytes.extend(encoder.finish());
    bytes
}

pub(super) fn read(bytes: &[u8], size: Size) -> Result<Filling> {
    let mut bytes = Bytes::new(bytes, "filling");
    let spacing = u32::from(bytes.u16()?);
    let sides = [size.width as usize, size.height as usize];
    let [cols, rows] = Filling::sides(spacing, sides);
    let mut decoder = Decoder::new(bytes.rest());
    let mut models = PlaneModels::default();
    let [right, down, trust] = [(); 3].map(|()| read_plane(&mut decoder, &mut models, cols, rows));
    let node = |((right, down), trust): ((i32, i32), i32)| {
        let from = [i16::try_from(right).ok()?, i16::try_from(down).ok()?];
        Some(FillNode { from, trust: u8::try_from(trust).ok()? })
    };
    let nodes = right.into_iter().zip(down).zip(trust).map(node).collect::<Option<Vec<_>>>();
    let filling = nodes.map(|nodes| Filling { spacing, cols, nodes });
    filling
        .filter(|filling| decoder.is_finished() && filling.fits(sides))
        .ok_or_else(|| damaged("the background of its rig is filled from where nothing is"))
}
