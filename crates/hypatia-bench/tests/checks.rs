//! Every workload computes what the other peers compute.
//!
//! Invariants: all of a second or less; the others are checked by whoever measures them
//! (`hypatia-bench --json`, `peers/run.sh`).
//!
//! Not here: speed.

#![allow(clippy::unwrap_used)]

use hypatia_bench::reference::{CHECKS, TOLERANCE, deviation};
use hypatia_bench::workload::workloads;
use std::collections::BTreeSet;

/// Workloads too large for a test without optimisation.
const LARGE: &[&str] = &["1e7", "mm2048", "dmm1024", "layernorm", "resblock", "H.lstm", "I.gpt"];

fn check_family(family: &str) {
    let large = |name: &str| LARGE.iter().any(|part| name.contains(part));
    let mut count = 0;
    for workload in workloads() {
        if !workload.name.starts_with(family) || large(&workload.name) {
            continue;
        }
        let case = workload.build(1).unwrap();
        let left = case.function().warnings();
        assert!(left.is_empty(), "{}: unstable spellings are left: {left:?}", workload.name);
        let found = case.check().unwrap();
        let far = deviation(&workload.name, &found).unwrap();
        assert!(far < TOLERANCE, "{}: {found:?} is {far:.1e} from the reference", workload.name);
        count += 1;
    }
    assert!(count > 0, "no workload of family {family}");
}

macro_rules! families {
    ($($test:ident $family:literal;)*) => {$(
        #[test]
        fn $test() {
            check_family($family);
        }
    )*};
}
families! {
    tiny "A";
    pointwise "B";
    rows "C";
    products "D";
    logistic_regression "E";
    dense "F";
    images "G";
    autoencoder "J";
    second_derivatives "M";
}

#[test]
fn every_workload_has_a_reference() {
    let names: BTreeSet<String> = workloads().into_iter().map(|w| w.name).collect();
    let rows: BTreeSet<String> = CHECKS.iter().map(|(name, _)| (*name).to_string()).collect();
    assert_eq!(names, rows);
}

#[test]
fn deviation_is_relative_and_knows_what_is_no_number() {
    let (name, expected) = CHECKS[0];
    assert_eq!(deviation(name, expected), Some(0.0));
    let doubled: Vec<f64> = expected.iter().map(|e| 2.0 * e).collect();
    assert_eq!(deviation(name, &doubled), Some(1.0));
    assert_eq!(deviation(name, &[f64::NAN, expected[1]]), Some(f64::INFINITY));
    assert_eq!(deviation(name, &expected[1..]), None);
    assert_eq!(deviation("Z.none", expected), None);
}
