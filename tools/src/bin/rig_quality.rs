//! How close `portrait.gaze` and `frames.gaze` come to the rig itself, portrait by portrait.
//!
//! `cargo run --release -p gaze-tools --bin rig_quality -- [FOLDER] [OUT.md]`
//!
//! FOLDER holds portraits (default: what `GAZE_PORTRAITS` names). Each is prepared from its lossless pixels; whole frames of
//! twelve poses all over the sweep are compared with those drawn from the written file and with those of a pack of
//! default settings. Portraits without a usable face are left out, by name.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::pack::{PACK_FILE, PackFile};
use gaze_core::rig::{Rig, StoredRig};
use gaze_core::rig_file::{RIG_FILE, read_rig};
use gaze_core::{Cell, ErrorKind, Frame, GazeGenerator, Portrait, Size, Sweep};

/// Rows and columns of the default sweep, and which of their 36 cells are looked at.
const PLACES: [u32; 6] = [0, 6, 12, 17, 23, 29];
const PICKED: [usize; 12] = [0, 3, 5, 8, 12, 15, 17, 20, 25, 30, 33, 35];
/// Pixels a side of the blocks of which the worst is named.
const BLOCK: usize = 8;
/// Gaussian window of SSIM: standard deviation, and pixels to each side.
const SIGMA: f32 = 1.5;
const REACH: usize = 5;

/// How far frames are from what they should show.
#[derive(Default)]
struct Closeness {
    bytes: u64,
    /// Mean of SSIM (luma), over all frames; that of the worst frame.
    ssim: f64,
    worst_ssim: f64,
    /// Mean absolute difference of a channel; that of the worst block of any frame.
    mean: f64,
    worst_block: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().or_else(|| std::env::var_os("GAZE_PORTRAITS").map(PathBuf::from));
    let folder = folder.ok_or("name a folder of portraits, or set GAZE_PORTRAITS")?;
    let out = arguments.next();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "jpg" || end == "png"));
    paths.sort();
    let generator = GazeGenerator::new(Arc::new(EmbeddedEngine::new()?));
    let mut table = String::from(
        "| portrait | file | bytes | of it picture | SSIM | worst frame | mean difference | worst 8 x 8 |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let mut left_out = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let portrait = Portrait::open(&path)?;
        match compare(&generator, &portrait) {
            Ok(rows) => {
                for (file, picture, found) in rows {
                    let Closeness { bytes, ssim, worst_ssim, mean, worst_block } = found;
                    let row = format!(
                        "| {name} | {file} | {bytes} | {picture} | {ssim:.4} | {worst_ssim:.4} | {mean:.2} | {worst_block:.1} |"
                    );
                    println!("{row}");
                    writeln!(table, "{row}")?;
                }
            }
            Err(error) if error.downcast_ref().is_some_and(is_faceless) => left_out.push(name),
            Err(error) => return Err(error),
        }
    }
    if !left_out.is_empty() {
        writeln!(table, "\nWithout a face that can be used: {}.", left_out.join(", "))?;
    }
    if let Some(out) = out {
        std::fs::write(out, table)?;
    }
    Ok(())
}

fn is_faceless(error: &gaze_core::Error) -> bool {
    error.kind() == ErrorKind::NoFace
}

type Row = (&'static str, String, Closeness);

/// Generates a folder as by default, and says how close each file comes.
fn compare(
    generator: &GazeGenerator<Arc<EmbeddedEngine>>,
    portrait: &Portrait,
) -> Result<[Row; 2], Box<dyn Error>> {
    let prepared = generator.prepare(portrait, &())?;
    let exact = prepared.rig().ok_or("the embedded engine makes a rig")?;
    let dir = std::env::temp_dir().join(format!("gaze-rig-quality-{}", std::process::id()));
    let options = generator.options().with_force(true);
    generator.clone().with_options(options).generate(portrait, &dir, &())?;
    let expected: Vec<Frame> = cells().map(|cell| draw(exact, cell)).collect::<Result<_, _>>()?;

    let rig = read_rig(dir.join(RIG_FILE))?;
    let drawn: Vec<Frame> = cells().map(|cell| draw(&rig, cell)).collect::<Result<_, _>>()?;
    let file = std::fs::read(dir.join(RIG_FILE))?;
    let stored = StoredRig::from_bytes(&file)?;
    let picture = stored.picture();
    let picture = format!("{} ({})", picture.bytes.len(), picture.format.mime_type());
    let of_rig = Closeness { bytes: file.len() as u64, ..closeness(&expected, &drawn) };

    let mut pack = PackFile::open(dir.join(PACK_FILE))?;
    let played: Vec<Frame> = cells().map(|cell| pack.frame(cell)).collect::<Result<_, _>>()?;
    let rig_bytes = pack.header().rig.map_or(0, |span| span.len);
    let bytes = pack.header().file_len() - rig_bytes;
    let of_pack = Closeness { bytes, ..closeness(&expected, &played) };
    std::fs::remove_dir_all(&dir)?;
    Ok([(RIG_FILE, picture, of_rig), ("900 frames", String::new(), of_pack)])
}

fn cells() -> impl Iterator<Item = Cell> {
    PICKED.into_iter().map(|i| Cell { row: PLACES[i / 6], col: PLACES[i % 6] })
}

fn draw(rig: &Rig, cell: Cell) -> Result<Frame, gaze_core::Error> {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Sweep::default().pose(cell), &mut frame)?;
    Ok(frame)
}

