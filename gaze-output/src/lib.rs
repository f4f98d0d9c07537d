//! Results that appear as a whole or not at all: a run that fails, is cancelled or is killed leaves nothing that
//! looks like a finished file or folder, and never harms what was there before.
//!
//! - [`OutputFile`]: one file. [`OutputFolder`]: a folder of files.
//! - [`create_new`], [`failed`], [`not_written`], [`refused`]: making files and wording what goes wrong.

mod failure;
mod originals;
mod output_file;
mod output_folder;
mod staging;

pub use failure::{create_new, failed, not_written, refused};
pub use originals::is_or_holds;
pub use output_file::OutputFile;
pub use output_folder::{OutputFolder, WORK_PREFIX};
pub use staging::STAGING_PREFIX;
