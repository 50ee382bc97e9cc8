//! LeNet-5 reads handwritten digits (LeCun et al. 1998).
//!
//! `cargo run --release --example mnist_lenet`
//!
//! Two convolutions with pooling, then three dense layers. Convolutions are expressions over
//! products like everything else; gradients need nothing special.

#![allow(clippy::print_stdout)] // Programs may print.

mod adam;
mod mnist;
mod random;

use hypatia::compose::{Conv, Padding, Pool};
use hypatia::gradients;
use hypatia::prelude::*;
use mnist::{Digits, PIXELS};
use random::Random;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const BATCH: usize = 64;
const EPOCHS: usize = 3;
const IMAGES: usize = 60_000;
/// How many images at a time are tested.
const PORTION: usize = 1000;
/// What the trained network must reach on the test set.
const TARGET: f64 = 0.985;

/// Weights: name, shape. Convolutions are `[out, in, height, width]`.
const SHAPES: [(&str, &[usize]); 5] = [
    ("conv1", &[6, 1, 5, 5]),
    ("conv2", &[16, 6, 5, 5]),
    ("dense1", &[400, 120]),
    ("dense2", &[120, 84]),
    ("dense3", &[84, 10]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/mnist");
    let digits = Digits::read(&folder, "train", IMAGES)?;
    let unseen = Digits::read(&folder, "t10k", 10_000)?;

    let network = LeNet::new();
    let (train, test) = network.compile()?;
    println!("{} weights; compiled in: {}", network.size(), train.times());
    if let Some(savings) = train.savings() {
        println!("{savings}");
    }

    let mut accuracy = 0.0;
    for epoch in 1..=EPOCHS {
        let mut order: Vec<usize> = (0..digits.len()).collect();
        Random::new(epoch as u64).shuffle(&mut order);
        let rate = [0.002f32, 0.001, 0.0003][epoch - 1];
        let start = Instant::now();
        let mut sum = 0.0;
        for batch in order.chunks(BATCH) {
            let batch = digits.batch(batch);
            let loss: f32 = train.call((&batch.images, &batch.labels, rate))?;
            sum += f64::from(loss) * batch.len() as f64;
        }
        let (loss, speed) = (sum / IMAGES as f64, IMAGES as f64 / start.elapsed().as_secs_f64());
        let numbers: Vec<usize> = (0..unseen.len()).collect();
        let mut right = 0.0;
        for portion in numbers.chunks(PORTION) {
            let portion = unseen.batch(portion);
            let share: f32 = test.call((&portion.images, &portion.labels))?;
            right += f64::from(share) * portion.len() as f64;
        }
        accuracy = right / unseen.len() as f64;
        let percent = accuracy * 100.0;
        println!(
            "epoch {epoch}: loss {loss:.4}, {speed:.0} images/s, accuracy on unseen images {percent:.2} %"
        );
    }
    assert!(accuracy >= TARGET, "accuracy {accuracy}, expected {TARGET}");
    Ok(())
}

/// The layers, each with a bias.
struct LeNet {
    weights: Vec<Shared>,
    biases: Vec<Shared>,
}

impl LeNet {
    /// Random weights, uniform in ±√(6 / inputs): the signal keeps its size through the layers.
    fn new() -> LeNet {
        let mut random = Random::new(5);
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for (name, shape) in SHAPES {
            let inputs: usize =
                if shape.len() == 4 { shape[1..].iter().product() } else { shape[0] };
            let outputs = if shape.len() == 4 { shape[0] } else { shape[1] };
            let bound = (6.0 / inputs as f64).sqrt();
            let w = ArrayD::from_shape_fn(shape, |_| (bound * random.symmetric()) as f32);
            weights.push(shared(name, w));
            biases.push(shared(&format!("{name}_bias"), Array1::<f32>::zeros(outputs)));
        }
        LeNet { weights, biases }
    }

    fn size(&self) -> usize {
        self.weights
            .iter()
            .chain(&self.biases)
            .map(|w| w.get().shape().iter().product::<usize>())
            .sum()
    }

    /// The scores of the ten digits for each image.
    fn scores(&self, images: &Expr) -> Expr {
        let (w, b) = (&self.weights, &self.biases);
        let pool = Pool::new(&[2, 2]);
        let channel = |bias: &Shared| bias.reshape((-1, 1, 1));
        let same = Conv { padding: Padding::Same, ..Conv::default() };

        let x = (images.cast(DType::F32) / 255.0).reshape(("n", 1, 28, 28));
        let x = (x.conv2d(&w[0], &same) + channel(&b[0])).relu().max_pool(&pool); // 14x14
        let x = (x.conv2d(&w[1], &Conv::default()) + channel(&b[1])).relu().max_pool(&pool); // 5x5
        let x = x.flatten(1);
        let x = (x.dot(&w[2]) + &b[2]).relu();
        let x = (x.dot(&w[3]) + &b[3]).relu();
        x.dot(&w[4]) + &b[4]
    }

    fn compile(&self) -> Result<(Function, Function), Box<dyn Error>> {
        let images = matrix::<u8>("images", ("n", PIXELS));
        let labels = vector::<i64>("labels", "n");
        let rate = scalar::<f32>("rate");
        let scores = self.scores(&images);
        let loss = -scores.softmax(-1).take_along(&labels).log().mean();
        let accuracy = scores.argmax(-1).eq(&labels).cast(DType::F32).mean();

        let all: Vec<Shared> = self.weights.iter().chain(&self.biases).cloned().collect();
        let exprs: Vec<Expr> = all.iter().map(Shared::expr).collect();
        let slopes = gradients(&loss, &exprs)?;
        let train =
            function([&images, &labels, &rate], &loss).updates(adam::adam(&all, &slopes, &rate));
        let test = function([&images, &labels], &accuracy);
        Ok((train.compile()?, test.compile()?))
    }
}
