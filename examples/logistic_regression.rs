//! Tells three species of iris apart, and shows that plain maths is enough: the loss is written
//! as the logarithm of a softmax, and the compiler makes that accurate for any logits.

#![allow(clippy::print_stdout)] // Programs may print.

use hypatia::prelude::*;
use std::error::Error;

const CLASSES: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let (flowers, species) = read(include_str!("data/iris.csv"))?;

    let x = matrix::<f32>("x", ("n", 4));
    let y = vector::<i64>("y", "n");
    let w = shared("w", Array2::<f32>::zeros((4, CLASSES)));
    let b = shared("b", Array1::<f32>::zeros(CLASSES));

    // Every column gets mean 0 and variance 1: a part of the function, not of the program.
    let scaled = (&x - x.mean_keep(0)) / x.var_keep(0).sqrt();
    let logits = scaled.dot(&w) + &b;
    let loss = -logits.softmax(-1).take_along(&y).log().mean();
    let [gw, gb] = grad(&loss, [&w, &b])?;
    let train =
        function([&x, &y], &loss).update(&w, &w - 0.5 * gw).update(&b, &b - 0.5 * gb).compile()?;
    if let Some(savings) = train.savings() {
        println!("{savings}");
    }

    for round in 0..=200 {
        let loss: f32 = train.call((&flowers, &species))?;
        if round % 50 == 0 {
            println!("round {round:3}: loss {loss:.4}");
        }
    }

    // Which species were taken for which: `table[truth, guess]`.
    let guess = logits.argmax(-1);
    let table = y.one_hot::<f32>(CLASSES).t().dot(guess.one_hot::<f32>(CLASSES));
    let count = function([&x, &y], table).compile()?;
    let table: Array2<f32> = count.call((&flowers, &species))?;
    println!("species (rows) and guesses (columns):\n{table}");

    let right = table.diag().sum();
    assert_eq!(table.sum(), 150.0);
    assert!(right >= 0.96 * 150.0, "only {right} of 150 are right");
    Ok(())
}

/// The lengths in centimetres and the species of the flowers of a table.
fn read(table: &str) -> Result<(Array2<f32>, Vec<i64>), Box<dyn Error>> {
    let (mut lengths, mut species) = (Vec::new(), Vec::new());
    for line in table.lines().skip(1) {
        let (numbers, class) = line.rsplit_once(',').ok_or("a line without a comma")?;
        for number in numbers.split(',') {
            lengths.push(number.parse()?);
        }
        species.push(class.parse()?);
    }
    Ok((Array2::from_shape_vec((species.len(), 4), lengths)?, species))
}
