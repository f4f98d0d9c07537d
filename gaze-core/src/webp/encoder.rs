//! The border to libwebp's encoder for still pictures.

use std::any::Any;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::slice;

use libwebp_sys as sys;

use super::container;
use super::reading_order::wanted;
use crate::canvas::{Canvas, SheetView};
use crate::codec::Wanted;
use gaze_rig::{Error, ErrorKind, Frame, Result, Size};

/// How hard libwebp tries. Together with [`NO_SMALL_BLOCKS`], method 3 takes a seventh of the time of method
/// 4, Pillow's choice, for about 4 % more bytes at the same SSIM: see `benches/encoder-settings.md`.
const METHOD: c_int = 3;
/// `partition_limit` that rules out prediction in blocks of 4 x 4. The search for them takes most of the
/// time of method 3, and the headers they need overflow in large sheets.
const NO_SMALL_BLOCKS: c_int = 100;
/// Spares libwebp's token buffer, some 150 MB for a large sheet, and allows several partitions.
const LOW_MEMORY: c_int = 1;
/// Quantisation segments; and without them, which saves a fifth of the block headers in sheets so large
/// that they would overflow the 512 KB that WebP has for them.
const SEGMENTS: [c_int; 2] = [4, 1];
/// Macroblocks from which the headers of four segments, at least 6 bits each, overflow for certain.
const TOO_MANY_TO_SEGMENT: usize = 700_000;
/// Two to the power of this many partitions: one alone may not exceed 16 MB, and large sheets of high
/// quality do. Costs some forty bytes.
const PARTITIONS_LOG2: c_int = 3;
/// Pixels up to which a frame needs no partitions.
const SMALL_FRAME: usize = 4 << 20;
/// Strength of the loop filter, which costs no bytes and no time here: more than the usual 60 makes up for a
/// third to a half of the SSIM that the fast method loses.
const FILTER_STRENGTH: c_int = 90;
/// How hard libwebp tries for single frames. Method 2 takes a tenth more time than 1 for a fifth fewer bytes;
/// 3 takes twice the time of 2 for another twentieth: see `benches/encoder-settings.md`.
const FRAME_METHOD: c_int = 2;
/// Spatial noise shaping of single frames. Less than the usual 50: a face fills them, so that there are no
/// calm parts to save bits for.
const FRAME_NOISE_SHAPING: c_int = 30;
/// How hard libwebp tries for a picture that is stored once: 5 % fewer bytes than by method 4, for 30 ms more.
const PHOTO_METHOD: c_int = 6;

/// Encodes a sheet, quality 0 to 100. Its planes are changed where it is transparent.
///
/// # Errors
/// [`ErrorKind::Cancelled`] when `is_cancelled` says so, [`ErrorKind::Output`] where libwebp fails.
pub(super) fn encode_sheet(
    canvas: &mut Canvas,
    quality: u8,
    is_cancelled: &dyn Fn() -> bool,
) -> Result<Vec<u8>> {
    encode_planes(canvas, &|picture| encode_lossy(picture, quality, &|_| !is_cancelled()))
}

/// Encodes an opaque sheet whose lower frames are still missing, quality 0 to 100. `wait` is told down to which row of
/// pixels libwebp is about to read, and returns when all above it are there, or false to give up.
///
/// # Errors
/// As [`encode_sheet`].
pub(super) fn encode_growing_sheet(
    view: &SheetView,
    quality: u8,
    wait: &dyn Fn(Wanted) -> bool,
) -> Result<Vec<u8>> {
    let size = view.size();
    let mut picture = new_picture(size)?;
    picture.colorspace = sys::WebPEncCSP::WEBP_YUV420;
    [picture.y, picture.u, picture.v] = view.planes();
    picture.y_stride = size.width as c_int;
    picture.uv_stride = view.chroma_size().width as c_int;
    encode_lossy(&mut picture, quality, &|percent| wait(wanted(percent, size)))
}

