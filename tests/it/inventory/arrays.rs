//! Arrays: made, reduced, rearranged, indexed, multiplied, factored, sorted.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: functions of numbers (`elementwise.rs`).

use super::Arg::{Any, Definite, Index, Mask, Unit, Whole};
use super::Family;
use crate::rows;
use hypatia::compose::{
    PadMode, arange, eye, full, full_like, linspace, meshgrid, ones, ones_like, tri, zeros,
    zeros_like,
};
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::index::iota;
use hypatia::structure::{concat, stack};

const X: super::Arg = Any(&[2, 3]);
const SQUARE: super::Arg = Any(&[3, 3]);
const CUBE: super::Arg = Any(&[2, 3, 4]);

pub const FAMILIES: &[Family] = &[
    Family {
        name: "Creation",
        rows: rows! {
            "constant" "exact" [] |_| Expr::constant(1.5);
            "zeros" "exact" [] |_| zeros::<f64>((2, 3));
            "ones" "exact" [] |_| ones::<f32>((2, 3));
            "full" "exact" [] |_| full((2, 3), 7i64);
            "zeros_like" "exact" [X] |v| zeros_like(&v[0]);
            "ones_like" "exact" [X] |v| ones_like(&v[0]);
            "full_like" "exact" [X] |v| full_like(&v[0], 2);
            "iota" "arange" [] |_| iota::<i64>(5);
            "arange" "arange" [] |_| arange(2i64, 11, 3);
            "linspace" "linspace" [] |_| linspace(0.0, 1.0, 5);
            "eye" "eye" [] |_| eye::<f64>(2, 4, 1);
            "tri" "NumPy" [] |_| tri::<f64>(3, 4, 0);
            "diag" "diag" [Any(&[3])] |v| v[0].diag(1);
            "tril" "tril" [CUBE] |v| v[0].tril(0);
            "triu" "triu" [CUBE] |v| v[0].triu(1);
            "one_hot" "one_hot" [Index(&[4])] |v| v[0].one_hot::<f32>(3);
            "meshgrid" "meshgrid_ij" [Any(&[3]), Any(&[2])] |v| meshgrid(&[v[0].clone(), v[1].clone()])[1].clone();
        },
    },
    Family {
        name: "Reductions",
        rows: rows! {
            "sum" "sum" [X] |v| v[0].sum_axes(1);
            "sum_as" "NumPy" [X] |v| v[0].sum_as(DType::F64, 0);
            "prod" "prod" [X] |v| v[0].prod_axes(1);
            "mean" "mean" [X] |v| v[0].mean_axes(0);
            "var" "var" [X] |v| v[0].var_axes(1);
            "std" "std" [X] |v| v[0].std_axes(1);
            "max" "max" [X] |v| v[0].max_axes(1);
            "min" "min" [X] |v| v[0].min_axes(0);
            "argmax" "argmax" [X] |v| v[0].argmax(1);
            "argmin" "argmin" [X] |v| v[0].argmin(0);
            "any" "any" [Mask(&[2, 3])] |v| v[0].any_axes(1);
            "all" "all" [Mask(&[2, 3])] |v| v[0].all_axes(1);
            "count_nonzero" "count_nonzero" [Whole(&[2, 3])] |v| v[0].count_nonzero();
            "norm_l1" "norm_l1" [X] |v| v[0].norm_l1();
            "norm_l2" "norm_l2" [X] |v| v[0].norm_l2();
            "norm_inf" "norm_inf" [X] |v| v[0].norm_inf();
            "sum_square" "sum_square" [X] |v| v[0].sum_square();
            "median" "median" [Any(&[2, 5])] |v| v[0].median_axes(1);
            "cumsum" "cumsum" [CUBE] |v| v[0].cumsum(1);
            "cumprod" "cumprod" [CUBE] |v| v[0].cumprod(1);
            "cummax" "cummax" [CUBE] |v| v[0].cummax(1);
            "cummin" "NumPy" [CUBE] |v| v[0].cummin(1);
            "cumlogsumexp" "cumlogsumexp" [CUBE] |v| v[0].cumlogsumexp(1);
            "recurrence" "exact" [Unit(&[2, 4]), Any(&[2, 4])] |v| v[0].recurrence(&v[1], 1);
        },
    },
    Family {
        name: "Shapes",
        rows: rows! {
            "reshape" "reshape" [CUBE] |v| v[0].reshape((4, -1));
            "ravel" "ravel" [CUBE] |v| v[0].ravel();
            "flatten" "flatten_from" [CUBE] |v| v[0].flatten(1);
            "transpose" "transpose" [CUBE] |v| v[0].transpose([2, 0, 1]);
            "swap_axes" "swapaxes" [CUBE] |v| v[0].swap_axes(0, 2);
            "moveaxis" "moveaxis" [CUBE] |v| v[0].moveaxis(0, -1);
            "expand_dims" "expand_dims" [X] |v| v[0].expand_dims(&[0, 2]);
            "squeeze" "squeeze" [Any(&[2, 1, 3])] |v| v[0].squeeze(1);
            "broadcast_to" "broadcast_to" [Any(&[3])] |v| v[0].broadcast_to((2, 3));
            "concat" "concat" [X, Any(&[2, 2])] |v| concat(&[v[0].clone(), v[1].clone()], 1);
            "stack" "stack" [X, X] |v| stack(&[v[0].clone(), v[1].clone()], 1);
            "split" "split" [CUBE] |v| v[0].split((1, 3), 2)[1].clone();
            "tile" "tile" [X] |v| v[0].tile((2, 2));
            "repeat" "repeat" [X] |v| v[0].repeat(2, 1);
            "roll" "roll" [X] |v| v[0].roll(1, 1);
            "flip" "flip" [X] |v| v[0].flip(1);
            "pad" "pad" [X] |v| v[0].pad_with(&[(1, 1), (0, 2)], PadMode::Reflect);
            "diff" "diff" [X] |v| v[0].diff(1, 1);
            "depth_to_space" "depth_to_space" [Any(&[1, 4, 2, 2])] |v| v[0].depth_to_space(2);
            "windows" "NumPy" [Any(&[2, 5])] |v| v[0].windows(1, 2, 2, 1);
            "fold" "NumPy" [Any(&[2, 2, 3])] |v| v[0].fold(1, 6, 2, 1);
        },
    },
    Family {
        name: "Indexing",
        rows: rows! {
            "slice" "slice" [CUBE] |v| v[0].slice((0..1, .., (1..4)));
            "take" "take" [Any(&[3, 2]), Index(&[2, 2])] |v| v[0].take(&v[1], 0);
            "take_along_axis" "take_along_axis" [Any(&[3, 2]), Index(&[2, 2])] |v| v[0].take_along_axis(&v[1], 0);
            "at" "gather_pairs" [SQUARE, Index(&[4]), Index(&[4])] |v| v[0].at(&[v[1].clone(), v[2].clone()]);
            "set_slice" "set_slice" [X, Any(&[2])] |v| v[0].set_slice((.., 1..3), &v[1]);
            "add_slice" "add_slice" [X, Any(&[2])] |v| v[0].add_slice((.., 1..3), &v[1]);
            "scatter_add" "scatter_add" [Any(&[3, 2]), Index(&[4]), Any(&[4, 2])] |v| v[0].scatter_add(&v[1], &v[2], 0);
            "scatter_set" "scatter_set" [Any(&[3, 2]), Index(&[4]), Any(&[4, 2])] |v| v[0].scatter_set(&v[1], &v[2], 0);
            "scatter_max" "scatter_max" [Any(&[3, 2]), Index(&[4]), Any(&[4, 2])] |v| v[0].scatter_max(&v[1], &v[2], 0);
            "scatter_min" "NumPy" [Any(&[3, 2]), Index(&[4]), Any(&[4, 2])] |v| v[0].scatter_min(&v[1], &v[2], 0);
            "scatter_add_along_axis" "scatter_add_along_axis" [Any(&[3, 2]), Index(&[2, 2]), X] |v| v[0].scatter_add_along_axis(&v[1], v[2].slice((.., ..2)), 0);
            "add_at" "scatter_add_pairs" [SQUARE, Index(&[4]), Any(&[4])] |v| v[0].add_at(&[v[1].clone(), v[1].clone()], &v[2]);
            "set_at" "NumPy" [SQUARE, Index(&[4]), Any(&[4])] |v| v[0].set_at(&[v[1].clone(), v[1].clone()], &v[2]);
            "dynamic_slice" "NumPy" [Any(&[5]), Index(&[])] |v| v[0].dynamic_slice(&v[1], 2, 0);
            "dynamic_update" "NumPy" [Any(&[5]), Index(&[]), Any(&[2])] |v| v[0].dynamic_update(&v[1], &v[2], 0);
            "diagonal" "diag" [SQUARE] |v| v[0].diagonal(1, 0, 1);
            "fill_diagonal" "NumPy" [SQUARE] |v| v[0].fill_diagonal(1);
            "masked_fill" "masked_fill" [X, Mask(&[2, 3])] |v| v[0].masked_fill(&v[1], 0);
            "embedding" "embedding" [Any(&[3, 4]), Index(&[2, 2])] |v| v[0].take(&v[1], 0);
        },
    },
    Family {
        name: "Products",
        rows: rows! {
            "matmul" "matmul" [CUBE, Any(&[4, 2])] |v| v[0].matmul(&v[1]);
            "dot" "dot" [X, Any(&[3])] |v| v[0].dot(&v[1]);
            "outer" "outer" [Any(&[3]), Any(&[2])] |v| v[0].outer(&v[1]);
            "tensordot" "tensordot" [CUBE, Any(&[4, 3])] |v| v[0].tensordot(&v[1], ([1, 2], [1, 0]));
            "einsum" "einsum" [CUBE, Any(&[4, 3])] |v| hypatia::compose::einsum("bij,ji->b", &[v[0].clone(), v[1].clone()]);
            "kron" "kron" [X, Any(&[2, 2])] |v| v[0].kron(&v[1]);
            "cross" "cross" [X, Any(&[2, 3])] |v| v[0].cross(&v[1]);
        },
    },
    Family {
        name: "Linear algebra",
        rows: rows! {
            "cholesky" "cholesky" [Definite(3)] |v| v[0].cholesky();
            "solve" "solve" [Definite(3), Any(&[3, 2])] |v| v[0].solve(&v[1]);
            "inv" "inv" [Definite(3)] |v| v[0].inv();
            "det" "det" [Definite(3)] |v| v[0].det();
            "slogdet" "slogdet" [Definite(3)] |v| v[0].slogdet().1;
            "trace" "trace" [SQUARE] |v| v[0].trace();
            "matrix_power" "matrix_power" [SQUARE] |v| v[0].matrix_power(3);
            "expm" "expm" [SQUARE] |v| v[0].expm();
        },
    },
    Family {
        name: "Sorting",
        rows: rows! {
            "sort" "sort" [Any(&[2, 5])] |v| v[0].sort(1);
            "argsort" "argsort" [Any(&[2, 5])] |v| v[0].argsort(1);
            "topk" "topk" [Any(&[2, 5])] |v| v[0].topk(2, 1).0;
            "searchsorted" "searchsorted" [Any(&[5]), Any(&[3])] |v| v[0].sort(0).searchsorted(&v[1]);
        },
    },
];
