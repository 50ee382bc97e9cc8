//! Special functions and composites against values from 400-bit arithmetic.

use crate::value;
use hypatia_ir::eval::elementwise::unary;
use hypatia_ir::expr::{Expr, vector};
use hypatia_ir::op::UnaryOp;
use hypatia_ir::tensor::Tensor;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Functions that libm lacks. Of an ulp or two each: a product of two of libm's functions, a
/// division, one step of Newton's method, a dozen added terms.
const OPS: &[(UnaryOp, f64, f64)] = &[
    (UnaryOp::Erfcx, -3.0, 16205.988853999586),
    (UnaryOp::Erfcx, -0.25, 1.358642370104722),
    (UnaryOp::Erfcx, 0.5, 0.6156903441929259),
    (UnaryOp::Erfcx, 3.9, 0.14031418160068973),
    (UnaryOp::Erfcx, 4.1, 0.133834116418652),
    (UnaryOp::Erfcx, 30.0, 0.01879588886141675),
    (UnaryOp::Erfcx, 10000000000.0, 5.641895835477563e-11),
    (UnaryOp::Erfinv, 1e-12, 8.86226925452758e-13),
    (UnaryOp::Erfinv, 0.1, 0.08885599049425769),
    (UnaryOp::Erfinv, 0.5, 0.4769362762044699),
    (UnaryOp::Erfinv, -0.9, -1.1630871536766743),
    (UnaryOp::Erfinv, 0.999, 2.3267537655135246),
    (UnaryOp::Erfinv, 0.9999999999999999, 5.8635847487551676),
    (UnaryOp::Digamma, 1e-05, -100000.57719921567),
    (UnaryOp::Digamma, 0.5, -1.9635100260214235),
    (UnaryOp::Digamma, 1.4375, -0.023613544005297898),
    (UnaryOp::Digamma, 1.46875, 0.006865411470735777),
    (UnaryOp::Digamma, 3.0, 0.9227843350984671),
    (UnaryOp::Digamma, 11.5, 2.3982391295357814),
    (UnaryOp::Digamma, 1000000.0, 13.815510057964191),
    (UnaryOp::Digamma, -0.75, -2.894120200042932),
    (UnaryOp::Digamma, -10.25, 5.516858419886273),
];

/// Eight units of 2^-52, for the digamma function of the largest term in its sum, which is 3.
const OPS_ERROR: f64 = 8.0 * f64::EPSILON;

#[test]
fn functions_that_libm_lacks() {
    for &(op, x, expected) in OPS {
        let found = unary(op, x.into()).as_f64();
        let size = if op == UnaryOp::Digamma && x < 2.5 {
            3f64.max(expected.abs())
        } else {
            expected.abs()
        };
        assert!(
            (found - expected).abs() <= OPS_ERROR * size,
            "{op:?} {x}: {found}, not {expected}"
        );
    }
}

type Build = fn(&Expr) -> Expr;

/// Composites of one operand, with operands and results.
const COMPOSITES: &[(&str, Build, &[(f64, f64)])] = &[
    (
        "trigamma",
        |x| x.trigamma(),
        &[
            (0.001, 1000001.6425331958),
            (0.25, 17.19732915450711),
            (0.5, 4.934802200544679),
            (1.0, 1.6449340668482264),
            (7.5, 0.1426158966967038),
            (1000.0, 0.0010005001666666333),
            (-0.75, 18.975106932284888),
            (-10.25, 19.646252424622652),
        ],
    ),
    (
        "bessel_i0",
        |x| x.bessel_i0(),
        &[
            (0.0, 1.0),
            (0.001, 1.0000002500000156),
            (-2.5, 3.289839144050123),
            (8.0, 427.5641157218048),
            (8.5, 683.1619269901156),
            (-50.0, 2.9325537838493362e+20),
            (700.0, 1.5295933476718737e+302),
        ],
    ),
    (
        "bessel_i1",
        |x| x.bessel_i1(),
        &[
            (0.001, 0.0005000000625000026),
            (-2.5, -2.5167162452886984),
            (8.0, 399.8731367825601),
            (8.5, 641.6199025400667),
            (-50.0, -2.903078590103557e+20),
            (700.0, 1.5285003902339006e+302),
        ],
    ),
    (
        "cbrt",
        |x| x.cbrt(),
        &[
            (1e-300, 1e-100),
            (-2.0, -1.2599210498948732),
            (27.0, 3.0),
            (1e+200, 4.641588833612779e+66),
        ],
    ),
    (
        "log2",
        |x| x.log2(),
        &[(0.7, -0.5145731728297583), (3.0, 1.584962500721156), (1e-300, -996.5784284662087)],
    ),
    (
        "log10",
        |x| x.log10(),
        &[(0.7, -0.1549019599857432), (3.0, 0.47712125471966244), (1e-300, -300.0)],
    ),
    ("exp2", |x| x.exp2(), &[(0.3, 1.2311444133449163), (-1000.5, 6.599170332783212e-302)]),
    (
        "logit",
        |x| x.logit(),
        &[
            (1e-300, -690.7755278982137),
            (0.3, -0.8472978603872037),
            (0.5, 0.0),
            (0.99, 4.595119850134589),
        ],
    ),
    (
        "log1mexp",
        |x| x.log1mexp(),
        &[
            (-1e-300, -690.7755278982137),
            (-0.5, -0.9327521295671886),
            (-1.0, -0.4586751453870819),
            (-40.0, -4.248354255291589e-18),
        ],
    ),
    (
        "log_sigmoid",
        |x| x.log_sigmoid(),
        &[(-800.0, -800.0), (-1.0, -1.3132616875182228), (40.0, -4.248354255291589e-18)],
    ),
    (
        "sinc",
        |x| x.sinc(),
        &[
            (0.0, 1.0),
            (1e-09, 1.0),
            (0.1, 0.983631643083466),
            (0.2, 0.935489283788639),
            (2.5, 0.12732395447351627),
            (1000000.5, 3.1830972702892714e-07),
        ],
    ),
    ("deg2rad", |x| x.deg2rad(), &[(180.0, std::f64::consts::PI)]),
    ("rad2deg", |x| x.rad2deg(), &[(std::f64::consts::PI, 180.0)]),
    ("reciprocal", |x| x.reciprocal(), &[(8.0, 0.125), (-0.0, -INF)]),
];

