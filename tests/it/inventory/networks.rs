//! What networks are made of: convolution, pooling, normalisation, attention, cells, losses.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: activations (`elementwise.rs`).

use super::Arg::{Any, Index, Mask, Unit};
use super::Family;
use crate::rows;
use hypatia::compose::*;

const X: super::Arg = Any(&[2, 3]);
const Y: super::Arg = Any(&[2, 3]);
const P: super::Arg = Unit(&[2, 3]);
const Q: super::Arg = Unit(&[2, 3]);
const G: super::Arg = Any(&[3]);
const B: super::Arg = Any(&[3]);
const LABELS: super::Arg = Index(&[2]);
const IMAGES: super::Arg = Any(&[1, 2, 5, 4]);
const LINES: super::Arg = Any(&[1, 2, 6]);

fn wide(kernel: i64) -> Pool {
    Pool { strides: vec![2, 2], padding: vec![1, 1], ceil: true, ..Pool::new(&[kernel, kernel]) }
}

pub const FAMILIES: &[Family] = &[
    Family {
        name: "Convolution",
        rows: rows! {
            "conv1d" "conv1d" [LINES, Any(&[3, 2, 3])] |v| v[0].conv1d(&v[1], &Conv::default());
            "conv2d" "conv2d" [IMAGES, Any(&[3, 2, 3, 3])] |v| {
                let conv = Conv { strides: vec![2, 1], padding: Padding::Same, ..Conv::default() };
                v[0].conv2d(&v[1], &conv)
            };
            "conv2d, groups" "conv2d" [IMAGES, Any(&[2, 1, 2, 2])] |v| {
                let conv = Conv { groups: 2, dilations: vec![2, 2], ..Conv::default() };
                v[0].conv2d(&v[1], &conv)
            };
            "conv2d, flipped" "conv2d_flipped" [IMAGES, Any(&[3, 2, 2, 2])] |v| {
                v[0].conv2d(&v[1], &Conv { flip: true, ..Conv::default() })
            };
            "conv3d" "conv3d" [Any(&[1, 1, 3, 3, 3]), Any(&[2, 1, 2, 2, 2])] |v| v[0].conv3d(&v[1], &Conv::default());
            "conv_transpose1d" "conv1d_transpose" [LINES, Any(&[2, 3, 3])] |v| v[0].conv_transpose1d(&v[1], &Conv::default(), &[0]);
            "conv_transpose2d" "conv2d_transpose" [IMAGES, Any(&[2, 3, 2, 2])] |v| {
                v[0].conv_transpose2d(&v[1], &Conv { strides: vec![2, 2], ..Conv::default() }, &[0, 0])
            };
        },
    },
    Family {
        name: "Pooling and resizing",
        rows: rows! {
            "max_pool" "max_pool2d" [IMAGES] |v| v[0].max_pool(&wide(3));
            "avg_pool" "avg_pool2d" [IMAGES] |v| v[0].avg_pool(&wide(2));
            "global_avg_pool" "global_avg_pool" [IMAGES] |v| v[0].global_avg_pool();
            "global_max_pool" "global_max_pool" [IMAGES] |v| v[0].global_max_pool();
            "adaptive_avg_pool" "PyTorch" [IMAGES] |v| v[0].adaptive_avg_pool(&[2, 2]);
            "upsample_nearest" "upsample_nearest" [IMAGES] |v| v[0].upsample_nearest(&[2, 2]);
            "resize_bilinear" "PyTorch" [IMAGES] |v| v[0].resize_bilinear((3, 6), false);
        },
    },
    Family {
        name: "Normalisation",
        rows: rows! {
            "batch_norm" "batch_norm_train" [Any(&[4, 3]), G, B] |v| v[0].batch_norm(&v[1], &v[2], 1e-5).0;
            "batch_norm_with" "batch_norm_infer" [X, G, Unit(&[3]), G, B] |v| v[0].batch_norm_with(&v[1], &v[2], &v[3], &v[4], 1e-5);
            "layer_norm" "layer_norm" [X, G, B] |v| v[0].layer_norm(-1, &v[1], &v[2], 1e-5);
            "rms_norm" "rms_norm" [X, G] |v| v[0].rms_norm(-1, &v[1], 1e-6);
            "group_norm" "group_norm" [Any(&[2, 4, 3]), Any(&[4]), Any(&[4])] |v| v[0].group_norm(2, &v[1], &v[2], 1e-5);
            "instance_norm" "instance_norm" [Any(&[2, 3, 4]), G, B] |v| v[0].instance_norm(&v[1], &v[2], 1e-5);
            "lrn" "lrn_across_channels" [Any(&[1, 5, 2, 2])] |v| v[0].lrn(3, 0.1, 0.75, 1.0);
            "l2_normalize" "l2_normalize" [X] |v| v[0].l2_normalize(-1, 1e-12);
        },
    },
    Family {
        name: "Attention, cells, layers",
        rows: rows! {
            "attention" "attention" [Any(&[2, 3, 4]), Any(&[2, 3, 4]), Any(&[2, 3, 4])] |v| {
                attention(&v[0], &v[1], &v[2], &Attention { causal: true, ..Attention::default() })
            };
            "attention, masked" "NumPy" [Any(&[3, 4]), Any(&[3, 4]), Any(&[3, 4]), Mask(&[3, 3])] |v| {
                attention(&v[0], &v[1], &v[2], &Attention { mask: Some(v[3].clone()), ..Attention::default() })
            };
            "multi_head_attention" "multi_head_attention" [Any(&[1, 3, 4]), Any(&[4, 4]), Any(&[4, 4]), Any(&[4, 4]), Any(&[4, 4])] |v| {
                multi_head_attention(&v[0], [&v[1], &v[2], &v[3], &v[4]], 2, &Attention::default())
            };
            "rotary_embedding" "rotary_embedding" [Any(&[1, 3, 4])] |v| v[0].rotary_embedding(10000.0);
            "sinusoidal_positions" "NumPy" [] |_| sinusoidal_positions::<f64>(5, 4, 10000.0);
            "linear" "linear" [X, Any(&[2, 3]), Any(&[2])] |v| linear(&v[0], &v[1], &v[2]);
            "rnn_cell" "NumPy" [X, Any(&[2, 2]), Any(&[3, 2]), Any(&[2, 2]), Any(&[2])] |v| rnn_cell(&v[0], &v[1], &v[2], &v[3], &v[4]);
            "lstm_cell" "lstm_cell" [X, Any(&[2, 2]), Any(&[3, 8]), Any(&[2, 8]), Any(&[8])] |v| {
                lstm_cell(&v[0], (&v[1], &v[1].sin()), &v[2], &v[3], &v[4]).0
            };
            "gru_cell" "gru_cell" [X, Any(&[2, 2]), Any(&[3, 6]), Any(&[2, 6]), Any(&[6])] |v| {
                gru_cell(&v[0], &v[1], &v[2], &v[3], &v[4], &v[4] * 0.5)
            };
        },
    },
    Family {
        name: "Losses",
        rows: rows! {
            "mse" "mse" [X, Y] |v| mse(&v[0], &v[1]);
            "mae" "mae" [X, Y] |v| mae(&v[0], &v[1]);
            "huber" "huber" [X, Y] |v| huber(&v[0], &v[1], 0.8);
            "cross_entropy" "cross_entropy" [X, LABELS] |v| cross_entropy(&v[0], &v[1]);
            "cross_entropy_with" "PyTorch" [X, LABELS, Unit(&[3])] |v| {
                let weights = Some(v[2].clone());
                let settings = CrossEntropy { smoothing: 0.1, ignore: Some(1), weights, ..CrossEntropy::default() };
                cross_entropy_with(&v[0], &v[1], &settings)
            };
            "nll" "nll" [P, LABELS] |v| nll(&v[0], &v[1]);
            "categorical_cross_entropy" "NumPy" [P, Q] |v| categorical_cross_entropy(&v[0], &v[1]);
            "binary_cross_entropy" "NumPy" [P, Q] |v| binary_cross_entropy(&v[0], &v[1]);
            "binary_cross_entropy_logits" "bce_logits" [X, Q] |v| binary_cross_entropy_logits(&v[0], &v[1]);
            "kl_div" "kl_div" [P, Q] |v| kl_div(&v[0], &v[1]);
            "hinge" "NumPy" [X, Y] |v| hinge(&v[0], &v[1]);
            "hinge_multiclass" "hinge_multiclass" [X, LABELS] |v| hinge_multiclass(&v[0], &v[1]);
            "cosine_similarity" "cosine_similarity" [X, Y] |v| v[0].cosine_similarity(&v[1], -1);
        },
    },
];
