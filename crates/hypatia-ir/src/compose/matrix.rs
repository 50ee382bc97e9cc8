//! Norms, powers, exponentials and products by blocks of matrices in the last two axes.
//!
//! Invariants: leading axes are batches; plain maths over products and systems of equations.
//!
//! Not here: systems of equations (`compose/linalg.rs`).

use super::linalg::{matrix, square};
use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::infer::broadcast;
use crate::shape::Shape;
use crate::span::Span;

/// What measures a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatrixNorm {
    /// The root of the sum of squares of all elements.
    Frobenius,
    /// The largest sum of magnitudes of a column.
    One,
    /// The largest sum of magnitudes of a row.
    Infinity,
}

impl Expr {
    /// A norm of each matrix.
    #[track_caller]
    pub fn matrix_norm(&self, norm: MatrixNorm) -> Expr {
        let at = Span::caller();
        self.build("matrix_norm", |ty| {
            matrix(ty)?;
            Ok(at.on_behalf_of(|| match norm {
                MatrixNorm::Frobenius => self.sqr().sum_axes([-2, -1]).sqrt(),
                MatrixNorm::One => self.abs().sum_axes(-2).max_axes(-1),
                MatrixNorm::Infinity => self.abs().sum_axes(-1).max_axes(-1),
            }))
        })
    }

    /// The matrix multiplied by itself, `n` factors, by repeated squaring; the identity for 0, the
    /// power of the inverse below 0.
    #[track_caller]
    pub fn matrix_power(&self, n: i64) -> Expr {
        let at = Span::caller();
        self.build("matrix_power", |ty| {
            square(ty)?;
            Ok(at.on_behalf_of(|| {
                let mut square = if n < 0 { self.inv() } else { self.clone() };
                let (mut rest, mut power) = (n.unsigned_abs(), None);
                while rest > 0 {
                    if rest % 2 == 1 {
                        power = Some(power.map_or(square.clone(), |p: Expr| p.matmul(&square)));
                    }
                    rest /= 2;
                    if rest > 0 {
                        square = square.matmul(&square);
                    }
                }
                power.unwrap_or_else(|| self.identity())
            }))
        })
    }

    /// The matrix exponential, by Padé's approximant of degree 13 of the matrix divided by a power
    /// of 2, squared as often (Higham, "The scaling and squaring method for the matrix
    /// exponential revisited", 2005). At most 16 squarings: NaN where the largest sum of
    /// magnitudes of a column is above 3.5e5.
    #[track_caller]
    pub fn expm(&self) -> Expr {
        let at = Span::caller();
        self.build("expm", |ty| {
            square(ty)?;
            if !ty.dtype.is_float() {
                return Err(Cause::DType { expected: "a float type", found: ty.dtype });
            }
            Ok(at.on_behalf_of(|| expm(self)))
        })
    }

    /// The Kronecker product: each element of `self` times all of `right`, block by block, of
    /// vectors or of matrices. Leading axes broadcast.
    #[track_caller]
    pub fn kron(&self, right: impl Into<Expr>) -> Expr {
        let (at, right) = (Span::caller(), right.into());
        self.build("kron", |ty| {
            let Some(other) = right.type_or_none() else { return Ok(right.clone()) };
            let axes = match (ty.rank(), other.rank()) {
                (1, 1) => 1,
                (a, b) if a >= 2 && b >= 2 => 2,
                (a, b) => {
                    return Err(Cause::Rank {
                        expected: "two vectors or two matrices",
                        found: a.min(b),
                    });
                }
            };
            let (x, y) = (&ty.shape, &other.shape);
            let (lead, end) = (ty.rank() - axes, other.rank() - axes);
            let shape = |lead: &[Dim], rest: Vec<Dim>| -> Shape {
                lead.iter().cloned().chain(rest).collect()
            };
            let one = Dim::Known(1);
            let columns = x[lead..].iter().flat_map(|n| [n.clone(), one.clone()]).collect();
            let rows = y[end..].iter().flat_map(|n| [one.clone(), n.clone()]).collect();
            let leading = broadcast(
                &x[..lead].iter().cloned().collect(),
                &y[..end].iter().cloned().collect(),
                &mut Vec::new(),
            )?;
            let blocks = x[lead..].iter().zip(&y[end..]).map(|(n, m)| n * m).collect();
            Ok(at.on_behalf_of(|| {
                let x = self.reshape(&shape(&x[..lead], columns));
                let y = right.reshape(&shape(&y[..end], rows));
                (x * y).reshape(&shape(&leading, blocks))
            }))
        })
    }

