//! MNIST in memory: images and labels, read from gzipped IDX files.
//!
//! Invariants: as many labels as images; labels are below 10.
//!
//! Not here: training.

use flate2::read::GzDecoder;
use hypatia::ndarray::{Array2, Axis, ShapeError};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Pixels of an image.
pub const PIXELS: usize = 28 * 28;

/// Digits.
pub const CLASSES: usize = 10;

/// Images with their labels.
pub struct Digits {
    /// An image a row: 0 is background, 255 is ink.
    pub images: Array2<u8>,
    /// The digit on each image.
    pub labels: Vec<i64>,
}

/// A file that is not there, or is not what it should be.
#[derive(Debug, Error)]
pub enum Error {
    /// The file cannot be read, or is no gzip.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The header is not that of bytes of this shape.
    #[error("{} holds {found}, expected {expected}", path.display())]
    Shape { path: PathBuf, expected: String, found: String },
    /// More pixels than memory can hold.
    #[error(transparent)]
    Size(#[from] ShapeError),
    /// A label is no digit.
    #[error("label {at} of {} is {label}, expected 0 to 9", path.display())]
    Label { path: PathBuf, at: usize, label: u8 },
}

impl Digits {
    /// The `images` first digits of `train` or `t10k`.
    pub fn read(folder: &Path, name: &str, images: usize) -> Result<Digits, Error> {
        let path = folder.join(format!("{name}-images-idx3-ubyte.gz"));
        let mut pixels = read_idx(&path, &[images, 28, 28])?;
        pixels.truncate(images * PIXELS);
        let images = Array2::from_shape_vec((images, PIXELS), pixels)?;
        let path = folder.join(format!("{name}-labels-idx1-ubyte.gz"));
        let labels = read_idx(&path, &[images.nrows()])?;
        if let Some(at) = labels.iter().position(|&l| usize::from(l) >= CLASSES) {
            return Err(Error::Label { path, at, label: labels[at] });
        }
        let labels = labels.into_iter().take(images.nrows()).map(i64::from).collect();
        Ok(Digits { images, labels })
    }

    /// How many images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// The digits of these numbers.
    pub fn batch(&self, numbers: &[usize]) -> Digits {
        let images = self.images.select(Axis(0), numbers);
        Digits { images, labels: numbers.iter().map(|&i| self.labels[i]).collect() }
    }
}

/// The elements of an IDX file of bytes whose axes have these lengths, the first at least.
fn read_idx(path: &Path, lengths: &[usize]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|f| GzDecoder::new(f).read_to_end(&mut bytes));
    read.map_err(|source| Error::Read { path: path.into(), source })?;

    let wrong = |found: String| {
        let expected = format!("bytes of shape {lengths:?}, or more along the first axis");
        Error::Shape { path: path.into(), expected, found }
    };
    let start = 4 + 4 * lengths.len();
    if bytes.len() < start || bytes[..4] != [0, 0, 8, lengths.len() as u8] {
        return Err(wrong("another kind of data".into()));
    }
    let axis = |b: &[u8]| b.iter().fold(0usize, |n, &b| n << 8 | usize::from(b));
    let found: Vec<usize> = bytes[4..start].chunks(4).map(axis).collect();
    let whole = bytes.len() - start == found.iter().product::<usize>();
    if !whole || found[0] < lengths[0] || found[1..] != lengths[1..] {
        return Err(wrong(format!("{} bytes of shape {found:?}", bytes.len() - start)));
    }
    Ok(bytes.split_off(start))
}
