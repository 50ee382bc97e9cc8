//! Which updates happen in place: those that nobody can tell from updates beside the variable.

use crate::plan_of;
use hypatia_lower::plan::Place;

/// What the case is about, whether each update is in place, the graph.
const CASES: &[(&str, &[bool], &str)] = &[
    (
        "a step down a gradient",
        &[true],
        "shared w: f32[3]
        input g: f32[3]
        %2 = sub(w, g)
        update w = %2",
    ),
    (
        "an output of the old value that is computed before",
        &[true],
        "shared w: f32[3, 4]
        %1 = sum(w, axes=[0])
        %2 = neg(w)
        output old = %1
        update w = %2",
    ),
    (
        "the old value itself as an output",
        &[false],
        "shared w: f32[3]
        %1 = neg(w)
        output old = w
        update w = %1",
    ),
    (
        "the new value as an output too is copied",
        &[false],
        "shared w: f32[3]
        %1 = neg(w)
        output new = %1
        update w = %1",
    ),
    (
        "elements in another order",
        &[false],
        "shared w: f32[3]
        %1 = slice(w, parts=[2:3:-1])
        %2 = neg(%1)
        update w = %2",
    ),
    (
        "elements at their place and in another order",
        &[false],
        "shared w: f32[3]
        %1 = slice(w, parts=[2:3:-1])
        %2 = add(w, %1)
        update w = %2",
    ),
    (
        "one element for all",
        &[false],
        "shared w: f32[1, 3]
        %1 = slice(w, parts=[0:1:1, 0:1:1])
        %2 = add(w, %1)
        update w = %2",
    ),
    (
        "elements at indices",
        &[false],
        "shared w: f32[3]
        input i: i64[3]
        %2 = take(w, i, axis=0)
        %3 = sub(w, %2)
        update w = %3",
    ),
    (
        "a product of itself",
        &[false],
        "shared w: f32[3, 3]
        %1 = matmul(w, w)
        update w = %1",
    ),
    (
        "two that change places",
        &[false, false],
        "shared a: f32[3]
        shared b: f32[3]
        update a = b
        update b = a",
    ),
    (
        "two of each other's elements, read before either is written",
        &[true, true],
        "shared a: f32[3]
        shared b: f32[3]
        %2 = add(a, b)
        %3 = mul(a, b)
        update a = %2
        update b = %3",
    ),
    (
        "a mean over rows, then the rows less their mean",
        &[true],
        "shared w: f32[3, 4]
        %1 = sum(w, axes=[1])
        %2 = sub(w, %1)
        update w = %2",
    ),
    (
        "an update nobody reads the old value of",
        &[true],
        "shared w: f32[3]
        input x: f32[3]
        %2 = exp(x)
        update w = %2",
    ),
    (
        "momentum: the velocity, then the weight by the new velocity",
        &[true, true],
        "shared v: f32[3]
        shared w: f32[3]
        input g: f32[3]
        %3 = const(0.9: f32)
        %4 = mul(v, %3)
        %5 = add(%4, g)
        %6 = sub(w, %5)
        update v = %5
        update w = %6",
    ),
];

#[test]
fn updates_are_in_place_where_that_cannot_be_told() {
    for (about, expected, text) in CASES {
        let plan = plan_of(text);
        let updates = plan.roots[plan.roots.len() - expected.len()..].iter();
        let places = updates.map(|root| plan.buffers[root.index()].place);
        let found: Vec<bool> = places.map(|p| matches!(p, Place::Input(_))).collect();
        assert_eq!(found, *expected, "{about}\n{plan}");
    }
}

/// A later step may find a wrong index; the variable must then be as it was.
#[test]
fn nothing_is_updated_in_place_before_the_last_step_that_may_fail() {
    let plan = plan_of(
        "shared w: f32[3]
        shared c: f32[]
        input i: i64[n]
        input x: f32[4, 3]
        %4 = take(x, i, axis=0)
        %5 = sum(%4, axes=[0, 1])
        %6 = neg(w)
        %7 = const(1: f32)
        %8 = add(c, %7)
        output y = %5
        update w = %6
        update c = %8",
    );
    // The verifier refuses an update in place before such a step; these come after.
    let in_place =
        |at: usize| matches!(plan.buffers[plan.roots[at].index()].place, Place::Input(_));
    assert!(in_place(1) && in_place(2), "{plan}");
    plan.verify().unwrap();
}