fn closeness(expected: &[Frame], actual: &[Frame]) -> Closeness {
    let mut found = Closeness { worst_ssim: 1.0, ..Closeness::default() };
    for (a, b) in expected.iter().zip(actual) {
        let off = differences(a, b);
        found.mean += off.iter().map(|v| f64::from(*v)).sum::<f64>() / off.len() as f64;
        found.worst_block = found.worst_block.max(worst_block(&off, a.size()));
        let ssim = mean_ssim(&luma(a), &luma(b), a.size());
        found.ssim += ssim;
        found.worst_ssim = found.worst_ssim.min(ssim);
    }
    found.mean /= expected.len() as f64;
    found.ssim /= expected.len() as f64;
    found
}

/// Mean absolute difference of the three channels, a value a pixel.
fn differences(a: &Frame, b: &Frame) -> Vec<f32> {
    let pixels = a.pixels().as_chunks::<4>().0.iter().zip(b.pixels().as_chunks::<4>().0);
    pixels.map(|(a, b)| (0..3).map(|c| f32::from(a[c].abs_diff(b[c]))).sum::<f32>() / 3.0).collect()
}

/// The largest mean over any 8 x 8 pixels.
fn worst_block(off: &[f32], size: Size) -> f64 {
    let (width, height) = (size.width as usize, size.height as usize);
    // Sums over everything above and to the left.
    let mut sums = vec![0.0f64; (width + 1) * (height + 1)];
    for y in 0..height {
        let mut line = 0.0;
        for x in 0..width {
            line += f64::from(off[y * width + x]);
            sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + line;
        }
    }
    let at = |x: usize, y: usize| sums[y * (width + 1) + x];
    let mut worst = 0.0f64;
    for y in BLOCK..=height {
        for x in BLOCK..=width {
            let (left, top) = (x - BLOCK, y - BLOCK);
            worst = worst.max(at(x, y) - at(left, y) - at(x, top) + at(left, top));
        }
    }
    worst / (BLOCK * BLOCK) as f64
}

fn luma(frame: &Frame) -> Vec<f32> {
    let pixels = frame.pixels().as_chunks::<4>().0.iter();
    pixels
        .map(|p| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]))
        .collect()
}

/// SSIM of Wang et al. 2004, its mean over all pixels.
fn mean_ssim(a: &[f32], b: &[f32], size: Size) -> f64 {
    let product =
        |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
    let smooth = |plane: &[f32]| blurred(plane, size);
    let (ma, mb) = (smooth(a), smooth(b));
    let (aa, bb, ab) = (smooth(&product(a, a)), smooth(&product(b, b)), smooth(&product(a, b)));
    let (c1, c2) = ((0.01f32 * 255.0).powi(2), (0.03f32 * 255.0).powi(2));
    let each = (0..a.len()).map(|i| {
        let (va, vb) = (aa[i] - ma[i] * ma[i], bb[i] - mb[i] * mb[i]);
        let covariance = ab[i] - ma[i] * mb[i];
        let same = (2.0 * ma[i] * mb[i] + c1) * (2.0 * covariance + c2);
        f64::from(same / ((ma[i] * ma[i] + mb[i] * mb[i] + c1) * (va + vb + c2)))
    });
    each.sum::<f64>() / a.len() as f64
}

/// Gaussian blur, mirrored at the border.
fn blurred(plane: &[f32], size: Size) -> Vec<f32> {
    let (width, height) = (size.width as usize, size.height as usize);
    let weight = |i: usize| (-(i as f32 - REACH as f32).powi(2) / (2.0 * SIGMA * SIGMA)).exp();
    let weights: Vec<f32> = (0..=2 * REACH).map(weight).collect();
    let total: f32 = weights.iter().sum();
    let mirrored = |at: usize, i: usize, length: usize| {
        let at = at as isize + i as isize - REACH as isize;
        let at = if at < 0 { -1 - at } else { at } as usize;
        if at < length { at } else { 2 * length - 1 - at }
    };
    let mut across = vec![0.0; plane.len()];
    for (i, value) in across.iter_mut().enumerate() {
        let line = i / width * width;
        let taps = weights.iter().enumerate();
        *value = taps.map(|(k, w)| w * plane[line + mirrored(i % width, k, width)]).sum();
    }
    let mut down = vec![0.0; plane.len()];
    for (i, value) in down.iter_mut().enumerate() {
        let taps = weights.iter().enumerate();
        let sum: f32 =
            taps.map(|(k, w)| w * across[mirrored(i / width, k, height) * width + i % width]).sum();
        *value = sum / (total * total);
    }
    down
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::slice::from_ref;

    fn noise(size: Size, strength: u32) -> Frame {
        let pixels = (0..size.area() as u32).flat_map(|i| {
            let value = (100 + i.wrapping_mul(2_654_435_761) % (strength + 1)) as u8;
            [value, value, value, 255]
        });
        Frame::from_pixels(size, pixels.collect()).unwrap()
    }

    #[test]
    fn the_same_is_the_same_and_the_worst_block_is_found() {
        let size = Size { width: 40, height: 30 };
        let a = noise(size, 60);
        let found = closeness(from_ref(&a), from_ref(&a));
        assert!((found.ssim - 1.0).abs() < 1e-9 && found.mean == 0.0 && found.worst_block == 0.0);
        let mut b = a.clone();
        for y in 11..19 {
            for x in 21..29 {
                let at = (y * 40 + x) * 4;
                b.pixels_mut()[at..at + 3].iter_mut().for_each(|v| *v += 20);
            }
        }
        let found = closeness(&[a], &[b]);
        assert!((found.worst_block - 20.0).abs() < 1e-6);
        assert!((found.mean - 20.0 * 64.0 / 1200.0).abs() < 1e-4 && found.ssim < 0.999);
    }

    #[test]
    fn blurring_keeps_what_is_even() {
        let size = Size { width: 9, height: 7 };
        assert!(blurred(&[3.0; 63], size).iter().all(|v| (v - 3.0).abs() < 1e-5));
    }
}
