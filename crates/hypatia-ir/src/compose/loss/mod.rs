//! Losses: how far predictions are from targets, one file a kind.
//!
//! Invariants: each loss has two spellings: `name` is the mean of all losses, `name_with` takes a
//! [`Reduction`]; predictions and targets broadcast; plain maths over primitive ops, without a
//! NaN in the gradient at the edges of the domain.
//!
//! Not here: the stable form of logarithms of softmax (the simplifier).

use crate::expr::Expr;
use crate::span::Span;

/// What becomes of the losses of all elements or rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// They stay as they are.
    None,
}

impl Reduction {
    /// The losses, reduced.
    #[track_caller]
    pub fn of(self, losses: &Expr) -> Expr {
        Span::caller().on_behalf_of(|| match self {
            Reduction::Mean => losses.mean(),
            Reduction::Sum => losses.sum(),
            Reduction::None => losses.clone(),
        })
    }
}

/// Both spellings of each loss, from what it is for one element or row.
macro_rules! losses {
    ($($(#[$doc:meta])* $name:ident $with:ident($($x:ident),+ $(; $setting:ident)*) $each:expr;)*) => {$(
        #[doc = concat!("The mean of [`", stringify!($with), "`] over everything.")]
        #[track_caller]
        pub fn $name($($x: impl Into<Expr>,)+ $($setting: f64,)*) -> Expr {
            $with($($x,)+ $($setting,)* $crate::compose::Reduction::Mean)
        }

        $(#[$doc])*
        #[track_caller]
        pub fn $with(
            $($x: impl Into<Expr>,)+
            $($setting: f64,)*
            reduction: $crate::compose::Reduction,
        ) -> Expr {
            $(let $x: Expr = $x.into();)+
            $crate::span::Span::caller().on_behalf_of(|| reduction.of(&$each))
        }
    )*};
}

mod classification;
mod distance;
mod regression;

pub use classification::*;
pub use distance::*;
pub use regression::*;
