//! `gaze generate`: a portrait becomes a folder of sheets.

use std::path::{Path, PathBuf};

use clap::Args;
use gaze_core::rig_file::RIG_FILE;
use gaze_core::{
    Crop, EngineChoice, Error, ErrorKind, EyeStyle, FaceChoice, GazeGenerator, GenerateOptions,
    Grid, Hint, Observer, Portrait, Progress, RIG_QUALITY, Result, SHEET_QUALITY, SheetLayout,
    Stage, color_from_css,
};

use crate::console::{self, Console};
use crate::engine::{EngineArguments, parse_engine};
use crate::exit;
use crate::wording::engine_in_words;

/// What says how frames become sheets, of which there are none with --only-rig.
const SHEET_OPTIONS: [&str; 7] =
    ["grid", "mode", "quality", "threads", "no_pack", "no_rig", "no_resume"];

/// Render a portrait looking in all directions and pack the frames into sprite sheets
#[derive(Args)]
pub(crate) struct Arguments {
    /// Picture of a face: JPEG, PNG, WebP, TIFF, BMP or GIF
    portrait: PathBuf,
    /// Folder for the results, new or empty; with --only-rig a file that ends in .gaze, too [default with --only-rig:
    /// portrait.gaze]
    #[arg(long, value_name = "DIR", required_unless_present = "only_rig")]
    out: Option<PathBuf>,
    /// Write the live rig, portrait.gaze, and nothing else, which takes a second
    #[arg(long, conflicts_with_all = SHEET_OPTIONS)]
    only_rig: bool,
    /// auto, embedded or liveportrait
    #[arg(long, default_value = "auto", value_parser = parse_engine)]
    engine: EngineChoice,
    /// Cells a side: an even number from 2 to 60
    #[arg(long, value_name = "N", default_value = "30", value_parser = parse_grid)]
    grid: Grid,
    /// quadrants (four files, and four smaller ones for phones) or single (one file)
    #[arg(long, default_value = "quadrants", value_parser = parse_mode)]
    mode: SheetLayout,
    /// Longer side of a frame at most, in pixels
    #[arg(long, value_name = "PX", default_value = "512")]
    max_size: u32,
    /// WebP quality, 0 to 100
    #[arg(long, value_name = "Q", default_value_t = SHEET_QUALITY, value_parser = clap::value_parser!(u8).range(0..=100))]
    quality: u8,
    /// Make everything but the person transparent
    #[arg(long)]
    remove_background: bool,
    /// Colour behind whatever is transparent, as CSS writes it: '#fa0', orange
    #[arg(long, value_name = "COLOUR", value_parser = parse_color)]
    background: Option<[u8; 3]>,
    /// Which of several faces, by size: 0 is the largest
    #[arg(long, value_name = "N", conflicts_with = "face_at")]
    face: Option<usize>,
    /// The face at this point of the picture, in pixels
    #[arg(long, value_name = "X,Y", value_parser = parse_point, allow_hyphen_values = true)]
    face_at: Option<Point>,
    /// The face with these eyes, also no human one: an animal's, a doll's, a drawing's. The middle of each, in pixels
    #[arg(
        long,
        value_name = "X,Y",
        num_args = 2,
        value_parser = parse_point,
        allow_hyphen_values = true,
        conflicts_with_all = ["face", "face_at"],
    )]
    eyes: Option<Vec<Point>>,
    /// What is kept of the picture: none (all of it), bust (head and chest, 4:5) or head (square), around the face
    #[arg(long, value_name = "PART", default_value = "none", value_parser = parse_crop)]
    crop: Crop,
    /// Move the eyes' own pixels smoothly: for cartoons and odd eyes
    #[arg(long)]
    soft_eyes: bool,
    /// Write no frames.gaze
    #[arg(long)]
    no_pack: bool,
    /// Write what closed eyes look like into frames.gaze, so that frames blink as well as live rigs do
    #[arg(long, conflicts_with = "no_pack")]
    blink: bool,
    /// Write no portrait.gaze, and none into frames.gaze
    #[arg(long)]
    no_rig: bool,
    /// WebP quality of the picture in portrait.gaze, 0 to 100
    #[arg(long, value_name = "Q", default_value_t = RIG_QUALITY, value_parser = clap::value_parser!(u8).range(0..=100))]
    rig_quality: u8,
    /// Begin anew where an interrupted run left frames, and leave none
    #[arg(long)]
    no_resume: bool,
    /// Threads that render and encode [default: one a core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Replace the sheets in a folder that is not empty
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    liveportrait: EngineArguments,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    let console = Console::new(arguments.json);
    match generate(arguments, &console) {
        Ok(()) => exit::DONE,
        Err(error) => {
            console.fail(&error);
            exit::code_of(error.kind())
        }
    }
}