    /// The cross product of vectors of 3 elements along the last axis; other axes broadcast.
    #[track_caller]
    pub fn cross(&self, right: impl Into<Expr>) -> Expr {
        let (at, right) = (Span::caller(), right.into());
        self.build("cross", |ty| {
            for x in [Some(ty), right.type_or_none()].into_iter().flatten() {
                match x.shape.last() {
                    Some(length) if length.is(3) => {}
                    Some(length) => {
                        let (axis, left) = (x.rank() - 1, length.clone());
                        return Err(Cause::Agree { axis, left, right: Dim::Known(3) });
                    }
                    None => return Err(Cause::Rank { expected: "vectors", found: 0 }),
                }
            }
            Ok(at.on_behalf_of(|| {
                let (x, y) = (self, &right);
                x.roll(-1, -1) * y.roll(-2, -1) - x.roll(-2, -1) * y.roll(-1, -1)
            }))
        })
    }
}

/// The coefficients of Padé's approximant of degree 13, from that of the constant on, divided by
/// it.
const PADE: [f64; 14] = [
    1.0,
    0.5,
    0.12,
    1.833_333_333_333_333_3e-2,
    1.992_753_623_188_405_7e-3,
    1.630_434_782_608_695_8e-4,
    1.035_196_687_370_600_4e-5,
    5.175_983_436_853_002e-7,
    2.043_151_356_652_500_9e-8,
    6.306_022_705_717_595e-10,
    1.483_770_048_404_140_1e-11,
    2.529_153_491_597_966e-13,
    2.810_170_546_219_962_3e-15,
    1.544_049_750_670_308_9e-17,
];

/// Where the approximant is good to the last place of `f64`.
const PADE_NORM: f64 = 5.371_920_351_148_152;

/// Most squarings.
const SQUARINGS: usize = 16;

fn expm(x: &Expr) -> Expr {
    let norm = x.stop_gradient().abs().sum_keep(-2).max_keep(-1);
    let halved: Vec<Expr> =
        (0..=SQUARINGS).map(|k| norm.gt(PADE_NORM * (k as f64).exp2())).collect();
    let half = |scale: Expr, halves: &Expr| scale * halves.select(norm.like(0.5), norm.like(1));
    let x = x * halved[..SQUARINGS].iter().fold(norm.like(1), half);
    let (one, x2) = (x.identity(), x.matmul(&x));
    let x4 = x2.matmul(&x2);
    let x6 = x4.matmul(&x2);
    let sum = |terms: [(&Expr, usize); 3]| {
        let [first, rest @ ..] = terms.map(|(power, k)| power * PADE[k]);
        rest.into_iter().fold(first, |sum, term| sum + term)
    };
    let half_odd = x6.matmul(sum([(&x6, 13), (&x4, 11), (&x2, 9)]));
    let odd = x.matmul(half_odd + sum([(&x6, 7), (&x4, 5), (&x2, 3)]) + &one * PADE[1]);
    let half_even = x6.matmul(sum([(&x6, 12), (&x4, 10), (&x2, 8)]));
    let even = half_even + sum([(&x6, 6), (&x4, 4), (&x2, 2)]) + &one;
    let approximant = (&even - &odd).solve(&even + &odd);
    let squared = halved[..SQUARINGS]
        .iter()
        .fold(approximant, |power, halves| halves.select(power.matmul(&power), power));
    halved[SQUARINGS].select(f64::NAN, squared)
}
