//! Learning rates over time.
//!
//! Invariants: iterations count from 0.
//!
//! Not here: what uses the rate (`optim.rs`).

use super::Build::Call as Args;
use super::{Call, Defect, Row};
use hypatia::compose::{full_like, zeros_like};
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use std::f64::consts::PI;

/// The ops.
pub const ROWS: &[Row] = &[("lr_policy", Args(rate))];

fn rate(c: &Call) -> Result<Expr, Defect> {
    let p = c.params;
    let (iteration, base) = (c.x(0)?.cast(DType::F64), p.number("base_lr")?);
    let of_gamma =
        |times: Expr| Ok::<Expr, Defect>(base * times.like(p.number("gamma")?).pow(times));
    Ok(match p.word("policy")? {
        "fixed" => full_like(iteration, base),
        "step" => of_gamma((iteration / p.number("stepsize")?).floor())?,
        "exp" => of_gamma(iteration)?,
        "inv" => base * (1 + iteration * p.number("gamma")?).pow(-p.number("power")?),
        "multistep" => {
            let mut passed = zeros_like(&iteration);
            for step in p.ints("stepvalue")? {
                passed = passed + iteration.ge(step).cast(DType::F64);
            }
            of_gamma(passed)?
        }
        "poly" => base * (1 - iteration / p.number("max_iter")?).pow(p.number("power")?),
        "sigmoid" => {
            let late = iteration - p.number("stepsize")?;
            base * (late * p.number("gamma")?).sigmoid()
        }
        "cosine" => base * ((iteration * (PI / p.number("max_iter")?)).cos() + 1) / 2,
        _ => return Err(p.misfit("policy", "a policy of the reference").into()),
    })
}
