#![allow(warnings)]
use hypatia_ir::graph::Graph;
use hypatia_opt::*;
#[test]
fn t() {
    for (mode, text) in [
        (
            Mode::Default,
            "hyp 1
input x0: f64[]
%1: f64[] = const(1: f64)
%2: f64[] = neg(x0)
%3: f64[] = exp(%2)
%4: f64[] = add(%1, %3)
%5: f64[] = div(%1, %4)
%6: bool[] = const(true: bool)
%7: f64[] = tanh(%5)
%8: f64[] = sqr(%7)
%9: f64[] = sub(%1, %8)
%10: f64[] = mul(%9, x0)
%11: f32[] = cast(%6, to=f32)
%12: f32[] = abs(%11)
%13: f32[] = cast(%10, to=f32)
%14: f32[] = abs(%13)
%15: f32[] = mul(%12, %14)
output y3 = %15
",
        ),
        (
            Mode::Default,
            "hyp 1
input x0: f64[]
input x1: f64[]
%1: f64[] = const(1: f64)
%5: f64[] = sigmoid(x1)
%7: f64[] = tanh(%5)
%8: f64[] = sqr(%7)
%9: f64[] = sub(%1, %8)
%10: f64[] = mul(%9, x0)
%14: f64[] = abs(%10)
output y3 = %14
",
        ),
    ] {
        let g: Graph = text.parse().unwrap();
        let o = optimize(&g, &Options { mode, ..Options::default() }).unwrap();
        println!("{mode:?} {}\n{:?}", o.graph, o.report.fired);
    }
}
