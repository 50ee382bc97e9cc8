//! A Gaussian process learns how carbon dioxide in the air has grown, and looks ahead.
//!
//! `cargo run --release --example gaussian_process`
//!
//! The model (Rasmussen and Williams 2006, section 5.4.3, in a short form) is a sum of a slow
//! trend, a yearly wave that slowly changes its form, what comes and goes within a few years, and
//! noise. How strong each is, and how long it lasts, is learned by climbing the likelihood of the years 1958 to 1996: its gradient goes
//! through a Cholesky factor. What it then says about 1997 to 2001 is compared with what came.

#![allow(clippy::print_stdout)] // Programs may print.

mod adam;

use hypatia::prelude::*;
use hypatia::routine::Triangle;
use hypatia::structure::part;
use std::collections::BTreeMap;
use std::error::Error;
use std::f64::consts::PI;
use std::path::Path;

/// Logarithms of: size (ppm) and length (years) of the trend; size and life of the wave, and how
/// smooth it is; size and length of what comes and goes; noise.
const START: [f64; 8] = [4.0, 4.0, 1.0, 4.0, 0.3, -0.5, 0.0, -1.5];
const STEPS: usize = 120;
/// What the error may be as a share of that of a guess without a model: every year as the last.
const TARGET: f64 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let (years, levels) = carbon_dioxide()?;
    let between = |from: f64, to: f64| -> (Array1<f64>, Array1<f64>) {
        let points = years.iter().zip(&levels).filter(|(t, _)| (from..to).contains(*t));
        let (t, y): (Vec<f64>, Vec<f64>) = points.unzip();
        (t.into(), y.into())
    };
    let (known, seen) = between(1958.0, 1997.0);
    let (ahead, came) = between(1997.0, 2002.0);
    let level = seen.mean().unwrap_or_default();

    let model = Process::new();
    let learn = model.learning()?;
    let predict = model.predicting()?;
    if let Some(savings) = learn.savings() {
        println!("{savings}");
    }

    println!("{} months to learn from, {} to foretell", known.len(), ahead.len());
    let centred = &seen - level;
    let mut first = None;
    let mut surprise = f64::INFINITY;
    for step in 0..=STEPS {
        surprise = learn.call((&known, &centred, 0.05))?;
        first.get_or_insert(surprise);
        if step % 20 == 0 {
            println!("step {step:3}: -log likelihood {surprise:.4} a month");
        }
    }
    let (mean, spread): (Array1<f64>, Array1<f64>) = predict.call((&known, &centred, &ahead))?;

    let rms = |error: &Array1<f64>| (error.dot(error) / error.len() as f64).sqrt();
    let error = &mean + level - &came;
    let last = Array1::from_shape_fn(came.len(), |i| seen[seen.len() - 12 + i % 12]);
    let (foretold, repeated) = (rms(&error), rms(&(last - &came)));
    for i in (0..ahead.len()).step_by(6) {
        let (t, y, m, s) = (ahead[i], came[i], mean[i] + level, spread[i]);
        println!("{t:8.2}: foretold {m:6.1} ± {s:3.1} ppm, came {y:6.1}");
    }
    println!("error {foretold:.2} ppm (root mean square); of the last year repeated {repeated:.2}");
    assert!(surprise < first.unwrap_or_default(), "the likelihood did not rise");
    assert!(foretold < TARGET * repeated, "{foretold} of {repeated} ppm, expected {TARGET}");
    Ok(())
}

/// The logarithms of the process's parameters, in the order of [`START`].
struct Process {
    parameters: Shared,
}

impl Process {
    fn new() -> Process {
        Process { parameters: shared("parameters", Array1::from_vec(START.to_vec())) }
    }

    /// A parameter, or its square.
    fn parameter(&self, which: i64) -> Expr {
        self.parameters.slice([part(which, which + 1)]).squeeze(0).exp()
    }

    /// How much the levels at times `s` and `t` have in common, without noise.
    fn covariance(&self, s: &Expr, t: &Expr) -> Expr {
        let apart = s.expand(1) - t.expand(0);
        let trend = self.parameter(0).sqr() * (-0.5 * (&apart / self.parameter(1)).sqr()).exp();
        let wave = ((PI * &apart).sin() / self.parameter(4)).sqr();
        let life = 0.5 * (&apart / self.parameter(3)).sqr();
        let passing = self.parameter(5).sqr() * (-0.5 * (&apart / self.parameter(6)).sqr()).exp();
        trend + self.parameter(2).sqr() * (-2.0 * wave - life).exp() + passing
    }

    /// The lower Cholesky factor of the covariance of levels at times `t`, noise included.
    fn factor(&self, t: &Expr) -> Expr {
        let same = iota::<i64>("n").expand(1).eq(iota::<i64>("n").expand(0));
        (self.covariance(t, t) + same.select(self.parameter(7).sqr(), 0.0)).cholesky()
    }

    /// A step up the likelihood of levels `y` at times `t`.
    fn learning(&self) -> Result<Function, Box<dyn Error>> {
        let (t, y) = (vector::<f64>("t", "n"), vector::<f64>("y", "n"));
        let rate = scalar::<f64>("rate");
        let factor = self.factor(&t);
        let white = factor.solve_triangular(y.expand(1), Triangle::LOWER);
        let surprise = 0.5 * white.sqr().sum() + factor.diagonal(0, 0, 1).log().sum();
        let each = surprise / Expr::dim(&"n".into()).cast(DType::F64) + 0.5 * (2.0 * PI).ln();
        let gradients = grad(&each, [&self.parameters])?;
        let updates = adam::adam(std::slice::from_ref(&self.parameters), &gradients, &rate);
        Ok(function([&t, &y, &rate], &each).updates(updates).compile()?)
    }

    /// Mean and standard deviation at times `s`, given levels `y` at times `t`.
    fn predicting(&self) -> Result<Function, Box<dyn Error>> {
        let (t, y, s) = (vector::<f64>("t", "n"), vector::<f64>("y", "n"), vector::<f64>("s", "m"));
        let factor = self.factor(&t);
        let white = factor.solve_triangular(y.expand(1), Triangle::LOWER);
        let common = factor.solve_triangular(self.covariance(&t, &s), Triangle::LOWER);
        let mean = common.t().dot(white).squeeze(1);
        let alone = [0, 2, 5, 7].map(|size| self.parameter(size).sqr());
        let [a, b, c, d] = &alone;
        let spread = (a + b + c + d - common.sqr().sum_axes(0)).sqrt();
        Ok(function([&t, &y, &s], (&mean, &spread)).compile()?)
    }
}

/// The mean of each month: time in years, and level in parts per million.
fn carbon_dioxide() -> Result<(Vec<f64>, Vec<f64>), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/co2.csv");
    let text = std::fs::read_to_string(file)?;
    let mut months = BTreeMap::<u32, (f64, u32)>::new();
    for line in text.lines().skip(1) {
        let (date, level) = line.split_once(',').ok_or("a line without a comma")?;
        // Weeks in which nothing was measured have no level.
        if let Ok(level) = level.parse::<f64>() {
            let date: u32 = date.parse()?;
            let month = months.entry(date / 10_000 * 12 + date / 100 % 100 - 1).or_default();
            *month = (month.0 + level, month.1 + 1);
        }
    }
    let time = |month: &u32| (f64::from(*month) + 0.5) / 12.0;
    Ok(months.iter().map(|(month, (sum, count))| (time(month), sum / f64::from(*count))).unzip())
}
