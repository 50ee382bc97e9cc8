//! Restores digits with holes in them: an autoencoder that never sees a whole digit at its input
//! (Vincent et al. 2008).
//!
//! `cargo run --release --example denoising_autoencoder`
//!
//! The noise is part of the compiled function: each call draws anew, from a counter that the
//! function keeps, so that a run can be repeated bit for bit.

#![allow(clippy::print_stdout)] // Programs may print.

mod adam;
mod mnist;
mod random;

use hypatia::gradients;
use hypatia::prelude::*;
use mnist::{Digits, PIXELS};
use random::Random;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const HIDDEN: usize = 256;
const CODE: usize = 48;
const BATCH: usize = 128;
const EPOCHS: usize = 6;
const IMAGES: usize = 20_000;
/// The share of pixels that is lost.
const LOST: f64 = 0.4;
/// How much of the squared error of the noisy images may be left.
const TARGET: f32 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/mnist");
    let digits = Digits::read(&folder, "train", IMAGES)?;
    let unseen = Digits::read(&folder, "t10k", 1000)?;

    let network = Network::new();
    let (train, restore) = (network.training()?, network.restoring()?);
    if let Some(savings) = train.savings() {
        println!("{savings}");
    }
    let start = Instant::now();
    for epoch in 1..=EPOCHS {
        let mut order: Vec<usize> = (0..digits.len()).collect();
        Random::new(epoch as u64).shuffle(&mut order);
        let rate = if epoch == EPOCHS { 0.0005f32 } else { 0.002 };
        let (mut sum, mut seen) = (0.0, 0);
        for batch in order.chunks(BATCH) {
            let loss: f32 = train.call((&digits.batch(batch).images, rate))?;
            (sum, seen) = (sum + f64::from(loss) * batch.len() as f64, seen + batch.len());
        }
        println!("epoch {epoch}: loss {:.4} a pixel", sum / seen as f64);
    }
    println!("{:.1} s", start.elapsed().as_secs_f64());

    let (noisy, restored, before, after): (Array2<f32>, Array2<f32>, f32, f32) =
        restore.call((&unseen.images,))?;
    let whole = unseen.images.mapv(|pixel| f32::from(pixel) / 255.0);
    show(&[whole.row(0), noisy.row(0), restored.row(0)].map(|image| image.to_vec()));
    println!("squared error on unseen images: {before:.4} with holes, {after:.4} restored");
    assert!(after < TARGET * before, "{after} of {before} is left, expected {TARGET}");
    Ok(())
}

/// Layers down to a short code, and up again.
struct Network {
    layers: Vec<(Shared, Shared)>,
}

impl Network {
    fn new() -> Network {
        let mut random = Random::new(7);
        let sizes = [PIXELS, HIDDEN, CODE, HIDDEN, PIXELS];
        let layer = |(i, ends): (usize, &[usize])| {
            let bound = (6.0 / (ends[0] + ends[1]) as f64).sqrt();
            let w =
                Array2::from_shape_fn((ends[0], ends[1]), |_| (bound * random.symmetric()) as f32);
            (shared(&format!("w{i}"), w), shared(&format!("b{i}"), Array1::<f32>::zeros(ends[1])))
        };
        Network { layers: sizes.windows(2).enumerate().map(layer).collect() }
    }

    /// The logarithm of the odds that each pixel is ink.
    fn logits(&self, x: &Expr) -> Expr {
        let last = self.layers.len() - 1;
        self.layers.iter().enumerate().fold(x.clone(), |x, (i, (w, b))| {
            let y = x.dot(w) + b;
            if i < last { y.relu() } else { y }
        })
    }

    /// Images, and the same with holes.
    fn images() -> (Expr, Expr, Expr) {
        let images = matrix::<u8>("images", ("n", PIXELS));
        let whole = images.cast(DType::F32) / 255.0;
        let kept = random(11).bernoulli(1.0 - LOST, ("n", PIXELS));
        let noisy = kept.select(&whole, 0.0);
        (images, whole, noisy)
    }

    /// A step of learning. The loss is the cross-entropy of pixels.
    fn training(&self) -> Result<Function, Box<dyn Error>> {
        let (images, whole, noisy) = Network::images();
        let rate = scalar::<f32>("rate");
        let p = self.logits(&noisy).sigmoid();
        let loss = -(&whole * p.log() + (1.0 - &whole) * (1.0 - &p).log()).mean();
        let weights: Vec<Shared> =
            self.layers.iter().flat_map(|(w, b)| [w.clone(), b.clone()]).collect();
        let exprs: Vec<Expr> = weights.iter().map(Shared::expr).collect();
        let slopes = gradients(&loss, &exprs)?;
        let train = function([&images, &rate], &loss).updates(adam::adam(&weights, &slopes, &rate));
        Ok(train.compile()?)
    }

    /// Images with holes and restored, and the mean squared error of both.
    fn restoring(&self) -> Result<Function, Box<dyn Error>> {
        let (images, whole, noisy) = Network::images();
        let restored = self.logits(&noisy).sigmoid();
        let error = |x: &Expr| (x - &whole).sqr().mean();
        let (before, after) = (error(&noisy), error(&restored));
        Ok(function([&images], (&noisy, &restored, &before, &after)).compile()?)
    }
}

/// Prints images side by side, two pixels above each other as one letter.
fn show(images: &[Vec<f32>]) {
    const INK: [char; 5] = [' ', '.', 'o', 'O', '@'];
    for rows in 0..14 {
        let line: Vec<String> = images
            .iter()
            .map(|image| {
                let letter = |column: usize| {
                    let ink = image[rows * 56 + column] + image[rows * 56 + 28 + column];
                    INK[((ink * 2.0) as usize).min(4)]
                };
                (0..28).map(letter).collect()
            })
            .collect();
        println!("{}", line.join("  "));
    }
}
