//! Learns to spell names: a network reads three letters and tells the next (Bengio et al. 2003).
//!
//! `cargo run --release --example names`
//!
//! Letters are rows of a table that is learned with the rest. The same expression is compiled
//! three times: to train, to measure, and to write new names letter by letter.

#![allow(clippy::print_stdout)] // Programs may print.

mod adam;
mod random;

use hypatia::prelude::*;
use random::Random;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

/// The letters a to z, after a mark for both ends of a name.
const LETTERS: usize = 27;
/// How many letters the network sees.
const CONTEXT: usize = 3;
const FEATURES: usize = 12;
const HIDDEN: usize = 200;
const BATCH: usize = 256;
const EPOCHS: usize = 8;
/// What knowing how frequent each letter is alone would give is 2.8; pairs of letters give 2.45.
const TARGET: f32 = 2.2;

fn main() -> Result<(), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/names.txt");
    let text = std::fs::read_to_string(file)?;
    let mut names: Vec<&str> = text.lines().collect();
    Random::new(1).shuffle(&mut names);
    let (unseen, seen) = names.split_at(names.len() / 10);
    let (seen, unseen) = (Examples::of(seen)?, Examples::of(unseen)?);
    println!("{} letters to learn from, {} to test with", seen.next.len(), unseen.next.len());

    let network = Network::new();
    let train = network.training()?;
    if let Some(savings) = train.savings() {
        println!("{savings}");
    }
    let test = network.testing()?;
    let start = Instant::now();
    let mut loss = f32::INFINITY;
    for epoch in 0..EPOCHS {
        let mut order: Vec<usize> = (0..seen.next.len()).collect();
        Random::new(100 + epoch as u64).shuffle(&mut order);
        // The last epochs move little, so that the weights settle.
        let rate = 0.004 * 0.5f32.powi(epoch as i32);
        let mut sum = 0.0;
        for batch in order.chunks(BATCH) {
            let batch = seen.batch(batch);
            let loss: f32 = train.call((&batch.context, &batch.next, rate))?;
            sum += f64::from(loss) * batch.next.len() as f64;
        }
        loss = test.call((&unseen.context, &unseen.next))?;
        let mean = sum / seen.next.len() as f64;
        println!("epoch {}: loss {mean:.4}, on unseen names {loss:.4}", epoch + 1);
    }
    println!("{:.1} s", start.elapsed().as_secs_f64());
    assert!(loss < TARGET, "loss {loss}, expected {TARGET}");

    let invented = network.invent(12)?;
    println!("some new names: {}", invented.join(", "));
    assert!(invented.iter().all(|name| name.len() < 30), "a name without an end");
    Ok(())
}

/// Letters in their context, as numbers.
struct Examples {
    context: Array2<i64>,
    next: Vec<i64>,
}

impl Examples {
    /// Every letter of every name, and its end.
    fn of(names: &[&str]) -> Result<Examples, Box<dyn Error>> {
        let (mut context, mut next) = (Vec::new(), Vec::new());
        for name in names {
            let mut window = [0i64; CONTEXT];
            for letter in name.bytes().map(Some).chain([None]) {
                let number = match letter {
                    None => 0,
                    Some(letter @ b'a'..=b'z') => i64::from(letter - b'a') + 1,
                    Some(_) => return Err(format!("`{name}` has more than letters a to z").into()),
                };
                context.extend(window);
                next.push(number);
                window.rotate_left(1);
                window[CONTEXT - 1] = number;
            }
        }
        Ok(Examples { context: Array2::from_shape_vec((next.len(), CONTEXT), context)?, next })
    }

    fn batch(&self, numbers: &[usize]) -> Examples {
        let context = self.context.select(hypatia::ndarray::Axis(0), numbers);
        Examples { context, next: numbers.iter().map(|&i| self.next[i]).collect() }
    }
}

/// A table of letters, a hidden layer, and a layer that scores each letter.
struct Network {
    weights: [Shared; 5],
}

impl Network {
    fn new() -> Network {
        let mut random = Random::new(2);
        let mut layer = |rows: usize, columns: usize, scale: f64| {
            Array2::from_shape_fn((rows, columns), |_| (scale * random.symmetric()) as f32)
        };
        let inputs = CONTEXT * FEATURES;
        let weights = [
            shared("table", layer(LETTERS, FEATURES, 1.0)),
            shared("w1", layer(inputs, HIDDEN, (3.0 / inputs as f64).sqrt())),
            shared("b1", Array1::<f32>::zeros(HIDDEN)),
            shared("w2", layer(HIDDEN, LETTERS, 0.01)),
            shared("b2", Array1::<f32>::zeros(LETTERS)),
        ];
        Network { weights }
    }

    /// The scores of the next letter for each row of `context`.
    fn scores(&self, context: &Expr) -> Expr {
        let [table, w1, b1, w2, b2] = &self.weights;
        let rows = table.take(context, 0).reshape(("n", (CONTEXT * FEATURES) as i64));
        (rows.dot(w1) + b1).tanh().dot(w2) + b2
    }

    fn loss(&self) -> ([Expr; 2], Expr) {
        let context = matrix::<i64>("context", ("n", CONTEXT));
        let next = vector::<i64>("next", "n");
        let loss = -self.scores(&context).softmax(-1).take_along(&next).log().mean();
        ([context, next], loss)
    }

    fn training(&self) -> Result<Function, Box<dyn Error>> {
        let ([context, next], loss) = self.loss();
        let rate = scalar::<f32>("rate");
        let gradients = grad(&loss, self.weights.each_ref())?;
        let train = function([&context, &next, &rate], &loss).updates(adam::adam(
            &self.weights,
            &gradients,
            &rate,
        ));
        Ok(train.compile()?)
    }

    fn testing(&self) -> Result<Function, Box<dyn Error>> {
        let (inputs, loss) = self.loss();
        Ok(function(inputs, &loss).compile()?)
    }

    /// New names, drawn letter by letter: the largest of the scores after noise of Gumbel's
    /// distribution is a draw from their softmax.
    fn invent(&self, count: usize) -> Result<Vec<String>, Box<dyn Error>> {
        let context = matrix::<i64>("context", ("n", CONTEXT));
        let uniform = matrix::<f32>("uniform", ("n", LETTERS));
        let noise = -(-uniform.log()).log();
        let letter = (self.scores(&context) + noise).argmax(-1);
        let draw = function([&context, &uniform], &letter).compile()?;

        let mut random = Random::new(3);
        let mut windows = Array2::<i64>::zeros((count, CONTEXT));
        let mut names = vec![String::new(); count];
        let mut ended = vec![false; count];
        while ended.iter().any(|end| !end) && names[0].len() < 30 {
            let uniform = Array2::from_shape_fn((count, LETTERS), |_| {
                (0.5 + 0.5 * random.symmetric()).max(1e-7) as f32
            });
            let letters: Array1<i64> = draw.call((&windows, &uniform))?;
            for (i, &letter) in letters.iter().enumerate() {
                for k in 1..CONTEXT {
                    windows[[i, k - 1]] = windows[[i, k]];
                }
                windows[[i, CONTEXT - 1]] = letter;
                ended[i] |= letter == 0;
                if !ended[i] {
                    names[i].push((b'a' + (letter - 1) as u8) as char);
                }
            }
        }
        Ok(names)
    }
}