/// The composites state 1e-14 or a few ulps.
const COMPOSITE_ERROR: f64 = 1e-14;

fn values(build: impl Fn(&Expr) -> Expr, x: &[f64]) -> Vec<f64> {
    let v = vector::<f64>("x", "n");
    let x = Tensor::from_vec(&[x.len()], x.to_vec()).unwrap();
    value(&build(&v), &[(&v, x)]).unwrap().as_slice::<f64>().unwrap().to_vec()
}

#[test]
fn composites_of_one_operand() {
    for (name, build, rows) in COMPOSITES {
        let (x, expected): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
        for ((x, found), expected) in x.iter().zip(values(build, &x)).zip(expected) {
            let close =
                found == expected || (found - expected).abs() <= COMPOSITE_ERROR * expected.abs();
            assert!(close, "{name} {x}: {found:e}, not {expected:e}");
        }
    }
}

#[test]
fn logarithms_are_exact_at_powers() {
    let exponents: Vec<f64> = (-1000..1000).map(f64::from).collect();
    let powers: Vec<f64> = exponents.iter().map(|e| e.exp2()).collect();
    assert_eq!(values(|x| x.log2(), &powers), exponents);
    let exponents: Vec<f64> = (0..23).map(f64::from).collect();
    let powers: Vec<f64> = (0..23).map(|e| 10f64.powi(e)).collect();
    assert_eq!(values(|x| x.log10(), &powers), exponents);
}

/// Composites of two operands at their edges: `x`, `y`, result.
type Pair = fn(&Expr, f64) -> Expr;
const PAIRS: &[(&str, Pair, f64, f64, f64)] = &[
    ("hypot", |x, y| x.hypot(y), 3e300, 4e300, 5e300),
    ("hypot", |x, y| x.hypot(y), 3e-310, 4e-310, 5e-310),
    ("hypot", |x, y| x.hypot(y), -0.0, 0.0, 0.0),
    ("hypot", |x, y| x.hypot(y), -INF, NAN, INF),
    ("hypot", |x, y| x.hypot(y), 1.0, NAN, NAN),
    ("logaddexp", |x, y| x.logaddexp(y), 1000.0, 1000.0, 1000.0 + std::f64::consts::LN_2),
    ("logaddexp", |x, y| x.logaddexp(y), -1e10, 1.0, 1.0),
    ("logaddexp", |x, y| x.logaddexp(y), -INF, -INF, -INF),
    ("logaddexp", |x, y| x.logaddexp(y), INF, INF, INF),
    ("logaddexp", |x, y| x.logaddexp(y), -INF, INF, INF),
    ("logaddexp", |x, y| x.logaddexp(y), NAN, INF, NAN),
    ("logaddexp2", |x, y| x.logaddexp2(y), 2000.0, 2000.0, 2001.0),
    ("xlogy", |x, y| x.xlogy(y), 0.0, 0.0, 0.0),
    ("xlogy", |x, y| x.xlogy(y), 0.0, INF, 0.0),
    ("xlogy", |x, y| x.xlogy(y), 0.0, NAN, NAN),
    ("xlogy", |x, y| x.xlogy(y), 2.0, 0.0, -INF),
    ("xlog1py", |x, y| x.xlog1py(y), 0.0, -1.0, 0.0),
    ("xlog1py", |x, y| x.xlog1py(y), 2.0, 1e-20, 2e-20),
    ("squared_difference", |x, y| x.squared_difference(y), 5.0, 2.0, 9.0),
    ("lerp", |x, y| x.lerp(y, 0.25), 4.0, 8.0, 5.0),
];

#[test]
fn composites_of_two_operands() {
    for &(name, build, x, y, expected) in PAIRS {
        let found = values(|v| build(v, y), &[x])[0];
        let same = found == expected || found.is_nan() && expected.is_nan();
        let close = same || (found - expected).abs() <= COMPOSITE_ERROR * expected.abs();
        assert!(close, "{name} {x} {y}: {found:e}, not {expected:e}");
    }
}
