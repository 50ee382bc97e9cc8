//! A chain of 100,000 ops goes through every stage on a small stack.

use hypatia::prelude::*;

const DEPTH: usize = 100_000;
const STACK: usize = 512 * 1024;

#[test]
fn a_deep_chain_compiles() {
    let work = || {
        let x = vector::<f64>("x", "n");
        let y = vector::<f64>("y", "n");
        let mut e = x.clone();
        for at in 0..DEPTH {
            e = if at % 2 == 0 { (&e * &y).sin() } else { &e + &x };
        }
        let [g] = grad(e.sum(), [&x]).unwrap();
        let f = function([&x, &y], (&e, &g)).threads(1).compile().unwrap();
        drop((e, g));
        let (e, g): (Array1<f64>, Array1<f64>) = f.call((&[0.5, 1.0], &[0.1, 0.2])).unwrap();
        // The same recurrence, and its derivative, on numbers.
        for (at, (x, y)) in [(0.5f64, 0.1f64), (1.0, 0.2)].into_iter().enumerate() {
            let (mut v, mut d) = (x, 1.0);
            for step in 0..DEPTH {
                (v, d) = match step % 2 {
                    0 => ((v * y).sin(), (v * y).cos() * y * d),
                    _ => (v + x, d + 1.0),
                };
            }
            // The recurrence contracts by y: errors of a few ulp do not grow.
            assert!((e[at] - v).abs() < 1e-14, "{} {v}", e[at]);
            assert!((g[at] - d).abs() < 1e-14, "{} {d}", g[at]);
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap();
    thread.join().unwrap();
}
