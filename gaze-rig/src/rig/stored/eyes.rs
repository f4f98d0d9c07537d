//! The eyes: their outlines, and the irises that are drawn in layers.

use super::plane_coder::{PlaneModels, read_plane, write_plane};
use super::range_coder::{Decoder, Encoder};
use super::steps;
use super::thinned::{thicken, thin, thinned_side};
use crate::bytes::{Bytes, damaged};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Size;
use crate::interpolation::smoothstep;
use crate::rig::eye::{EyeFrame, EyePatch, IrisLayer, RigEye};
use crate::rig::lid::{LID_SAMPLES, LidCurve};
use crate::rig::parts::RigParts;
use crate::rig::version::RigVersion;

/// Pixels a step of a place.
const PLACE_STEP: f32 = 1.0 / 256.0;
/// Eye widths a step of a lid's height.
const LID_STEP: f32 = 1.0 / 4096.0;
const COVER_LEVELS: f32 = 255.0;
const STRENGTH_LEVELS: f32 = 255.0;
/// Every how many samples one is stored.
const COVER_EVERY: usize = 1;
const SCLERA_EVERY: usize = 8;
const MAX_EVERY: usize = 16;
/// Distances from the middle of the iris, in its radii, between which it ends.
const IRIS_EDGE: [f32; 2] = [1.0, 1.5];
/// Flag of an eye whose iris moves by itself.
const HAS_IRIS: u8 = 1;
/// Height of a lid's skin where the first version says nothing of it, in eye widths.
const USUAL_LID_SKIN: f32 = 0.2;

pub(super) fn write(eyes: &[RigEye], version: RigVersion, size: Size) -> Result<Vec<u8>> {
    let mut bytes = vec![eyes.len() as u8];
    let mut encoder = Encoder::new();
    for eye in eyes {
        let start = bytes.len();
        write_numbers(eye, version, &mut bytes)?;
        // What is written can be read.
        let read = EyeNumbers::read(&mut Bytes::new(&bytes[start..], "eye"), version, size);
        read.map_err(|_| not_storable())?;
        let mut models = PlaneModels::default();
        for lid in [&eye.upper, &eye.lower] {
            let heights = lid.heights().map(|height| steps(height, LID_STEP));
            write_plane(&mut encoder, &mut models, LID_SAMPLES, &heights);
        }
        if let Some(layer) = &eye.iris {
            write_maps(&layer.patch, &mut encoder);
        }
    }
    bytes.extend(encoder.finish());
    Ok(bytes)
}

fn write_numbers(eye: &RigEye, version: RigVersion, bytes: &mut Vec<u8>) -> Result<()> {
    fn put(bytes: &mut Vec<u8>, numbers: &[[f32; 2]]) {
        for number in numbers.as_flattened() {
            bytes.extend_from_slice(&((number / PLACE_STEP).round() as i32).to_le_bytes());
        }
    }
    let EyeFrame { corner, along, width, .. } = eye.frame;
    put(bytes, &[corner, [corner[0] + along[0] * width, corner[1] + along[1] * width]]);
    let strength = (eye.strength * STRENGTH_LEVELS).round() as u8;
    if version > RigVersion::V1 {
        bytes.extend([strength, if eye.iris.is_some() { HAS_IRIS } else { 0 }]);
        bytes.extend_from_slice(&(steps(eye.lid_skin, LID_STEP) as u16).to_le_bytes());
    }
    let Some(IrisLayer { center, radius, patch }) = &eye.iris else { return Ok(()) };
    let center = eye.frame.to_pixels(*center);
    put(bytes, &[center, patch.origin, [radius * width, patch.per_pixel]]);
    for side in [patch.width, patch.height] {
        let side = u16::try_from(side).map_err(|_| not_storable())?;
        bytes.extend_from_slice(&side.to_le_bytes());
    }
    if version == RigVersion::V1 {
        bytes.push(strength);
    }
    bytes.extend([COVER_EVERY as u8, SCLERA_EVERY as u8]);
    Ok(())
}

fn write_maps(patch: &EyePatch, encoder: &mut Encoder) {
    let mut map = |models: &mut PlaneModels, values: Vec<f32>, every: usize, step: f32| {
        let samples = thin(&values, patch.width, every);
        let samples: Vec<i32> = samples.iter().map(|v| steps(*v, step)).collect();
        write_plane(encoder, models, thinned_side(patch.width, every), &samples);
    };
    let cover = patch.cover.clone();
    map(&mut PlaneModels::default(), cover, COVER_EVERY, 1.0 / COVER_LEVELS);
    let mut models = PlaneModels::default();
    for channel in 0..3 {
        let values = patch.sclera.iter().map(|sample| sample[channel]).collect();
        map(&mut models, values, SCLERA_EVERY, 1.0);
    }
}

fn not_storable() -> Error {
    Error::new(
        ErrorKind::Output,
        "an eye of the rig is too small, too large or too far off to be stored",
    )
}

/// What is stored of an eye besides its lids and maps.
struct EyeNumbers {
    frame: EyeFrame,
    strength: f32,
    lid_skin: f32,
    iris: Option<IrisNumbers>,
}

struct IrisNumbers {
    /// In pixels, as all of these.
    center: [f32; 2],
    radius: f32,
    origin: [f32; 2],
    per_pixel: f32,
    cols: usize,
    rows: usize,
    cover_every: usize,
    sclera_every: usize,
}

