//! How many kernels and steps there are: what belongs together is computed together.

use crate::plan_of;

/// What the case is about, steps, arena buffers, the graph.
const CASES: &[(&str, usize, usize, &str)] = &[
    (
        "elementwise ops are one kernel",
        1,
        0,
        "input x: f32[n]
        input y: f32[n]
        %2 = mul(x, y)
        %3 = exp(%2)
        %4 = add(%3, x)
        output z = %4",
    ),
    (
        "softmax is one kernel, which keeps the exponentials",
        1,
        1,
        "input x: f32[n, m]
        %1 = max(x, axes=[1])
        %2 = sub(x, %1)
        %3 = exp(%2)
        %4 = sum(%3, axes=[1])
        %5 = div(%3, %4)
        output p = %5",
    ),
    (
        "layer normalisation too",
        1,
        0,
        "input x: f32[n, m]
        %1 = sum(x, axes=[1])
        %2 = sub(x, %1)
        %3 = sqr(%2)
        %4 = sum(%3, axes=[1])
        %5 = rsqrt(%4)
        %6 = mul(%2, %5)
        output y = %6",
    ),
    (
        "views cost nothing",
        1,
        0,
        "input x: f32[n, 6]
        %1 = transpose(x, perm=[1, 0])
        %2 = slice(%1, parts=[5:6:-1, 0:n:1])
        %3 = transpose(%2, perm=[1, 0])
        %4 = reshape(%3, to=[n, 2, 3])
        %5 = neg(%4)
        output y = %5",
    ),
    (
        "a product reads any strides",
        1,
        0,
        "input x: f32[n, m]
        %1 = transpose(x, perm=[1, 0])
        %2 = matmul(%1, x)
        output y = %2",
    ),
    (
        "a product reads windows where they are",
        1,
        0,
        "input x: f32[n]
        input w: f32[3, k]
        %2 = windows(x, axis=0, size=3, stride=2, dilation=1)
        %3 = matmul(%2, w)
        output y = %3",
    ),
    (
        "small windows are reduced element by element, beside each other",
        1,
        0,
        "input x: f32[n, 8]
        %1 = windows(x, axis=1, size=2, stride=2, dilation=1)
        %2 = max(%1, axes=[2])
        %3 = eq(%1, %2)
        %4 = cast(%3, to=f32)
        %5 = sum(%4, axes=[2])
        output y = %2
        output ties = %5",
    ),
    (
        "what overlapping windows read is computed once",
        2,
        1,
        "input x: f32[n]
        %1 = exp(x)
        %2 = windows(%1, axis=0, size=3, stride=1, dilation=1)
        %3 = max(%2, axes=[1])
        output y = %3",
    ),
    (
        "a one-hot mask needs no buffer",
        1,
        0,
        "input i: i64[n]
        %1 = iota(10: i64)
        %2 = reshape(i, to=[n, 1])
        %3 = eq(%2, %1)
        %4 = cast(%3, to=f32)
        output y = %4",
    ),
    (
        "reductions of different axes are two kernels",
        2,
        0,
        "input x: f32[n, m]
        %1 = sum(x, axes=[0])
        %2 = sum(x, axes=[1])
        output a = %1
        output b = %2",
    ),
    (
        "a reduction over no axes is a pass of its own",
        1,
        1,
        "input x: f32[n]
        %1 = exp(x)
        %2 = max(%1, axes=[])
        %3 = sub(%1, %2)
        output y = %3",
    ),
];

#[test]
fn what_belongs_together_is_computed_together() {
    use hypatia_lower::plan::Place;
    for (about, steps, buffers, text) in CASES {
        let plan = plan_of(text);
        let arena = plan.buffers.iter().filter(|b| matches!(b.place, Place::Arena { .. })).count();
        assert_eq!((plan.steps.len(), arena), (*steps, *buffers), "{about}\n{plan}");
    }
}

/// Layers of equal structure share code.
#[test]
fn equal_kernels_are_one() {
    let mut text = String::from("input x: f32[n, n]\n");
    let mut last = String::from("x");
    for at in 0..10 {
        let (a, b) = (1 + 2 * at, 2 + 2 * at);
        text += &format!("%{a} = matmul({last}, x)\n%{b} = tanh(%{a})\n");
        last = format!("%{b}");
    }
    let plan = plan_of(&(text + &format!("output y = {last}")));
    assert_eq!((plan.steps.len(), plan.kernels.len()), (20, 1), "{plan}");
}

#[test]
fn plans_are_the_same_twice() {
    for (_, _, _, text) in CASES {
        assert_eq!(plan_of(text).to_string(), plan_of(text).to_string());
    }
}
