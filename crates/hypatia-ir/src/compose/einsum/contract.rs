//! One contraction: a batched matrix product, or elementwise with sums where there is nothing to
//! multiply matrices for.
//!
//! Invariants: a term has distinct labels, one for each axis; results are terms.
//!
//! Not here: which terms are contracted (`path.rs`).

use super::parse::Label;
use crate::dim::Dim;
use crate::expr::Expr;
use crate::op::Axes;

/// A tensor with the labels of its axes.
#[derive(Clone)]
pub(crate) struct Term {
    pub(crate) expr: Expr,
    pub(crate) labels: Vec<Label>,
}

impl Term {
    /// A tensor with labels that may repeat: the diagonal is taken along those that do.
    pub(crate) fn new(expr: Expr, labels: Vec<Label>) -> Term {
        let mut term = Term { expr, labels };
        let repeated = |labels: &[Label]| {
            (0..labels.len())
                .find_map(|b| Some((labels[..b].iter().position(|l| *l == labels[b])?, b)))
        };
        while let Some((a, b)) = repeated(&term.labels) {
            term.expr = term.expr.diagonal(0, a as i64, b as i64);
            let label = term.labels.remove(b);
            term.labels.remove(a);
            term.labels.push(label);
        }
        term
    }

    fn has(&self, label: Label) -> bool {
        self.labels.contains(&label)
    }

    /// Summed along every label that is not needed.
    pub(crate) fn keeping(&self, needed: impl Fn(Label) -> bool) -> Term {
        let places = 0..self.labels.len();
        let axes: Axes = places.filter(|&i| !needed(self.labels[i])).collect();
        if axes.is_empty() {
            return self.clone();
        }
        let labels = self.labels.iter().copied().filter(|&l| needed(l)).collect();
        Term { expr: self.expr.sum_axes(axes), labels }
    }

    /// The axes in this order of all labels.
    pub(crate) fn ordered(&self, labels: &[Label]) -> Expr {
        let place = |l| self.labels.iter().position(|have| have == l).map(|i| i as i64);
        match self.labels == labels {
            true => self.expr.clone(),
            false => self.expr.permute(&labels.iter().filter_map(place).collect::<Vec<_>>()),
        }
    }

    /// Axes for all these labels, those that are missing with length 1.
    fn spread(&self, labels: &[Label]) -> Expr {
        let own: Vec<Label> = labels.iter().copied().filter(|&l| self.has(l)).collect();
        let missing: Vec<i64> =
            (0..labels.len()).filter(|&i| !self.has(labels[i])).map(|i| i as i64).collect();
        let ordered = self.ordered(&own);
        if missing.is_empty() { ordered } else { ordered.expand_dims(&missing) }
    }

    /// The lengths of some labels.
    fn lengths(&self, labels: &[Label]) -> Vec<Dim> {
        let Some(ty) = self.expr.type_or_none() else { return Vec::new() };
        let place = |l: &Label| self.labels.iter().position(|have| have == l);
        labels.iter().filter_map(place).map(|i| ty.shape[i].clone()).collect()
    }

    /// Axes for `batch`, then one for all of `rows`, then one for all of `columns`.
    fn matrix(&self, batch: &[Label], rows: &[Label], columns: &[Label]) -> Expr {
        let count = |labels| self.lengths(labels).iter().fold(Dim::Known(1), |n, d| &n * d);
        let mut dims = self.lengths(batch);
        dims.extend([count(rows), count(columns)]);
        self.ordered(&[batch, rows, columns].concat()).reshape(dims)
    }
}

/// The sum of products over the labels that both have and that are not needed later.
pub(crate) fn contract(a: &Term, b: &Term, needed: impl Fn(Label) -> bool) -> Term {
    // What only one has and nobody needs is summed first: it would only be carried along.
    let (a, b) = (a.keeping(|l| needed(l) || b.has(l)), b.keeping(|l| needed(l) || a.has(l)));
    let pick = |from: &Term, test: &dyn Fn(Label) -> bool| -> Vec<Label> {
        from.labels.iter().copied().filter(|&l| test(l)).collect()
    };
    let batch = pick(&a, &|l| b.has(l) && needed(l));
    let inner = pick(&a, &|l| b.has(l) && !needed(l));
    let (left, right) = (pick(&a, &|l| !b.has(l)), pick(&b, &|l| !a.has(l)));
    if inner.is_empty() || left.is_empty() && right.is_empty() {
        let labels = [batch, left, right, inner].concat();
        let product = Term { expr: a.spread(&labels) * b.spread(&labels), labels };
        return product.keeping(needed);
    }
    let product = a.matrix(&batch, &left, &inner).matmul(b.matrix(&batch, &inner, &right));
    let dims = [a.lengths(&batch), a.lengths(&left), b.lengths(&right)].concat();
    Term { expr: product.reshape(dims), labels: [batch, left, right].concat() }
}
