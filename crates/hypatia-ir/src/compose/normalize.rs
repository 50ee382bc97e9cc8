//! Normalisation: tensors with their mean, variance or norm taken out.
//!
//! Invariants: variances are biased; `eps` is added to the variance, inside the root; channels
//! are axis 1, scales and offsets of channels are vectors or anything that broadcasts.
//!
//! Not here: means and variances themselves (`moments.rs`).

use super::arrange::{along, divided};
use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::op::Axes;
use crate::operators::Operand;
use crate::reduce::IntoAxes;
use crate::shape::Type;
use crate::span::Span;
use crate::structure::part;

/// `(x - mean)/√(var + eps)` along these axes.
fn standard(x: &Expr, axes: Axes, eps: f64) -> Expr {
    let centred = x - x.mean_keep(axes);
    let variance = centred.sqr().mean_keep(axes);
    &centred / (variance + eps).sqrt()
}

/// A vector of channels so that it broadcasts along axis 1 of a tensor of this rank.
pub(crate) fn by_channel(value: impl Into<Operand>, rank: usize) -> Operand {
    match value.into() {
        Operand::Expr(vector) if vector.type_or_none().is_some_and(|ty| ty.rank() == 1) => {
            let places: Vec<i64> = (1..rank.max(2) as i64 - 1).collect();
            Operand::Expr(vector.expand_dims(&places))
        }
        other => other,
    }
}

/// All axes of `[batch, channels, …]` but the channels.
fn but_channels(ty: &Type) -> Result<Axes, Cause> {
    match ty.rank() {
        found @ (0 | 1) => Err(Cause::Rank { expected: "[batch, channels, …]", found }),
        rank => Ok((0..rank).filter(|&i| i != 1).collect()),
    }
}

impl Expr {
    /// `(x - mean)/√(var + eps)·gamma + beta` with mean and variance along these axes
    /// (Ba, Kiros and Hinton 2016). `gamma` and `beta` broadcast against `x`.
    #[track_caller]
    pub fn layer_norm(
        &self,
        axes: impl IntoAxes,
        gamma: impl Into<Operand>,
        beta: impl Into<Operand>,
        eps: f64,
    ) -> Expr {
        let at = Span::caller();
        let normal = self.over("layer_norm", axes, true, |x, _, axes| standard(x, axes, eps));
        at.on_behalf_of(|| normal * gamma + beta)
    }

    /// `x/√(mean(x²) + eps)·gamma` with the mean along these axes (Zhang and Sennrich 2019).
    #[track_caller]
    pub fn rms_norm(&self, axes: impl IntoAxes, gamma: impl Into<Operand>, eps: f64) -> Expr {
        let at = Span::caller();
        let normal = self
            .over("rms_norm", axes, true, |x, _, axes| x / (x.sqr().mean_keep(axes) + eps).sqrt());
        at.on_behalf_of(|| normal * gamma)
    }

    /// `[batch, channels, …]` normalised over everything but the channels, times `gamma` plus
    /// `beta`; with it the mean and the biased variance of each channel (Ioffe and Szegedy 2015).
    #[track_caller]
    pub fn batch_norm(
        &self,
        gamma: impl Into<Operand>,
        beta: impl Into<Operand>,
        eps: f64,
    ) -> (Expr, Expr, Expr) {
        Span::caller().on_behalf_of(|| {
            let over = |f: fn(&Expr, Axes) -> Expr| {
                self.build("batch_norm", |ty| Ok(f(self, but_channels(ty)?)))
            };
            let (mean, var) = (over(Expr::mean_axes), over(Expr::var_axes));
            let normal = self.build("batch_norm", |ty| {
                let normal = standard(self, but_channels(ty)?, eps);
                let (gamma, beta) = (by_channel(gamma, ty.rank()), by_channel(beta, ty.rank()));
                Ok(normal * gamma + beta)
            });
            (normal, mean, var)
        })
    }

