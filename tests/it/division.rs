//! Division that rounds down, as NumPy has it: special values through every stage, simplified.
//!
//! Invariants: every bit, and the signs of zeros; NaN is NaN.
//!
//! Not here: back ends among each other (`agree.rs`).

use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::prelude::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// `x`, `y`, `numpy.floor_divide(x, y)`, `numpy.mod(x, y)`.
#[rustfmt::skip]
const FLOATS: [(f64, f64, f64, f64); 121] = [
    (0.0, 0.0, NAN, NAN),
    (0.0, -0.0, NAN, NAN),
    (0.0, 1.0, 0.0, 0.0),
    (0.0, -1.5, -0.0, -0.0),
    (0.0, 2.5, 0.0, 0.0),
    (0.0, -7.0, -0.0, -0.0),
    (0.0, 0.1, 0.0, 0.0),
    (0.0, 1e+300, 0.0, 0.0),
    (0.0, INF, 0.0, 0.0),
    (0.0, -INF, -0.0, -0.0),
    (0.0, NAN, NAN, NAN),
    (-0.0, 0.0, NAN, NAN),
    (-0.0, -0.0, NAN, NAN),
    (-0.0, 1.0, -0.0, 0.0),
    (-0.0, -1.5, 0.0, -0.0),
    (-0.0, 2.5, -0.0, 0.0),
    (-0.0, -7.0, 0.0, -0.0),
    (-0.0, 0.1, -0.0, 0.0),
    (-0.0, 1e+300, -0.0, 0.0),
    (-0.0, INF, -0.0, 0.0),
    (-0.0, -INF, 0.0, -0.0),
    (-0.0, NAN, NAN, NAN),
    (1.0, 0.0, INF, NAN),
    (1.0, -0.0, -INF, NAN),
    (1.0, 1.0, 1.0, 0.0),
    (1.0, -1.5, -1.0, -0.5),
    (1.0, 2.5, 0.0, 1.0),
    (1.0, -7.0, -1.0, -6.0),
    (1.0, 0.1, 9.0, 0.09999999999999995),
    (1.0, 1e+300, 0.0, 1.0),
    (1.0, INF, 0.0, 1.0),
    (1.0, -INF, -1.0, -INF),
    (1.0, NAN, NAN, NAN),
    (-1.5, 0.0, -INF, NAN),
    (-1.5, -0.0, INF, NAN),
    (-1.5, 1.0, -2.0, 0.5),
    (-1.5, -1.5, 1.0, -0.0),
    (-1.5, 2.5, -1.0, 1.0),
    (-1.5, -7.0, 0.0, -1.5),
    (-1.5, 0.1, -15.0, 8.326672684688674e-17),
    (-1.5, 1e+300, -1.0, 1e+300),
    (-1.5, INF, -1.0, INF),
    (-1.5, -INF, 0.0, -1.5),
    (-1.5, NAN, NAN, NAN),
    (2.5, 0.0, INF, NAN),
    (2.5, -0.0, -INF, NAN),
    (2.5, 1.0, 2.0, 0.5),
    (2.5, -1.5, -2.0, -0.5),
    (2.5, 2.5, 1.0, 0.0),
    (2.5, -7.0, -1.0, -4.5),
    (2.5, 0.1, 24.0, 0.09999999999999987),
    (2.5, 1e+300, 0.0, 2.5),
    (2.5, INF, 0.0, 2.5),
    (2.5, -INF, -1.0, -INF),
    (2.5, NAN, NAN, NAN),
    (-7.0, 0.0, -INF, NAN),
    (-7.0, -0.0, INF, NAN),
    (-7.0, 1.0, -7.0, 0.0),
    (-7.0, -1.5, 4.0, -1.0),
    (-7.0, 2.5, -3.0, 0.5),
    (-7.0, -7.0, 1.0, -0.0),
    (-7.0, 0.1, -70.0, 3.885780586188048e-16),
    (-7.0, 1e+300, -1.0, 1e+300),
    (-7.0, INF, -1.0, INF),
    (-7.0, -INF, 0.0, -7.0),
    (-7.0, NAN, NAN, NAN),
    (0.1, 0.0, INF, NAN),
    (0.1, -0.0, -INF, NAN),
    (0.1, 1.0, 0.0, 0.1),
    (0.1, -1.5, -1.0, -1.4),
    (0.1, 2.5, 0.0, 0.1),
    (0.1, -7.0, -1.0, -6.9),
    (0.1, 0.1, 1.0, 0.0),
    (0.1, 1e+300, 0.0, 0.1),
    (0.1, INF, 0.0, 0.1),
    (0.1, -INF, -1.0, -INF),
    (0.1, NAN, NAN, NAN),
    (1e+300, 0.0, INF, NAN),
    (1e+300, -0.0, -INF, NAN),
    (1e+300, 1.0, 1e+300, 0.0),
    (1e+300, -1.5, -6.666666666666667e+299, -0.0),
    (1e+300, 2.5, 4e+299, 0.0),
    (1e+300, -7.0, -1.4285714285714286e+299, -6.0),
    (1e+300, 0.1, 1e+301, 0.00011215964963492975),
    (1e+300, 1e+300, 1.0, 0.0),
    (1e+300, INF, 0.0, 1e+300),
    (1e+300, -INF, -1.0, -INF),
    (1e+300, NAN, NAN, NAN),
    (INF, 0.0, INF, NAN),
    (INF, -0.0, -INF, NAN),
    (INF, 1.0, NAN, NAN),
    (INF, -1.5, NAN, NAN),
    (INF, 2.5, NAN, NAN),
    (INF, -7.0, NAN, NAN),
    (INF, 0.1, NAN, NAN),
    (INF, 1e+300, NAN, NAN),
    (INF, INF, NAN, NAN),
    (INF, -INF, NAN, NAN),
    (INF, NAN, NAN, NAN),
    (-INF, 0.0, -INF, NAN),
    (-INF, -0.0, INF, NAN),
    (-INF, 1.0, NAN, NAN),
    (-INF, -1.5, NAN, NAN),
    (-INF, 2.5, NAN, NAN),
    (-INF, -7.0, NAN, NAN),
    (-INF, 0.1, NAN, NAN),
    (-INF, 1e+300, NAN, NAN),
    (-INF, INF, NAN, NAN),
    (-INF, -INF, NAN, NAN),
    (-INF, NAN, NAN, NAN),
    (NAN, 0.0, NAN, NAN),
    (NAN, -0.0, NAN, NAN),
    (NAN, 1.0, NAN, NAN),
    (NAN, -1.5, NAN, NAN),
    (NAN, 2.5, NAN, NAN),
    (NAN, -7.0, NAN, NAN),
    (NAN, 0.1, NAN, NAN),
    (NAN, 1e+300, NAN, NAN),
    (NAN, INF, NAN, NAN),
    (NAN, -INF, NAN, NAN),
    (NAN, NAN, NAN, NAN),
];

