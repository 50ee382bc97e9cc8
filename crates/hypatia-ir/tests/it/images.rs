//! Convolutions, pooling and resizing against loops written out, and what they refuse.

use crate::value;
use hypatia_ir::compose::{Conv, Padding, Pool};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, tensor};
use hypatia_ir::tensor::Tensor;

/// Small whole numbers, so that every sum is exact whatever its order.
fn whole(shape: &[usize], seed: usize) -> Tensor {
    let count = shape.iter().product();
    let element = |i: usize| ((i * 7 + seed * 5) % 11) as f64 - 4.0;
    Tensor::from_vec(shape, (0..count).map(element).collect::<Vec<f64>>()).unwrap()
}

fn lit(shape: &[usize], elements: &[f64]) -> Expr {
    Expr::literal(Tensor::from_vec(shape, elements.to_vec()).unwrap())
}

fn floats(x: &Tensor) -> Vec<f64> {
    (0..x.len()).map(|i| x.get(i).as_f64()).collect()
}

fn evaluated(x: &Expr) -> (Vec<usize>, Vec<f64>) {
    let value = value(x, &[]).unwrap_or_else(|e| panic!("{x}: {e}"));
    (value.shape().to_vec(), floats(&value))
}

/// A convolution of two spatial axes: strides, padding, dilations, groups, flip.
type Case = ([i64; 2], [(i64, i64); 2], [i64; 2], i64, bool);

const CASES: &[Case] = &[
    ([1, 1], [(0, 0), (0, 0)], [1, 1], 1, false),
    ([1, 1], [(0, 0), (0, 0)], [1, 1], 1, true),
    ([2, 1], [(1, 0), (2, 1)], [1, 1], 1, false),
    ([3, 2], [(0, 0), (1, 1)], [1, 2], 2, false),
    ([1, 2], [(2, 2), (0, 3)], [2, 1], 4, true),
    ([9, 9], [(0, 0), (0, 0)], [1, 1], 1, false),
];

const BATCH: usize = 2;
const CHANNELS: usize = 4;
const OUT: usize = 4;
const IMAGE: [usize; 2] = [5, 6];
const KERNEL: [usize; 2] = [2, 3];

fn conv(case: &Case) -> Conv {
    let (strides, padding, dilations, groups, flip) = case;
    Conv {
        strides: strides.to_vec(),
        padding: Padding::Explicit(padding.to_vec()),
        dilations: dilations.to_vec(),
        groups: *groups,
        flip: *flip,
    }
}

/// The definition: every output, channel and kernel element one after the other.
fn written_out(x: &[f64], w: &[f64], case: &Case) -> (Vec<usize>, Vec<f64>) {
    let (strides, padding, dilations, groups, flip) = case;
    let length = |i: usize| {
        let padded = IMAGE[i] as i64 + padding[i].0 + padding[i].1;
        (padded - dilations[i] * (KERNEL[i] as i64 - 1) - 1) / strides[i] + 1
    };
    let own = CHANNELS / *groups as usize;
    let mut y = Vec::new();
    for (n, o, i, j) in points([BATCH, OUT, length(0) as usize, length(1) as usize]) {
        let first = o / (OUT / *groups as usize) * own;
        let mut sum = 0.0;
        for (_, c, a, b) in points([1, own, KERNEL[0], KERNEL[1]]) {
            let at = |axis: usize, i: usize, a: usize| {
                i as i64 * strides[axis] - padding[axis].0 + a as i64 * dilations[axis]
            };
            let (row, column) = (at(0, i, a), at(1, j, b));
            let inside =
                (0..IMAGE[0] as i64).contains(&row) && (0..IMAGE[1] as i64).contains(&column);
            let (a, b) = if *flip { (KERNEL[0] - 1 - a, KERNEL[1] - 1 - b) } else { (a, b) };
            if inside {
                let (row, column) = (row as usize, column as usize);
                let pixel = ((n * CHANNELS + first + c) * IMAGE[0] + row) * IMAGE[1] + column;
                sum += x[pixel] * w[((o * own + c) * KERNEL[0] + a) * KERNEL[1] + b];
            }
        }
        y.push(sum);
    }
    (vec![BATCH, OUT, length(0) as usize, length(1) as usize], y)
}

