//! Wrong settings of composites: errors at the user's line that say what to do.

use hypatia_ir::compose::PadMode::{Edge, Reflect};
use hypatia_ir::compose::*;
use hypatia_ir::expr::{Expr, matrix, tensor, vector};

/// Each expression with the name of its op and what its message says.
fn assert_errors(cases: &[(Expr, &str, &str)]) {
    for (expr, op, cause) in cases {
        let Err(error) = expr.ty() else { panic!("{op}: no error, expected {cause}") };
        let text = error.to_string();
        assert!(text.starts_with(&format!("type error in `{op}` at {}", file!())), "{text}");
        assert!(text.contains(cause), "{text}\nexpected {cause}");
        assert!(text.lines().count() <= 12, "{text}");
        let plain = text.contains("a length would be");
        assert!(plain || text.contains("\n  help: "), "{text}");
    }
}

#[test]
fn shapes() {
    let x = &matrix::<f64>("x", (2, 3));
    let v = &vector::<f64>("v", 4);
    let i = &vector::<i64>("i", 4);
    let img = &tensor::<f64>("img", (1, 6, 3, 4));
    let none = &vector::<f64>("none", 0);
    let nm = &matrix::<f64>("nm", ("n", "m"));
    assert_errors(&[
        (x.flatten(2), "flatten", "axis 2 is outside rank 2"),
        (x.moveaxis(0, 2), "moveaxis", "axis 2 is outside rank 2"),
        (x.permute(&[0, 0]), "transpose", "[0, 0] is not a permutation of the 2 axes"),
        (x.expand_dims(&[0, 4]), "expand_dims", "axis 4 is outside rank 4"),
        (x.expand_dims(&[1, -3]), "expand_dims", "axis -3 is given twice"),
        (x.squeeze_axes([0]), "squeeze_axes", "axis 0 has length 2, not 1"),
        (
            x.split([1, 1], 1)[0].clone(),
            "split",
            "pieces of 1, 1 do not make up axis 1 of length 3",
        ),
        (x.split([4, -1], 1)[0].clone(), "split", "pieces of 4, -1 do not"),
        (x.tile([-1]), "broadcast", "a length would be -1"),
        (x.repeat(-2, 0), "broadcast", "a length would be -2"),
        (x.roll(1, 2), "roll", "axis 2 is outside rank 2"),
        (x.flip([0, 0]), "flip", "axis 0 is given twice"),
        (x.diff(1, -3), "diff", "axis -3 is outside rank 2"),
        (img.depth_to_space(4), "depth_to_space", "axis 1 has length 6, which 16 does not divide"),
        (img.depth_to_space(0), "depth_to_space", "`block` is 0, expected a positive number"),
        (img.space_to_depth(2), "space_to_depth", "axis 2 has length 3, which 2 does not divide"),
        (x.pad_with(&[(1, 1)], Edge), "pad_with", "one entry for each axis"),
        (none.pad_with(&[(1, 1)], Reflect), "pad_with", "axis 0 has no elements"),
        (v.tril(0), "tril", "expected a matrix, found rank 1"),
        (img.diag(0), "diag", "expected a vector or a matrix, found rank 4"),
        (x.diagonal(0, 1, -1), "diagonal", "axis -1 is given twice"),
        (nm.diag(0), "diagonal", "the length of the diagonal of n rows and m columns"),
        (x.slice((2,)), "slice", "takes 1 from 2 by 1, the axis has length 2"),
        (x.set_slice((.., 3), 0), "slice", "slice of axis 1 takes 1 from 3 by 1"),
        (x.set_slice((0,), v), "broadcast", "[4] does not broadcast to [3]"),
        (i.set_slice((0,), v.slice((0,))), "set_slice", "i64 and f64 do not mix"),
        (i.add_slice((0,), 1.5), "const", "the literal 1.5 is not a value of i64"),
        (
            v.masked_fill(v.expand(0).expand(0).gt(0), 0),
            "broadcast",
            "[1, 1, 4] does not broadcast to [4]",
        ),
        (
            v.dynamic_slice(v.slice((0,)), 1, 0),
            "dynamic_slice",
            "expected an integer type, found f64",
        ),
        (v.dynamic_slice(i, 1, 0), "dynamic_slice", "expected a scalar place, found rank 1"),
        (arange(0.0, 1.0, 0.0), "arange", "`step` is 0, expected a finite number other than 0"),
        (arange(0.0, f64::INFINITY, 1.0), "arange", "`stop` is inf"),
        (linspace(0i64, 5, 3), "linspace", "expected a float type, found i64"),
        (
            meshgrid(std::slice::from_ref(x))[0].clone(),
            "meshgrid",
            "expected vectors, found rank 2",
        ),
    ]);
}

