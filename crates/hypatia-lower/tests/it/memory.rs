//! Arenas: memory is used again, handed on in place, and refused where it cannot be addressed.

use crate::{dims, plan_of};
use hypatia_lower::error::Error;
use hypatia_lower::plan::{Place, SizePlan};

/// A chain of products: each needs the one before and nothing else.
#[test]
fn a_chain_needs_two_buffers() {
    let mut text = String::from("input x: f32[n, n]\n%1 = matmul(x, x)\n");
    for at in 2..50 {
        text += &format!("%{at} = matmul(%{}, x)\n", at - 1);
    }
    let plan = plan_of(&(text + "output y = %49"));
    let size = plan.size(&dims(&[("n", 16)])).unwrap();
    assert_eq!(size.arena, 2 * 16 * 16 * 4);
    size.verify(&plan).unwrap();
}

/// A kernel that reads each element where it writes it writes over its operand.
#[test]
fn results_take_the_memory_of_operands_that_die() {
    let plan = plan_of(
        "input x: f32[n, n]
        %1 = matmul(x, x)
        %2 = tanh(%1)
        %3 = matmul(%2, x)
        output y = %3",
    );
    let takes = |p: &Place| matches!(p, Place::Arena { takes: Some(_), .. });
    assert_eq!(plan.buffers.iter().filter(|b| takes(&b.place)).count(), 1, "{plan}");
    assert_eq!(plan.size(&dims(&[("n", 16)])).unwrap().arena, 16 * 16 * 4);
}

/// Padding counts: 100 bytes take two lines of 64.
#[test]
fn buffers_are_aligned() {
    let plan = plan_of(
        "input x: f32[n, n]
        %1 = matmul(x, x)
        %2 = matmul(%1, x)
        %3 = matmul(%2, %1)
        output y = %3",
    );
    let size = plan.size(&dims(&[("n", 5)])).unwrap();
    assert_eq!(size.arena, 256);
    assert!(size.offsets.iter().all(|o| o % SizePlan::ALIGN == 0));
    assert_eq!(plan.size(&dims(&[("n", 0)])).unwrap().arena, 0);
}

#[test]
fn sizes_beyond_addresses_are_errors() {
    let plan = plan_of(
        "input x: f64[n]
        input y: f64[m]
        %2 = reshape(x, to=[n, 1])
        %3 = mul(%2, y)
        output y = %3",
    );
    for (n, m) in [(i64::MAX, 1), (1 << 40, 1 << 40), (1 << 60, 2), (0, i64::MAX)] {
        let error = plan.size(&dims(&[("n", n), ("m", m)])).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{n} {m}: {error}");
    }
    // Each fits, all together do not.
    let plan = plan_of(
        "input x: f64[n, n]
        %1 = matmul(x, x)
        %2 = matmul(%1, x)
        %3 = matmul(%2, %1)
        %4 = matmul(%3, %2)
        %5 = matmul(%4, %1)
        output y = %5",
    );
    let n = 1 << 29;
    assert!(matches!(plan.size(&dims(&[("n", n)])), Err(Error::ArenaTooLarge)));
}
