//! Trains a network with one hidden layer to read handwritten digits.
//!
//! `cargo run --release --example mnist_mlp [-- --epochs 5 --threads 2 --images 60000]`
//!
//! Two functions are compiled once each: a training step, which also updates the weights, and a
//! test. The number of images in a call is the symbolic dim `n`: the short last batch of an epoch
//! and the whole test set run the same code as any other batch.

#![allow(clippy::print_stdout)] // Programs may print.

mod mnist;
mod random;

use hypatia::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};
use mnist::{CLASSES, Digits, PIXELS};
use random::Random;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const HIDDEN: usize = 256;
const BATCH: usize = 128;
/// How far the first epoch moves along a gradient; later epochs move less.
const RATE: f32 = 0.1;
const MOMENTUM: f64 = 0.9;
const USAGE: &str = "expected --epochs, --images (to train on), or --threads";
/// What a trained network must reach on the test set.
const TARGET: f32 = 0.975;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args(std::env::args().skip(1))?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/mnist");
    let digits = Digits::read(&folder, "train", options.images)?;
    let unseen = Digits::read(&folder, "t10k", 10_000)?;

    let network = Network::new();
    let (train, test) = network.compile(options.threads)?;
    println!("compiled in: {}", train.times());
    if let Some(savings) = train.savings() {
        println!("{savings}");
    }

    let start = Instant::now();
    let mut accuracy = 0.0;
    for epoch in 1..=options.epochs {
        let rate = RATE * (1.0 - (epoch - 1) as f32 / options.epochs as f32);
        let report = run_epoch(&train, &digits, epoch, rate)?;
        accuracy = test.call((&unseen.images, &unseen.labels))?;
        println!("epoch {epoch}: {report}, accuracy on unseen images {:.2} %", accuracy * 100.0);
    }
    println!(
        "{:.1} s, {} kernels, arena {} KiB, compile count: {}, sizes seen: {}",
        start.elapsed().as_secs_f64(),
        train.kernel_count(),
        train.arena_bytes() / 1024,
        train.compile_count(),
        train.size_count(),
    );
    println!("hash of the weights: {:016x}", network.hash());

    assert_eq!(train.compile_count(), 1);
    if options.images == 60_000 && options.epochs >= 5 {
        assert!(accuracy >= TARGET, "accuracy {accuracy}, expected {TARGET}");
    }
    Ok(())
}

/// The weights, and for each how it moved last.
struct Network {
    weights: [Shared; 4],
    velocities: [Shared; 4],
}

impl Network {
    /// Small random weights: uniform in ±√(6 / inputs), so that the signal keeps its size
    /// through the layers.
    fn new() -> Network {
        let layer = |stream: u64, rows: usize, columns: usize| {
            let mut random = Random::new(stream);
            let bound = (6.0 / rows as f64).sqrt();
            Array2::from_shape_fn((rows, columns), |_| (bound * random.symmetric()) as f32)
        };
        let weights = [
            shared("w1", layer(1, PIXELS, HIDDEN)),
            shared("b1", Array1::<f32>::zeros(HIDDEN)),
            shared("w2", layer(2, HIDDEN, CLASSES)),
            shared("b2", Array1::<f32>::zeros(CLASSES)),
        ];
        let still = |w: &Shared| {
            let value = w.get();
            shared(&format!("v_{}", **w), Tensor::zeros(value.dtype(), value.shape()))
        };
        let velocities = weights.each_ref().map(still);
        Network { weights, velocities }
    }

    /// A function that learns from a batch and gives its loss and accuracy, and one that gives
    /// the accuracy only.
    fn compile(&self, threads: Option<usize>) -> Result<(Function, Function), Box<dyn Error>> {
        let images = matrix::<u8>("images", ("n", PIXELS));
        let labels = vector::<i64>("labels", "n");
        let rate = scalar::<f32>("rate");
        let [w1, b1, w2, b2] = &self.weights;

        let x = images.cast(DType::F32) / 255.0;
        let hidden = (x.dot(w1) + b1).relu();
        let logits = hidden.dot(w2) + b2;
        let loss = -logits.softmax(-1).take_along(&labels).log().mean();
        let accuracy = logits.argmax(-1).eq(&labels).cast(DType::F32).mean();

        let mut train = function([&images, &labels, &rate], (&loss, &accuracy));
        let gradients = grad(&loss, self.weights.each_ref())?;
        for ((w, v), gradient) in self.weights.iter().zip(&self.velocities).zip(gradients) {
            let velocity = MOMENTUM * &**v - &rate * gradient;
            train = train.update(w, &**w + &velocity).update(v, velocity);
        }
        let mut test = function([&images, &labels], &accuracy);
        if let Some(threads) = threads {
            (train, test) = (train.threads(threads), test.threads(threads));
        }
        Ok((train.compile()?, test.compile()?))
    }

    /// A number that tells whether two runs led to the same weights, bit for bit (FNV-1a).
    fn hash(&self) -> u64 {
        let values = self.weights.each_ref().map(|w| w.get());
        let elements = values.iter().flat_map(|t| t.as_slice::<f32>().unwrap_or_default());
        let bytes = elements.flat_map(|v| v.to_bits().to_le_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}

/// Shows all images once, in an order that depends on the epoch only.
fn run_epoch(
    train: &Function,
    digits: &Digits,
    epoch: usize,
    rate: f32,
) -> Result<String, Box<dyn Error>> {
    let style = "epoch {prefix} {wide_bar} {percent} % {msg}";
    let bar = ProgressBar::new(digits.len() as u64).with_prefix(epoch.to_string());
    bar.set_style(ProgressStyle::with_template(style)?);

    let mut order: Vec<usize> = (0..digits.len()).collect();
    Random::new(1000 + epoch as u64).shuffle(&mut order);
    let (mut loss_sum, mut right, mut seen) = (0.0, 0.0, 0);
    let start = Instant::now();
    let mut message = String::new();
    for batch in order.chunks(BATCH) {
        let batch = digits.batch(batch);
        let (loss, accuracy): (f32, f32) = train.call((&batch.images, &batch.labels, rate))?;
        seen += batch.len();
        loss_sum += f64::from(loss) * batch.len() as f64;
        right += f64::from(accuracy) * batch.len() as f64;
        let (loss, accuracy) = (loss_sum / seen as f64, right / seen as f64);
        let speed = seen as f64 / start.elapsed().as_secs_f64();
        message =
            format!("loss {loss:.4}, accuracy {:.2} %, {speed:.0} images/s", accuracy * 100.0);
        bar.inc(batch.len() as u64);
        bar.set_message(message.clone());
    }
    bar.finish_and_clear();
    Ok(message)
}

/// What the command line says.
struct Options {
    epochs: usize,
    images: usize,
    threads: Option<usize>,
}

impl Options {
    fn from_args(mut args: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
        let mut options = Options { epochs: 5, images: 60_000, threads: None };
        while let Some(flag) = args.next() {
            let number = args.next().and_then(|n| n.parse::<usize>().ok()).filter(|&n| n > 0);
            let number = number.ok_or_else(|| format!("`{flag}` takes a number above 0"))?;
            match &*flag {
                "--epochs" => options.epochs = number,
                "--images" => options.images = number,
                "--threads" => options.threads = Some(number),
                _ => return Err(format!("`{flag}`: {USAGE}").into()),
            }
        }
        Ok(options)
    }
}