#[test]
fn networks() {
    let x = &matrix::<f64>("x", (2, 3));
    let v = &vector::<f64>("v", 4);
    let i = &vector::<i64>("i", 2);
    let img = &tensor::<f64>("img", (1, 6, 3, 4));
    let with = |settings: CrossEntropy| cross_entropy_with(x, i, &settings);
    assert_errors(&[
        (x.celu(0.0), "celu", "`alpha` is 0, expected a number other than 0"),
        (x.std_axes(2), "std", "axis 2 is outside rank 2"),
        (x.norm_keep(2.0, 5), "norm", "axis 5 is outside rank 2"),
        (x.rms_norm(2, 1, 0.1), "rms_norm", "axis 2 is outside rank 2"),
        (v.batch_norm(1, 0, 0.1).1, "batch_norm", "expected [batch, channels, …], found rank 1"),
        (v.batch_norm_with(0, 1, 1, 0, 0.1), "batch_norm", "expected [batch, channels, …]"),
        (
            img.group_norm(4, 1, 0, 0.1),
            "group_norm",
            "axis 1 has length 6, which 4 does not divide",
        ),
        (img.group_norm(0, 1, 0, 0.1), "group_norm", "`groups` is 0, expected a positive number"),
        (img.instance_norm(v, 0, 0.1), "mul", "the shapes do not broadcast: 6 against 4"),
        (img.lrn(0, 0.1, 0.5, 1.0), "lrn", "`size` is 0, expected a positive number"),
        (x.cosine_similarity(x, 2), "cosine_similarity", "axis 2 is outside rank 2"),
        (
            with(CrossEntropy { axis: 2, ..Default::default() }),
            "cross_entropy",
            "axis 2 is outside rank 2",
        ),
        (
            with(CrossEntropy { smoothing: 1.5, ..Default::default() }),
            "cross_entropy",
            "`smoothing` is 1.5",
        ),
        (
            cross_entropy_with(x, x, &CrossEntropy::default()),
            "cross_entropy",
            "expected integer labels, found f64",
        ),
    ]);
}

#[test]
fn subscripts() {
    let x = &matrix::<f64>("x", (2, 3));
    let s = &matrix::<f64>("s", (3, 3));
    let single = &matrix::<f32>("single", (3, 3));
    let on = |subscripts: &str, operands: &[&Expr]| {
        einsum(subscripts, &operands.iter().map(|&e| e.clone()).collect::<Vec<_>>())
    };
    assert_errors(&[
        (on("i1", &[x]), "einsum", "subscripts `i1`: `1` is not a letter"),
        (on("i.j", &[x]), "einsum", "operand 0 has a `.` outside its one `...`"),
        (on("ij,......->i", &[x, x]), "einsum", "operand 1 has a `.` outside its one `...`"),
        (on("ij->i->j", &[x]), "einsum", "there is more than one `->`"),
        (on("ij,", &[x]), "einsum", "they are for 2 operands, found 1"),
        (on("i", &[]), "einsum", "they are for 1 operands, found 0"),
        (on("i", &[x]), "einsum", "operand 0 has 1 labels and rank 2"),
        (on("...ijk", &[x]), "einsum", "operand 0 has 3 labels and rank 2"),
        (on("ij->k", &[x]), "einsum", "`k` of the output is in no operand"),
        (on("ij->ii", &[x]), "einsum", "`i` is in the output twice"),
        (on("...i->i", &[x]), "einsum", "the output has no `...`"),
        (on("ij,jk", &[s, x]), "einsum", "`j` has lengths 3 and 2"),
        (on("...i,...j", &[x, s]), "einsum", "`…` has lengths 2 and 3"),
        (on("ii", &[x]), "einsum", "`i` has lengths 2 and 3"),
        (on("ij,jk", &[x, single]), "einsum", "f64 and f32 do not mix"),
        (on("ij->i", &[&x.gt(0)]), "einsum", "expected a number type, found bool"),
        (x.tensordot(s, 3), "tensordot", "`axes` is 3, expected a number of axes that both"),
        (x.tensordot(s, ([0], [0, 1])), "tensordot", "`axes` is [0] with [0, 1], expected as many"),
        (x.tensordot(s, ([0], [0])), "tensordot", "inner dimensions differ: 2 against 3"),
        (x.tensordot(s, ([2], [0])), "tensordot", "axis 2 is outside rank 2"),
        (x.tensordot(s, ([1, 1], [0, 1])), "tensordot", "axis 1 is given twice"),
    ]);
}

#[test]
fn sequences() {
    let x = &tensor::<f64>("x", (2, 3, 6));
    let w = &matrix::<f64>("w", (6, 6));
    let v = &vector::<f64>("v", 6);
    let h = &matrix::<f64>("h", (2, 2));
    let plain = Attention::default();
    let counts = Attention { mask: Some(w.clone()), ..Attention::default() };
    let weights = [w, w, w, w];
    assert_errors(&[
        (attention(v, x, x, &plain), "attention", "expected […, time, features], found rank 1"),
        (attention(x, x, x, &counts), "attention", "expected a bool mask, found f64"),
        (
            attention(x, w.slice((.., 1..)), x, &plain),
            "matmul",
            "inner dimensions differ: 6 against 5",
        ),
        (
            multi_head_attention(x, weights, 4, &plain),
            "multi_head_attention",
            "axis 2 has length 6, which 4 does not",
        ),
        (
            multi_head_attention(x, weights, 0, &plain),
            "multi_head_attention",
            "`heads` is 0, expected a positive",
        ),
        (
            w.slice((.., 1..)).rotary_embedding(1e4),
            "rotary_embedding",
            "axis 1 has length 5, which 2 does not",
        ),
        (w.rotary_embedding(-1.0), "rotary_embedding", "`base` is -1, expected a positive number"),
        (sinusoidal_positions::<f64>(3, 5, 1e4), "sinusoidal_positions", "which 2 does not divide"),
        (
            sinusoidal_positions::<i64>(3, 4, 1e4),
            "sinusoidal_positions",
            "expected a float type, found i64",
        ),
        (lstm_cell(x.slice((0, 0..2)), (h, h), w, h, 0).0, "add", "do not broadcast"),
        (gru_cell(h, h, h, h, 0, 0), "gru_cell", "axis 1 has length 2, which 3 does not divide"),
    ]);
}
