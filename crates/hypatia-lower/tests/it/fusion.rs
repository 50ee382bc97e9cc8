//! How many kernels and steps there are: what belongs together is computed together.

use crate::plan_of;
use hypatia_lower::plan::{Place, Plan, Step};

/// What the case is about, launches and products, arena buffers, the graph.
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

fn launches_and_others(plan: &Plan) -> usize {
    let count = |step: &Step| match step {
        Step::Launches(launches) => launches.len(),
        Step::Product(_) | Step::Routine(_) | Step::Copy { .. } => 1,
    };
    plan.steps.iter().map(count).sum()
}

#[test]
fn what_belongs_together_is_computed_together() {
    for (about, parts, buffers, text) in CASES {
        let plan = plan_of(text);
        let arena = plan.buffers.iter().filter(|b| matches!(b.place, Place::Arena { .. })).count();
        assert_eq!((launches_and_others(&plan), arena), (*parts, *buffers), "{about}\n{plan}");
    }
}

/// Launches that do not need each other are one step, if none may fail after an update.
#[test]
fn updates_of_all_weights_are_one_step() {
    let mut text = String::from("input rate: f32[]\n");
    let (mut body, mut updates) = (String::new(), String::new());
    for at in 0..20 {
        let shape = if at % 2 == 0 { format!("{}", at + 2) } else { format!("n, {at}") };
        text += &format!("shared w{at}: f32[{shape}]\ninput g{at}: f32[{shape}]\n");
        let (a, b) = (2 * at + 41, 2 * at + 42);
        body += &format!("%{a} = mul(rate, g{at})\n%{b} = sub(w{at}, %{a})\n");
        updates += &format!("update w{at} = %{b}\n");
    }
    let plan = plan_of(&(text + &body + &updates));
    assert_eq!((plan.steps.len(), launches_and_others(&plan)), (1, 20), "{plan}");
    let in_place = |b: &&hypatia_lower::plan::BufferId| {
        matches!(plan.buffers[b.index()].place, Place::Input(_))
    };
    assert_eq!(plan.roots.iter().filter(in_place).count(), 20, "{plan}");
}

/// An update is in place only where nobody needs the old value at the same time or later.
#[test]
fn updates_leave_old_values_to_others() {
    let plan = plan_of(
        "shared w: f32[n]
        shared v: f32[n, 2]
        %2 = exp(w)
        %3 = add(v, v)
        %4 = max(w, axes=[0])
        output y = %4
        update w = %2
        update v = %3",
    );
    let places: Vec<Place> = plan.roots.iter().map(|b| plan.buffers[b.index()].place).collect();
    assert_eq!(places, [Place::Root(0), Place::Input(0), Place::Input(1)], "{plan}");
    assert_eq!(plan.steps.len(), 2, "{plan}");
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
