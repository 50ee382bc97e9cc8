//! The verifiers notice damage of every kind that they are for.

use crate::{dims, plan_of};
use hypatia_lower::kernel::{Mode, Scope};
use hypatia_lower::plan::{BufferId, Place, Plan, Step};

/// Products, kernels with rows and columns, an index, an update in place.
fn sound() -> Plan {
    plan_of(
        "shared w: f32[n2, 4]
        input x: f32[n, 4]
        input i: i64[n]
        %3 = transpose(x, perm=[1, 0])
        %4 = matmul(x, %3)
        %5 = sum(%4, axes=[1])
        %6 = div(%4, %5)
        %7 = matmul(%6, x)
        %8 = take(%7, i, axis=0)
        %9 = exp(%8)
        %10 = matmul(%3, %9)
        %11 = neg(w)
        output y = %10
        output z = %9
        update w = %11",
    )
}

fn launches(plan: &mut Plan) -> impl Iterator<Item = &mut hypatia_lower::plan::Launch> {
    plan.steps.iter_mut().flat_map(|s| match s {
        Step::Launches(launches) => launches.as_mut_slice(),
        Step::Product(_) | Step::Routine(_) | Step::Copy { .. } => &mut [],
    })
}

fn arena(plan: &mut Plan) -> Vec<&mut Place> {
    let places = plan.buffers.iter_mut().map(|b| &mut b.place);
    places.filter(|p| matches!(p, Place::Arena { .. })).collect()
}

type Damage = fn(&mut Plan);

const DAMAGES: &[(&str, Damage)] = &[
    ("steps in another order", |p| p.steps.reverse()),
    ("a step is missing", |p| _ = p.steps.remove(0)),
    ("the last step is missing", |p| _ = p.steps.pop()),
    ("a check is missing", |p| launches(p).for_each(|l| l.checks.clear())),
    ("a buffer too many", |p| launches(p).next().unwrap().buffers.push(BufferId(0))),
    ("a buffer of another type", |p| p.buffers[0].ty.dtype = hypatia_ir::dtype::DType::I32),
    ("a product over its operand", |p| {
        for step in &mut p.steps {
            if let Step::Product(product) = step {
                product.out.buffer = product.left.buffer;
            }
        }
    }),
    ("a life too short", |p| {
        for place in arena(p) {
            if let Place::Arena { from, to, .. } = place {
                *to = *from;
            }
        }
    }),
    ("memory handed on too early", |p| {
        let taken = p.buffers.iter().find_map(|b| match b.place {
            Place::Arena { takes, .. } => takes,
            Place::Input(_) | Place::Literal(_) | Place::Root(_) => None,
        });
        let taken = taken.unwrap();
        if let Place::Arena { to, .. } = &mut p.buffers[taken.index()].place {
            *to = p.steps.len() as u32;
        }
        // It is read once more by the last product.
        for step in p.steps.iter_mut().rev() {
            if let Step::Product(product) = step {
                product.left.buffer = taken;
                break;
            }
        }
    }),
    ("an update before a step that may fail", |p| {
        let last = p.steps.iter().position(|s| s.is_update(p)).unwrap();
        let step = p.steps.remove(last);
        p.steps.insert(0, step);
    }),
    ("two launches that need each other at once", |p| {
        let all: Vec<_> = launches(p).map(|l| l.clone()).collect();
        launches(p).for_each(|l| l.buffers.clear());
        p.steps.insert(0, Step::Launches(all));
    }),
    ("a row value before it is defined", |p| p.kernels.iter_mut().for_each(|k| k.phases.reverse())),
    ("a store to what is only read", |p| {
        p.kernels.iter_mut().flat_map(|k| &mut k.params).for_each(|x| x.mode = Mode::Read);
    }),
    ("strides of another nest", |p| {
        for phase in p.kernels.iter_mut().flat_map(|k| &mut k.phases) {
            phase.affines_mut().for_each(|a| a.strides.push(1.into()));
        }
    }),
    ("a reduction without columns", |p| {
        p.kernels.iter_mut().flat_map(|k| &mut k.phases).for_each(|x| x.scope = Scope::Row);
    }),
];

trait IsUpdate {
    fn is_update(&self, plan: &Plan) -> bool;
}

impl IsUpdate for Step {
    fn is_update(&self, plan: &Plan) -> bool {
        let mut found = false;
        self.accesses(plan, &mut |buffer, writes| {
            found |= writes && matches!(plan.buffers[buffer.index()].place, Place::Input(_));
        });
        found
    }
}

#[test]
fn damaged_plans_are_refused() {
    sound().verify().unwrap();
    for (about, damage) in DAMAGES {
        let mut plan = sound();
        damage(&mut plan);
        assert!(plan.verify().is_err(), "{about}\n{plan}");
    }
}

#[test]
fn damaged_sizes_are_refused() {
    let plan = sound();
    let sizes = dims(&[("n", 5), ("n2", 3)]);
    plan.size(&sizes).unwrap().verify(&plan).unwrap();
    let mut overlapping = plan.size(&sizes).unwrap();
    overlapping.offsets.iter_mut().for_each(|o| *o = 0);
    assert!(overlapping.verify(&plan).is_err(), "{plan}");
    let mut outside = plan.size(&sizes).unwrap();
    outside.arena -= 64;
    assert!(outside.verify(&plan).is_err());
    let mut crooked = plan.size(&sizes).unwrap();
    crooked.offsets.iter_mut().for_each(|o| *o += 4);
    assert!(crooked.verify(&plan).is_err());
}