const INTEGERS: [(i64, i64, i64, i64); 10] = [
    (7, 2, 3, 1),
    (-7, 2, -4, 1),
    (7, -2, -4, -1),
    (-7, -2, 3, -1),
    (6, -3, -2, 0),
    (-6, 3, -2, 0),
    (5, 0, 0, 0),
    (0, -5, 0, 0),
    (i64::MAX, -1, -i64::MAX, 0),
    (i64::MIN, -1, i64::MIN, 0),
];

fn same(found: f64, expected: f64) -> bool {
    found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan()
}

#[test]
fn floats_divide_as_in_numpy() {
    let (x, y) = (vector::<f64>("x", "n"), vector::<f64>("y", "n"));
    let (quotient, rest) = x.divmod(&y);
    let f = function([&x, &y], [quotient, rest, &x % &y]).compile().unwrap();
    let column =
        |pick: fn(&(f64, f64, f64, f64)) -> f64| -> Vec<f64> { FLOATS.iter().map(pick).collect() };
    let (q, r, percent): (Array1<f64>, Array1<f64>, Array1<f64>) =
        f.call((&column(|row| row.0), &column(|row| row.1))).unwrap();
    for (at, &(x, y, quotient, modulo)) in FLOATS.iter().enumerate() {
        assert!(same(q[at], quotient), "{x} // {y} is {}, not {quotient}", q[at]);
        assert!(same(r[at], modulo), "{x} % {y} is {}, not {modulo}", r[at]);
        assert!(same(percent[at], modulo), "{x} % {y} is {}", percent[at]);
    }
}

#[test]
fn integers_divide_as_in_numpy() {
    let (x, y) = (vector::<i64>("x", "n"), vector::<i64>("y", "n"));
    let f = function([&x, &y], [x.floor_div(&y), x.modulo(&y)]).compile().unwrap();
    let (xs, ys): (Vec<i64>, Vec<i64>) = INTEGERS.iter().map(|row| (row.0, row.1)).unzip();
    let (q, r): (Array1<i64>, Array1<i64>) = f.call((&xs, &ys)).unwrap();
    for (at, &(x, y, quotient, modulo)) in INTEGERS.iter().enumerate() {
        assert_eq!((q[at], r[at]), (quotient, modulo), "{x} and {y}");
    }
    // `u8` has no negative numbers: the divisions are one.
    let (x, y) = (vector::<u8>("x", "n"), vector::<u8>("y", "n"));
    let f = function([&x, &y], [x.floor_div(&y), &x % 7, &x >> 1 ^ !&y]).compile().unwrap();
    let (q, r, bits): (Array1<u8>, Array1<u8>, Array1<u8>) =
        f.call((&[250u8, 9, 7], &[3u8, 0, 255])).unwrap();
    assert_eq!((q, r, bits), (array![83, 0, 0], array![5, 2, 0], array![129, 251, 3]));
}