fn points([p, q, r, s]: [usize; 4]) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    (0..p * q * r * s).map(move |i| (i / s / r / q, i / s / r % q, i / s % r, i % s))
}

fn operands(case: &Case) -> (Tensor, Tensor) {
    let own = CHANNELS / case.3 as usize;
    (whole(&[BATCH, CHANNELS, IMAGE[0], IMAGE[1]], 1), whole(&[OUT, own, KERNEL[0], KERNEL[1]], 2))
}

#[test]
fn convolutions_are_their_definition() {
    for case in CASES {
        let (x, w) = operands(case);
        let expected = written_out(&floats(&x), &floats(&w), case);
        let (x, w) = (Expr::literal(x), Expr::literal(w));
        assert_eq!(evaluated(&x.conv2d(&w, &conv(case))), expected, "{case:?}");
        // The same image as one of a deeper stack, the same line as one of an image.
        let mut deep = conv(case);
        deep.strides.insert(0, 1);
        deep.dilations.insert(0, 1);
        let Padding::Explicit(pairs) = &mut deep.padding else { continue };
        pairs.insert(0, (0, 0));
        let stack = x.expand(2).conv3d(w.expand(2), &deep).squeeze(2);
        assert_eq!(evaluated(&stack), expected, "{case:?}");
    }
}

#[test]
fn transposed_convolutions_are_the_adjoint() {
    for case in CASES {
        let (x, w) = operands(case);
        let (x, w) = (Expr::literal(x), Expr::literal(w));
        let y = x.conv2d(&w, &conv(case));
        let (shape, _) = evaluated(&y);
        // What the strides leave over at the end of the image.
        let left = |i: usize| {
            let reach = case.2[i] * (KERNEL[i] as i64 - 1) + 1;
            let taken = (shape[i + 2] as i64 - 1) * case.0[i] + reach;
            IMAGE[i] as i64 + case.1[i].0 + case.1[i].1 - taken
        };
        let z = Expr::literal(whole(&shape, 3));
        let back = z.conv_transpose2d(&w, &conv(case), &[left(0), left(1)]);
        let products = [(&y * &z).sum(), (&x * &back).sum()];
        let [forward, back] = products.map(|p| evaluated(&p).1);
        assert_eq!(forward, back, "{case:?}");
    }
}

#[test]
fn symbolic_images_have_symbolic_results() {
    let x = tensor::<f32>("x", ("n", 4, "h", "w"));
    let w = tensor::<f32>("w", ("o", 4, 3, 3));
    let line = tensor::<f64>("line", ("n", "c", "t"));
    let same = Conv { strides: vec![2, 2], padding: Padding::Same, ..Conv::default() };
    let shapes = [
        (x.conv2d(&w, &Conv::default()), "f32[n, o, h - 2, w - 2]"),
        (x.conv2d(&w, &same), "f32[n, o, floor((h + 1)/(2)), floor((w + 1)/(2))]"),
        (x.conv_transpose2d(tensor::<f32>("w", (4, 7, 3, 3)), &same, &[]), "f32[n, 7, 2*h, 2*w]"),
        (
            x.max_pool(&Pool::new(&[2, 2])),
            "f32[n, 4, floor((h - 2)/(2)) + 1, floor((w - 2)/(2)) + 1]",
        ),
        (line.conv1d(tensor::<f64>("k", (5, "c", 2)), &Conv::default()), "f64[n, 5, t - 1]"),
        (line.adaptive_avg_pool(&[3]), "f64[n, c, 3]"),
        (x.global_avg_pool(), "f32[n, 4]"),
        (x.upsample_nearest(&[2, 3]), "f32[n, 4, 2*h, 3*w]"),
        (x.resize_bilinear(("a", 7), true), "f32[n, 4, a, 7]"),
    ];
    for (expr, expected) in shapes {
        assert_eq!(expr.ty().unwrap().to_string(), expected);
    }
}

fn pool(padding: &[i64], strides: &[i64], ceil: bool, count_padding: bool) -> Pool {
    let (padding, strides) = (padding.to_vec(), strides.to_vec());
    Pool { padding, strides, ceil, count_padding, ..Pool::new(&[3]) }
}