/// Encodes a canvas of one frame, quality 0 to 100. Its planes are changed where it is transparent.
///
/// # Errors
/// [`ErrorKind::Output`] where libwebp fails.
pub(super) fn encode_frame(canvas: &mut Canvas, quality: u8) -> Result<Vec<u8>> {
    let mut config = config(quality, FRAME_METHOD)?;
    config.sns_strength = FRAME_NOISE_SHAPING;
    config.filter_strength = FILTER_STRENGTH;
    // Frames may be large too, in small grids.
    config.partitions = if canvas.size().area() > SMALL_FRAME { PARTITIONS_LOG2 } else { 0 };
    encode_planes(canvas, &|picture| {
        if let Some(webp) = encode_picture(picture, &config, &|_| true)? {
            return Ok(webp);
        }
        encode_lossy(picture, quality, &|_| true)
    })
}

/// Encodes one opaque picture that is stored once and looked at closely, quality 0 to 100: as small as libwebp can.
///
/// # Errors
/// [`ErrorKind::Output`] where libwebp fails.
pub(crate) fn encode_photo(photo: &Frame, quality: u8) -> Result<Vec<u8>> {
    let mut config = config(quality, PHOTO_METHOD)?;
    config.use_sharp_yuv = 1;
    config.filter_strength = FILTER_STRENGTH;
    let mut picture = OwnedPicture::of_frame(photo)?;
    if let Some(webp) = encode_picture(&mut picture.0, &config, &|_| true)? {
        return Ok(webp);
    }
    encode_lossy(&mut picture.0, quality, &|_| true)
}

/// Has `encode` write the colours of a canvas, and adds its alpha.
fn encode_planes(
    canvas: &mut Canvas,
    encode: &dyn Fn(&mut sys::WebPPicture) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let (size, chroma) = (canvas.size(), canvas.chroma_size());
    let frame_width = canvas.frame_size().width;
    let planes = canvas.planes();
    let mut picture = new_picture(size)?;
    picture.colorspace = sys::WebPEncCSP::WEBP_YUV420;
    picture.y = planes.y.as_mut_ptr();
    picture.u = planes.u.as_mut_ptr();
    picture.v = planes.v.as_mut_ptr();
    picture.y_stride = size.width as c_int;
    picture.uv_stride = chroma.width as c_int;
    if planes.a.is_empty() {
        return encode(&mut picture);
    }
    picture.colorspace = sys::WebPEncCSP::WEBP_YUV420A;
    picture.a = planes.a.as_mut_ptr();
    picture.a_stride = size.width as c_int;
    // SAFETY: all four planes are as large as size and strides say and outlive this call.
    unsafe { sys::WebPCleanupTransparentArea(&mut picture) };
    // Alpha is written by `alpha`, in a small part of the memory that libwebp takes for it.
    picture.colorspace = sys::WebPEncCSP::WEBP_YUV420;
    picture.a = std::ptr::null_mut();
    let lossy = encode(&mut picture)?;
    container::with_alpha(&lossy, planes.a, size, frame_width)
}

/// Encodes with the first settings whose headers fit.
fn encode_lossy(
    picture: &mut sys::WebPPicture,
    quality: u8,
    goes_on: &GoesOn<'_>,
) -> Result<Vec<u8>> {
    let macroblocks =
        (picture.width as usize).div_ceil(16) * (picture.height as usize).div_ceil(16);
    let first = usize::from(macroblocks > TOO_MANY_TO_SEGMENT);
    for &segments in &SEGMENTS[first..] {
        let mut config = config(quality, METHOD)?;
        config.partition_limit = NO_SMALL_BLOCKS;
        config.low_memory = LOW_MEMORY;
        config.partitions = PARTITIONS_LOG2;
        config.filter_strength = FILTER_STRENGTH;
        config.segments = segments;
        if let Some(webp) = encode_picture(picture, &config, goes_on)? {
            return Ok(webp);
        }
    }
    Err(Error::new(
        ErrorKind::Output,
        "the sheet has more detail than one webp file holds: use a smaller maximum size or grid",
    ))
}

/// Version of the libwebp that is built in, for instance `1.6.0`.
pub(crate) fn version() -> String {
    // SAFETY: takes no argument and reads a constant.
    let packed = unsafe { sys::WebPGetEncoderVersion() };
    format!("{}.{}.{}", packed >> 16, packed >> 8 & 255, packed & 255)
}

pub(super) fn failed(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Output, format!("webp encoding failed: {what}"))
}

pub(super) fn config(quality: u8, method: c_int) -> Result<sys::WebPConfig> {
    let mut config = sys::WebPConfig::new().map_err(|()| failed("libwebp has another version"))?;
    config.quality = f32::from(quality.min(100));
    config.method = method;
    Ok(config)
}

