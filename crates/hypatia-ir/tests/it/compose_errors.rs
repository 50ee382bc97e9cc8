//! Wrong settings of composites: errors at the user's line that say what to do.

use hypatia_ir::compose::PadMode::{Edge, Reflect};
use hypatia_ir::compose::{arange, linspace, meshgrid};
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