#[test]
fn pools_and_their_borders() {
    let x = &lit(&[1, 6], &[-1., -2., -3., -4., -5., -6.]);
    let s = &tensor::<f64>("s", (1, "n"));
    let small = &lit(&[2, 2, 4], &[1., 2., 3., 4., 5., 6., 7., 8., 9., 8., 7., 6., 5., 4., 3., 2.]);
    let cases: Vec<(Expr, Vec<f64>)> = vec![
        (x.max_pool(&pool(&[], &[], false, true)), vec![-1., -4.]),
        (x.max_pool(&pool(&[1], &[2], false, true)), vec![-1., -2., -4.]),
        (x.max_pool(&pool(&[], &[2], true, true)), vec![-1., -3., -5.]),
        // A window that would start beyond the end is none.
        (x.max_pool(&pool(&[], &[4], true, true)), vec![-1., -5.]),
        (x.max_pool(&pool(&[1], &[7], true, true)), vec![-1.]),
        (x.avg_pool(&pool(&[1], &[2], false, true)), vec![-1., -3., -5.]),
        (x.avg_pool(&pool(&[1], &[2], false, false)), vec![-1.5, -3., -5.]),
        (x.avg_pool(&pool(&[], &[2], true, true)), vec![-2., -4., -5.5]),
        (x.avg_pool(&pool(&[1], &[2], true, true)), vec![-1., -3., -5., -3.]),
        (x.avg_pool(&pool(&[1], &[2], true, false)), vec![-1.5, -3., -5., -6.]),
        (x.cast(DType::U8).max_pool(&pool(&[1], &[3], false, true)), vec![0., 0.]),
        (x.adaptive_avg_pool(&[4]), vec![-1.5, -2.5, -4.5, -5.5]),
        (x.adaptive_avg_pool(&[3]), vec![-1.5, -3.5, -5.5]),
        (x.adaptive_avg_pool(&[1]), vec![-3.5]),
        (x.adaptive_avg_pool(&[9]), vec![-1., -1.5, -2., -3., -3.5, -4., -5., -5.5, -6.]),
        (small.max_pool(&Pool::new(&[2, 2])), vec![6., 8., 9., 7.]),
        (small.avg_pool(&Pool::new(&[2, 4])), vec![4.5, 5.5]),
        (small.expand(0).global_max_pool(), vec![8., 9.]),
        (small.expand(0).global_avg_pool(), vec![4.5, 5.5]),
        (small.adaptive_avg_pool(&[1, 2]), vec![3.5, 5.5, 6.5, 4.5]),
    ];
    for (expr, expected) in cases {
        assert_eq!(evaluated(&expr).1, expected, "{expr}");
    }
    for (pool, last) in [(pool(&[], &[2], true, true), -5.5), (pool(&[1], &[2], true, true), -3.)] {
        let y = value(&s.avg_pool(&pool), &[(s, value(x, &[]).unwrap())]).unwrap();
        assert_eq!(floats(&y).last(), Some(&last), "symbolic, {pool:?}");
    }
}

#[test]
fn images_at_other_sizes() {
    let x = &lit(&[2, 2], &[0., 4., 8., 12.]);
    let line = &lit(&[1, 3], &[0., 3., 6.]);
    let infinite = &lit(&[1, 4], &[1., 3., f64::INFINITY, 5.]);
    let s = &tensor::<f64>("s", (1, "n"));
    let cases: Vec<(Expr, Vec<f64>)> = vec![
        (x.upsample_nearest(&[2]), vec![0., 0., 4., 4., 8., 8., 12., 12.]),
        (x.upsample_nearest(&[2, 1]), vec![0., 4., 0., 4., 8., 12., 8., 12.]),
        (x.resize_bilinear((2, 4), false), vec![0., 1., 3., 4., 8., 9., 11., 12.]),
        (x.resize_bilinear((3, 3), true), vec![0., 2., 4., 4., 6., 8., 8., 10., 12.]),
        (x.resize_bilinear((1, 1), false), vec![6.]),
        (x.resize_bilinear((1, 1), true), vec![0.]),
        (line.resize_bilinear((1, 2), false), vec![0.75, 5.25]),
        (line.resize_bilinear((1, 5), true), vec![0., 1.5, 3., 4.5, 6.]),
        (infinite.adaptive_avg_pool(&[3]), vec![2., f64::INFINITY, f64::INFINITY]),
    ];
    for (expr, expected) in cases {
        assert_eq!(evaluated(&expr).1, expected, "{expr}");
    }
    let symbolic = s.resize_bilinear((1, &Dim::symbol("n") * &Dim::from(2)), false);
    let found = value(&symbolic, &[(s, value(line, &[]).unwrap())]).unwrap();
    assert_eq!(floats(&found), [0., 0.75, 2.25, 3.75, 5.25, 6.]);
}