fn new_picture(size: Size) -> Result<sys::WebPPicture> {
    let mut picture =
        sys::WebPPicture::new().map_err(|()| failed("libwebp has another version"))?;
    picture.width = size.width as c_int;
    picture.height = size.height as c_int;
    Ok(picture)
}

/// A picture whose pixels libwebp allocated.
pub(super) struct OwnedPicture(pub(super) sys::WebPPicture);

impl OwnedPicture {
    /// A copy of a frame's pixels, alpha included.
    pub(super) fn of_frame(frame: &Frame) -> Result<Self> {
        let size = frame.size();
        let mut picture = Self(new_picture(size)?);
        picture.0.use_argb = 1;
        // SAFETY: the frame holds `height` rows of four bytes a pixel; libwebp copies them into memory that is
        // freed with `picture`.
        let imported = unsafe {
            sys::WebPPictureImportRGBA(
                &mut picture.0,
                frame.pixels().as_ptr(),
                size.width as c_int * 4,
            )
        };
        if imported == 0 { Err(failed("no memory for a picture")) } else { Ok(picture) }
    }
}

impl Drop for OwnedPicture {
    fn drop(&mut self) {
        // SAFETY: initialised by libwebp and freed only here.
        unsafe { sys::WebPPictureFree(&mut self.0) };
    }
}

/// Told of every percent of an encoding; false ends it.
type GoesOn<'a> = dyn Fn(c_int) -> bool + 'a;

/// What the callbacks of one encoding share.
struct Call<'a> {
    written: Vec<u8>,
    goes_on: &'a GoesOn<'a>,
    cancelled: bool,
    panic: Option<Box<dyn Any + Send>>,
}

/// Encodes `picture`, whose planes must be as large as it says. None where its headers overflow.
fn encode_picture(
    picture: &mut sys::WebPPicture,
    config: &sys::WebPConfig,
    goes_on: &GoesOn<'_>,
) -> Result<Option<Vec<u8>>> {
    let mut call = Call { written: Vec::new(), goes_on, cancelled: false, panic: None };
    picture.writer = Some(write);
    picture.progress_hook = Some(report);
    // Both callbacks reach the call through the one pointer made here.
    let shared: *mut c_void = (&raw mut call).cast();
    picture.custom_ptr = shared;
    picture.user_data = shared;
    // SAFETY: the planes are valid (see the callers), and `call`, to which the callbacks have the only
    // pointer meanwhile, outlives the encoding.
    let done = unsafe { sys::WebPEncode(config, picture) } != 0;
    if let Some(panic) = call.panic {
        resume_unwind(panic);
    }
    if call.cancelled {
        return Err(Error::new(ErrorKind::Cancelled, "cancelled while encoding"));
    }
    match picture.error_code {
        _ if done => Ok(Some(call.written)),
        sys::WebPEncodingError::VP8_ENC_ERROR_PARTITION0_OVERFLOW => Ok(None),
        code => Err(failed(format!("{code:?}"))),
    }
}

/// libwebp's writer: appends to the output.
unsafe extern "C" fn write(
    data: *const u8,
    size: usize,
    picture: *const sys::WebPPicture,
) -> c_int {
    // SAFETY: libwebp passes the picture it was given, `custom_ptr` points to the `Call` of
    // `encode_picture`, which no one else uses meanwhile, and `data` holds `size` bytes.
    let (call, data) = unsafe {
        let call = &mut *(*picture).custom_ptr.cast::<Call<'_>>();
        (call, if size == 0 { &[] } else { slice::from_raw_parts(data, size) })
    };
    call.written.extend_from_slice(data);
    1
}

/// libwebp's progress hook: 0 stops the encoding. A panic must not cross C, so it is kept for later.
unsafe extern "C" fn report(percent: c_int, picture: *const sys::WebPPicture) -> c_int {
    // SAFETY: as in `write`; `user_data` is the same pointer.
    let call = unsafe { &mut *(*picture).user_data.cast::<Call<'_>>() };
    match catch_unwind(AssertUnwindSafe(|| (call.goes_on)(percent))) {
        Ok(goes_on) => call.cancelled |= !goes_on,
        Err(panic) => call.panic = Some(panic),
    }
    c_int::from(!call.cancelled && call.panic.is_none())
}