pub(super) fn read(bytes: &[u8], version: RigVersion, size: Size) -> Result<Vec<RigEye>> {
    let mut bytes = Bytes::new(bytes, "rig's eyes");
    let count = usize::from(bytes.u8()?);
    if count > RigParts::MAX_EYES {
        return Err(damaged(format!("its rig claims {count} eyes")));
    }
    let numbers: Vec<EyeNumbers> =
        (0..count).map(|_| EyeNumbers::read(&mut bytes, version, size)).collect::<Result<_>>()?;
    let mut decoder = Decoder::new(bytes.rest());
    let eyes = numbers.into_iter().map(|eye| eye.read_maps(&mut decoder)).collect();
    if decoder.is_finished() {
        Ok(eyes)
    } else {
        Err(damaged("the eyes of its rig end too early or too late"))
    }
}

fn read_pair(bytes: &mut Bytes<'_>) -> Result<[f32; 2]> {
    Ok([bytes.i32()? as f32 * PLACE_STEP, bytes.i32()? as f32 * PLACE_STEP])
}

fn no_eye() -> Error {
    damaged("an eye of its rig is no eye")
}

impl EyeNumbers {
    fn read(bytes: &mut Bytes<'_>, version: RigVersion, size: Size) -> Result<Self> {
        // An eye may reach beyond the picture, not lie anywhere nor be larger.
        let most = 4.0 * size.width.max(size.height) as f32;
        let (corner, other) = (read_pair(bytes)?, read_pair(bytes)?);
        let (mut strength, mut flags, mut lid_skin) = (0, HAS_IRIS, USUAL_LID_SKIN);
        if version > RigVersion::V1 {
            [strength, flags] = bytes.array()?;
            lid_skin = f32::from(bytes.u16()?) * LID_STEP;
        }
        let iris = if flags & HAS_IRIS == 0 {
            None
        } else {
            let (center, origin) = (read_pair(bytes)?, read_pair(bytes)?);
            let [radius, per_pixel] = read_pair(bytes)?;
            let [cols, rows] = [bytes.u16()?, bytes.u16()?].map(usize::from);
            if version == RigVersion::V1 {
                strength = bytes.u8()?;
            }
            let [cover_every, sclera_every] = bytes.array()?.map(usize::from);
            let is_sound = [center, origin].as_flattened().iter().all(|at| at.abs() <= most)
                && (0.1..=most).contains(&radius)
                && (0.125..=16.0).contains(&per_pixel)
                && cols.min(rows) >= 2
                && cols * rows <= size.area()
                && [cover_every, sclera_every].iter().all(|every| (1..=MAX_EVERY).contains(every));
            if !is_sound {
                return Err(no_eye());
            }
            Some(IrisNumbers {
                center,
                radius,
                origin,
                per_pixel,
                cols,
                rows,
                cover_every,
                sclera_every,
            })
        };
        let [x, y] = [other[0] - corner[0], other[1] - corner[1]];
        let width = (x * x + y * y).sqrt();
        let is_sound = [corner, other].as_flattened().iter().all(|at| at.abs() <= most)
            && width >= 1.0
            && lid_skin <= RigEye::MOST_LID_SKIN;
        if !is_sound {
            return Err(no_eye());
        }
        let along = [x / width, y / width];
        let frame = EyeFrame { corner, along, across: [-along[1], along[0]], width };
        Ok(Self { frame, strength: f32::from(strength) / STRENGTH_LEVELS, lid_skin, iris })
    }

    fn read_maps(self, decoder: &mut Decoder<'_>) -> RigEye {
        let Self { frame, strength, lid_skin, iris } = self;
        let mut models = PlaneModels::default();
        let [upper, lower] = std::array::from_fn(|_| {
            let heights = read_plane(decoder, &mut models, LID_SAMPLES, 1);
            LidCurve::of_heights(std::array::from_fn(|i| heights[i] as f32 * LID_STEP))
        });
        let iris = iris.map(|iris| iris.read_maps(&frame, decoder));
        RigEye { frame, upper, lower, strength, lid_skin, iris }
    }
}

impl IrisNumbers {
    fn read_maps(self, frame: &EyeFrame, decoder: &mut Decoder<'_>) -> IrisLayer {
        let Self { center, radius, origin, per_pixel, cols, rows, .. } = self;
        let mut map = |models: &mut PlaneModels, every: usize, step: f32| {
            let [thin_cols, thin_rows] = [cols, rows].map(|side| thinned_side(side, every));
            let samples = read_plane(decoder, models, thin_cols, thin_rows);
            let samples: Vec<f32> = samples.iter().map(|v| *v as f32 * step).collect();
            thicken(&samples, cols, rows, every)
        };
        let mut cover = map(&mut PlaneModels::default(), self.cover_every, 1.0 / COVER_LEVELS);
        cover.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        let mut models = PlaneModels::default();
        let [red, green, blue] = std::array::from_fn(|_| map(&mut models, self.sclera_every, 1.0));
        let sclera = (0..cols * rows).map(|i| {
            let x = origin[0] + (i % cols) as f32 / per_pixel - center[0];
            let y = origin[1] + (i / cols) as f32 / per_pixel - center[1];
            let covered = iris_cover((x * x + y * y).sqrt() / radius);
            let [r, g, b] = [&red, &green, &blue].map(|map| map[i].clamp(0.0, 255.0));
            [r, g, b, covered]
        });
        let sclera = sclera.collect();
        let patch = EyePatch { origin, per_pixel, width: cols, height: rows, cover, sclera };
        IrisLayer { center: frame.to_frame(center), radius: radius / frame.width, patch }
    }
}

/// How much of a sample the iris covers at rest, by its distance from the middle of the iris in radii.
fn iris_cover(distance: f32) -> f32 {
    1.0 - smoothstep(IRIS_EDGE[0], IRIS_EDGE[1], distance)
}