    /// `(x - mean)/√(var + eps)·gamma + beta` of `[batch, channels, …]` with given statistics of
    /// each channel.
    #[track_caller]
    pub fn batch_norm_with(
        &self,
        mean: impl Into<Operand>,
        var: impl Into<Operand>,
        gamma: impl Into<Operand>,
        beta: impl Into<Operand>,
        eps: f64,
    ) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("batch_norm", |ty| {
                but_channels(ty)?;
                let rank = ty.rank();
                let [mean, var] = [by_channel(mean, rank), by_channel(var, rank)];
                let scale = by_channel(gamma, rank);
                let deviation = (self.like(0) + var + eps).sqrt();
                Ok((self - mean) / deviation * scale + by_channel(beta, rank))
            })
        })
    }

    /// `[batch, channels, …]` normalised over each of `groups` runs of consecutive channels of
    /// each sample, times `gamma` plus `beta` (Wu and He 2018).
    #[track_caller]
    pub fn group_norm(
        &self,
        groups: i64,
        gamma: impl Into<Operand>,
        beta: impl Into<Operand>,
        eps: f64,
    ) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("group_norm", |ty| {
                but_channels(ty)?;
                if groups < 1 {
                    let (expected, found) = ("a positive number", groups.to_string());
                    return Err(Cause::Setting { name: "groups", expected, found });
                }
                let each = divided(&ty.shape[1], 1, groups)?;
                let lead = [ty.shape[0].clone(), Dim::Known(groups), each];
                let split: Vec<Dim> = lead.into_iter().chain(ty.shape[2..].to_vec()).collect();
                let axes = (2..split.len()).collect();
                let normal = standard(&self.reshape(split), axes, eps).reshape(&ty.shape);
                Ok(normal * by_channel(gamma, ty.rank()) + by_channel(beta, ty.rank()))
            })
        })
    }

    /// `[batch, channels, …]` normalised over each channel of each sample, times `gamma` plus
    /// `beta` (Ulyanov, Vedaldi and Lempitsky 2016).
    #[track_caller]
    pub fn instance_norm(
        &self,
        gamma: impl Into<Operand>,
        beta: impl Into<Operand>,
        eps: f64,
    ) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("instance_norm", |ty| {
                but_channels(ty)?;
                let normal = standard(self, (2..ty.rank()).collect(), eps);
                Ok(normal * by_channel(gamma, ty.rank()) + by_channel(beta, ty.rank()))
            })
        })
    }

    /// `x/(k + alpha/size·Σx²)^beta` with the sum over `size` neighbouring channels (axis 1), as
    /// many before as after, or one more after (Krizhevsky, Sutskever and Hinton 2012).
    #[track_caller]
    pub fn lrn(&self, size: usize, alpha: f64, beta: f64, k: f64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("lrn", |ty| {
                but_channels(ty)?;
                if size == 0 {
                    let (expected, found) = ("a positive number", size.to_string());
                    return Err(Cause::Setting { name: "size", expected, found });
                }
                let before = (size - 1) / 2;
                let mut widths = vec![(0, 0); ty.rank()];
                widths[1] = (before, size - 1 - before);
                let squares = self.sqr().pad(&widths, 0);
                let shifted =
                    |i: usize| squares.slice(along(1, part(i, &ty.shape[1] + &Dim::from(i))));
                let sum = (1..size).fold(shifted(0), |sum, i| sum + shifted(i));
                Ok(self / (sum * (alpha / size as f64) + k).pow(beta))
            })
        })
    }

    /// `x/√(Σx² + eps)` along these axes.
    #[track_caller]
    pub fn l2_normalize(&self, axes: impl IntoAxes, eps: f64) -> Expr {
        self.over("l2_normalize", axes, true, |x, _, axes| {
            x / (x.sum_square_keep(axes) + eps).sqrt()
        })
    }
}