fn generate(arguments: &Arguments, console: &Console) -> Result<()> {
    let options = arguments.options();
    options.check()?;
    let engine_options = arguments.liveportrait.options()?;
    engine_options.check()?;
    let engine = arguments.engine()?;
    let portrait = Portrait::open_with(&arguments.portrait, engine_options.read_options(engine))?;
    // Not before: reading may wait, a pipe for instance, and leaves nothing to clean up.
    console::cancel_on_interrupt();
    console.on_progress(&Progress::start(Stage::Loading, 0));
    let opened = arguments.liveportrait.open(engine, console)?;
    console.show_engine(&engine_in_words(&opened));
    let generator = GazeGenerator::new(opened.engine).with_options(options);
    let out = arguments.out.as_deref().unwrap_or(Path::new(RIG_FILE));
    if arguments.only_rig {
        let outcome = generator.generate_rig(&portrait, out, console)?;
        outcome.warnings.iter().for_each(|warning| console.warn(warning));
        console.complete_rig(&outcome);
    } else {
        let outcome = generator.generate(&portrait, out, console)?;
        outcome.warnings.iter().for_each(|warning| console.warn(warning));
        console.complete(out, &outcome);
    }
    Ok(())
}

impl Arguments {
    /// The engine that is asked for: a live rig is made by one only.
    fn engine(&self) -> Result<EngineChoice> {
        match self.engine {
            EngineChoice::Auto if self.only_rig => Ok(EngineChoice::Embedded),
            EngineChoice::LivePortrait if self.only_rig => Err(Error::new(
                ErrorKind::InvalidOption,
                "the engine liveportrait makes no live rig: leave out --only-rig",
            )
            .with_hint(Hint::UseEmbedded)),
            engine => Ok(engine),
        }
    }

    fn options(&self) -> GenerateOptions {
        let mut options = GenerateOptions::default();
        options.sweep.grid = self.grid;
        options.layout = self.mode;
        options.max_size = self.max_size;
        options.quality = self.quality;
        options.remove_background = self.remove_background;
        options.background = self.background;
        options.face = self.face_choice();
        options.crop = self.crop;
        options.eyes = if self.soft_eyes { EyeStyle::Soft } else { EyeStyle::Auto };
        options.pack = !self.no_pack;
        options.blink = self.blink;
        options.rig = !self.no_rig;
        options.rig_quality = self.rig_quality;
        options.resume = !self.no_resume;
        options.threads = self.threads.unwrap_or(0);
        options.force = self.force;
        options
    }
}

fn parse_color(text: &str) -> Result<[u8; 3], String> {
    color_from_css(text).map_err(|e| e.to_string())
}

impl Arguments {
    fn face_choice(&self) -> FaceChoice {
        match (self.eyes.as_deref(), self.face_at, self.face) {
            (Some(&[a, b]), ..) => FaceChoice::Eyes([a, b]),
            (_, Some([x, y]), _) => FaceChoice::At { x, y },
            (.., Some(index)) => FaceChoice::Index(index),
            _ => FaceChoice::Largest,
        }
    }
}

/// A place in the picture: to the right and downwards, in pixels.
type Point = [f32; 2];

pub(crate) fn parse_mode(text: &str) -> Result<SheetLayout, &'static str> {
    SheetLayout::from_name(text).ok_or("use quadrants or single")
}

pub(crate) fn parse_grid(text: &str) -> Result<Grid, String> {
    let side = text.parse().map_err(|_| "use an even number from 2 to 60".to_owned())?;
    Grid::from_side(side).map_err(|e| e.to_string())
}

pub(crate) fn parse_threads(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|threads| *threads > 0).ok_or("use a number from 1 on")
}

fn parse_crop(text: &str) -> Result<Crop, &'static str> {
    Crop::from_name(text).ok_or("use none, bust or head")
}

fn parse_point(text: &str) -> Result<Point, &'static str> {
    let number = |text: &str| text.trim().parse().ok().filter(|n: &f32| n.is_finite());
    let point = text.split_once(',').and_then(|(x, y)| Some((number(x)?, number(y)?)));
    point.map(|(x, y)| [x, y]).ok_or("use two numbers, for instance 320,200")
}