#[test]
fn what_does_not_fit_is_said_in_its_own_words() {
    let x = &tensor::<f32>("x", (1, 4, 5, 5));
    let w = &tensor::<f32>("w", (6, 4, 3, 3));
    let with = |f: &dyn Fn(&mut Conv)| {
        let mut conv = Conv::default();
        f(&mut conv);
        x.conv2d(w, &conv)
    };
    let plain = Conv::default();
    let cases: Vec<(Expr, &str)> = vec![
        (
            x.conv2d(tensor::<f32>("w", (6, 3, 3, 3)), &plain),
            "the images have 4 channels, the kernels take 3",
        ),
        (
            with(&|c| c.groups = 2),
            "the images have 4 channels, the kernels take 4 in each of 2 groups",
        ),
        (with(&|c| c.groups = 0), "`groups` is 0, expected a number of at least 1"),
        (
            x.conv2d(tensor::<f32>("w", (5, 2, 3, 3)), &Conv { groups: 2, ..Conv::default() }),
            "`groups` is 2, expected a divisor of the number of output channels",
        ),
        (
            x.conv2d(tensor::<f32>("w", (6, 4, 3, 7)), &plain),
            "the kernel takes in 7 elements along axis 3, the padded images have 5",
        ),
        (
            with(&|c| c.dilations = vec![3, 1]),
            "the kernel takes in 7 elements along axis 2, the padded images have 5",
        ),
        (
            with(&|c| c.strides = vec![0, 1]),
            "`strides` is [0, 1], expected a number of at least 1 for each spatial axis",
        ),
        (
            with(&|c| c.dilations = vec![1]),
            "`dilations` is [1], expected a number of at least 1 for each spatial axis",
        ),
        (
            with(&|c| c.padding = Padding::Explicit(vec![(0, -1), (0, 0)])),
            "`padding` is [(0, -1), (0, 0)], expected two numbers of at least 0 for each spatial axis",
        ),
        (
            x.conv2d(tensor::<f32>("w", (6, 4, "k", 3)), &plain),
            "`kernel` is [6, 4, k, 3], expected known lengths of at least 1",
        ),
        (
            x.conv1d(w, &plain),
            "expected images [batch, channels, length] and kernels of rank 3, found rank 4",
        ),
        (x.conv2d(w.cast(DType::F64), &plain), "f32 and f64 do not mix"),
        (x.conv_transpose2d(w, &plain, &[]), "the images have 4 channels, the kernels take 6"),
        (
            x.conv_transpose2d(tensor::<f32>("w", (4, 4, 3, 3)), &plain, &[1, 0]),
            "`output_padding` is [1, 0], expected a number below stride or dilation for each spatial axis",
        ),
        (x.max_pool(&Pool::new(&[2, 6])), "a window takes in 6 elements, axis 3 has length 5"),
        (
            x.max_pool(&Pool::new(&[])),
            "expected a tensor with an axis for each number of `kernel`, found rank 4",
        ),
        (
            x.avg_pool(&pool(&[2], &[1], false, false)),
            "`padding` is [2], expected at most half the kernel, for each of the last axes",
        ),
        (x.cast(DType::I32).avg_pool(&Pool::new(&[2])), "expected a float type, found i32"),
        (
            x.adaptive_avg_pool(&[0]),
            "`output` is [0], expected a number of at least 1 for each spatial axis",
        ),
        (
            x.sum_axes([2, 3]).global_max_pool().sum_axes(0).global_max_pool(),
            "expected images [batch, channels, …], found rank 1",
        ),
    ];
    for (expr, expected) in cases {
        let errors = expr.errors();
        let cause = errors.0.first().map(|e| e.cause.to_string()).unwrap_or_default();
        assert_eq!(cause, expected);
    }
}
