//! The algebra of symbolic lengths.

use hypatia_ir::dim::{Dim, DimValues, NeverEqual};
use std::collections::BTreeMap;

fn symbol(name: &str) -> Dim {
    Dim::symbol(name)
}

#[test]
fn arithmetic_is_canonical() {
    let (n, m) = (&symbol("n"), &symbol("m"));
    let two = &Dim::from(2);
    let cases: &[(Dim, &str)] = &[
        (n + m, "m + n"),
        (m + n, "m + n"),
        (n - n, "0"),
        (&(n + 1) - n, "1"),
        (&(n + m) * &(n - m), "-m*m + n*n"),
        (&(n * two) + &(n * two), "4*n"),
        (-n, "-n"),
        (n * &Dim::from(0), "0"),
        (n - 1, "n - 1"),
        (&(n * 3) - 2, "3*n - 2"),
        ((n * two).floor_div(two), "n"),
        ((&(n * m) * two).floor_div(&(m * 1)), "2*n"),
        (n.floor_div(two), "floor((n)/(2))"),
        ((n + 1).floor_div(n), "floor((n + 1)/(n))"),
        (n.floor_div(two).floor_div(&Dim::from(3)), "floor((n)/(6))"),
        ((&n.floor_div(two) + 1).floor_div(two), "floor((n + 2)/(4))"),
        ((&n.floor_div(two) + m).floor_div(two), "floor((m + floor((n)/(2)))/(2))"),
        (n.floor_div(two).floor_div(&Dim::from(-2)), "floor((floor((n)/(2)))/(-2))"),
        (n.floor_div(n), "1"),
        (n.floor_div(&Dim::from(1)), "n"),
        (n.floor_div(&Dim::from(0)), "0"),
        (Dim::from(-7).floor_div(two), "-4"),
        (Dim::from(7).floor_div(&Dim::from(-2)), "-4"),
        (Dim::from(i64::MIN).floor_div(&Dim::from(-1)), "9223372036854775807"),
        (&Dim::from(i64::MAX) + 1, "9223372036854775807"),
        (&Dim::from(i64::MAX) * 2, "9223372036854775807"),
        ("784".into(), "784"),
        ("n".into(), "n"),
    ];
    for (dim, text) in cases {
        assert_eq!(dim.to_string(), *text);
    }
}

/// Both sides, and what follows for which name.
#[test]
fn equations_are_solved_for_one_name() {
    let (n, m) = (&symbol("n"), &symbol("m"));
    type Solution = Result<Option<(&'static str, &'static str)>, NeverEqual>;
    let cases: Vec<(Dim, Dim, Solution)> = vec![
        (n.clone(), n.clone(), Ok(None)),
        (n.clone(), m.clone(), Ok(Some(("n", "m")))),
        (n.clone(), Dim::from(3), Ok(Some(("n", "3")))),
        (n + 1, m - 1, Ok(Some(("n", "m - 2")))),
        (n + 1, n.clone(), Err(NeverEqual)),
        (Dim::from(2), Dim::from(3), Err(NeverEqual)),
        (n * 2, Dim::from(6), Ok(None)),
        (n * n, Dim::from(4), Ok(None)),
        (&(n * 2) + m, Dim::from(4), Ok(Some(("m", "-2*n + 4")))),
        (n.clone(), n.floor_div(&Dim::from(2)), Ok(None)),
    ];
    for (left, right, expected) in cases {
        let found =
            left.solve(&right).map(|s| s.map(|(name, d)| (name.to_string(), d.to_string())));
        let expected = expected.map(|s| s.map(|(name, d)| (name.into(), d.into())));
        assert_eq!(found, expected, "{left} = {right}");
    }
}

#[test]
fn values_and_substitution() {
    let (n, m) = (&symbol("n"), &symbol("m"));
    let values: DimValues = BTreeMap::from([("n".into(), 7), ("m".into(), 0)]);
    let cases: &[(Dim, Option<i64>)] = &[
        (&(n * n) - 1, Some(48)),
        (n.floor_div(&Dim::from(2)), Some(3)),
        ((&Dim::from(0) - n).floor_div(&Dim::from(2)), Some(-4)),
        (n.floor_div(m), None),
        (symbol("unbound"), None),
        (n * i64::MAX, None),
        (&(n * (i64::MAX / 7)) + &(n * (i64::MAX / 7)), None),
    ];
    for (dim, expected) in cases {
        assert_eq!(dim.eval(&values), *expected, "{dim}");
    }
    let by = BTreeMap::from([("n".into(), m + 1)]);
    let cases: &[(Dim, &str)] = &[
        (n * n, "2*m + m*m + 1"),
        (n - m, "1"),
        (n.floor_div(&Dim::from(2)), "floor((m + 1)/(2))"),
        ((n - 1).floor_div(m), "1"),
    ];
    for (dim, expected) in cases {
        assert_eq!(dim.substitute(&by).to_string(), *expected);
    }
}

/// What merging quotients does to the text, it must not do to the values.
#[test]
fn merged_quotients_have_the_same_values() {
    for n in -20..20i64 {
        let values: DimValues = BTreeMap::from([("n".into(), n)]);
        for (b, k, c) in [(2, 1, 2), (3, -2, 4), (5, 7, 3), (1, 1, 2)] {
            let dim = (&symbol("n").floor_div(&Dim::from(b)) + k).floor_div(&Dim::from(c));
            let expected = (n.div_euclid(b) + k).div_euclid(c);
            assert_eq!(dim.eval(&values), Some(expected), "n = {n}: {dim}");
        }
    }
}