/// The derivatives are those of `x - y·⌊x/y⌋`, at multiples of `y` too.
#[test]
fn the_remainder_has_derivatives() {
    let (x, y) = (vector::<f64>("x", "n"), vector::<f64>("y", "n"));
    let [by_x, by_y] = grad((&x % &y).sum(), [&x, &y]).unwrap();
    let f = function([&x, &y], [by_x, by_y]).compile().unwrap();
    let (xs, ys) = ([7.5, -7.5, 7.5, 6.0, -6.0, 0.0, 1.0], [2.0, 2.0, -2.0, 2.0, 2.0, 3.0, INF]);
    let (by_x, by_y): (Array1<f64>, Array1<f64>) = f.call((&xs, &ys)).unwrap();
    assert_eq!(by_x, array![1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(by_y, array![-3.0, 4.0, 4.0, -3.0, 3.0, 0.0, 0.0]);
}

/// Points with what `is_nan is_inf is_finite signbit` say.
const KINDS: [(f64, [bool; 4]); 7] = [
    (NAN, [true, false, false, false]),
    (INF, [false, true, false, false]),
    (-INF, [false, true, false, true]),
    (0.0, [false, false, true, false]),
    (-0.0, [false, false, true, true]),
    (-5e-324, [false, false, true, true]),
    (1e308, [false, false, true, false]),
];

#[test]
fn kinds_of_numbers() {
    let x = vector::<f64>("x", "n");
    let masks = [x.is_nan(), x.is_inf(), x.is_finite(), x.signbit()];
    let f = function([&x], masks).compile().unwrap();
    let xs = KINDS.map(|row| row.0);
    let found: Vec<Tensor> = f.call((&xs,)).unwrap();
    for (at, (x, kinds)) in KINDS.iter().enumerate() {
        let said: Vec<bool> = found.iter().map(|mask| mask.get(at).as_i64() == 1).collect();
        assert_eq!(said, kinds, "{x}");
    }
    let replaced = x.nan_to_num(7, 1e9, -1e9);
    let f = function([&x], [replaced, constant(3.0).copysign(&x)]).compile().unwrap();
    let (replaced, signed): (Array1<f64>, Array1<f64>) = f.call((&xs,)).unwrap();
    assert_eq!(replaced, array![7.0, 1e9, -1e9, 0.0, 0.0, -5e-324, 1e308]);
    assert_eq!(signed, array![3.0, 3.0, -3.0, 3.0, -3.0, -3.0, 3.0]);
    let i = vector::<i32>("i", "n");
    let f = function([&i], [i.is_nan(), i.is_inf(), i.is_finite(), i.signbit()]).compile().unwrap();
    let found: Vec<Tensor> = f.call((&[5i32, -5],)).unwrap();
    let expected = [[false, false], [false, false], [true, true], [false, true]];
    assert_eq!(found, expected.map(|mask| Tensor::from(mask.to_vec())));
}

#[test]
fn closeness_is_that_of_numpy() {
    let (x, y) = (vector::<f64>("x", "n"), vector::<f64>("y", "n"));
    let close = [x.is_close(&y, 1e-3, 1e-6), x.all_close(&y, 1e-3, 1e-6)];
    let f = function([&x, &y], close).compile().unwrap();
    let (xs, ys) = ([1.0, 1.0, INF, INF, NAN, 0.0], [1.0009, 1.0011, INF, 1.0, NAN, 1e-7]);
    let (close, all): (Array1<bool>, bool) = f.call((&xs, &ys)).unwrap();
    assert_eq!(close, array![true, false, true, false, false, true]);
    assert!(!all);
}

#[test]
fn integer_powers() {
    let (x, i) = (vector::<f64>("x", "n"), vector::<i64>("i", "m"));
    let exponents = [0, 1, 2, 5, 13];
    let both = |n: u32| [x.powi(n), i.powi(n).cast(DType::F64)];
    let outputs: Vec<Expr> = exponents.into_iter().flat_map(both).collect();
    let f = function([&x, &i], outputs).compile().unwrap();
    let (xs, is) = ([NAN, -1.5, 2.0], [3i64, -7]);
    let found: Vec<Tensor> = f.call((&xs, &is)).unwrap();
    let found: Vec<&[f64]> = found.iter().map(|t| t.as_slice().unwrap()).collect();
    for (at, n) in exponents.into_iter().enumerate() {
        // Every product here is exact.
        let floats = xs.map(|x| x.powi(n as i32));
        let ok = found[2 * at].iter().zip(floats).all(|(&a, b)| same(a, b));
        assert!(ok, "power {n}: {:?}, not {floats:?}", found[2 * at]);
        let integers = is.map(|i| i.pow(n) as f64);
        assert_eq!(found[2 * at + 1], integers, "power {n}");
    }
}
