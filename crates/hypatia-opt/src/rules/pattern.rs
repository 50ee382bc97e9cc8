//! Patterns: terms with holes, their text, matching, and building what they stand for.
//!
//! `(div (exp ?x) (sum ?a (exp ?x)))`: operands follow the head, the attribute comes first; `?x`
//! is a hole; a number matches a value that is that number everywhere, whatever its shape.
//!
//! Invariants: matching visits at most [`MATCHES`] ways per class; building infers the type of
//! every term before it is added, and adds nothing if any has none.
//!
//! Not here: which rules there are (`table/`).

use crate::language::{Args, Attr, Head, Heads, Term};
use crate::space::{Classes, Space, add, typed};
use egg::Id;
use hypatia_ir::dtype::DType;
use hypatia_ir::infer::Requirement;
use hypatia_ir::op::Axes;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Type;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{map, map_opt, value};
use nom::multi::many0;
use nom::number::complete::double;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

/// Most ways in which one rule may match one class.
const MATCHES: usize = 200;

/// A term with holes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    /// Anything; equal holes are equal classes.
    Hole(u8),
    /// A number everywhere.
    Number(f64),
    /// A head with its children.
    Term(Head, Vec<Pattern>),
}

/// What the holes stand for.
pub(crate) type Binding = [Option<Id>; HOLES];

/// Most holes of a rule: one for each letter.
pub(crate) const HOLES: usize = 26;

/// The hole of a letter.
pub(crate) fn hole(letter: char) -> usize {
    (letter as usize).wrapping_sub('a' as usize).min(HOLES - 1)
}

/// The letter of a hole, the inverse of [`hole`].
pub(crate) fn letter(hole: usize) -> char {
    char::from(b'a' + (hole.min(HOLES - 1)) as u8)
}

impl Pattern {
    /// Reads the text of a pattern.
    pub fn parse(text: &str) -> Option<Pattern> {
        match pattern(text) {
            Ok((rest, found)) if rest.trim().is_empty() => Some(found),
            _ => None,
        }
    }

    /// The bits of every head in the pattern.
    pub fn heads(&self) -> Heads {
        match self {
            Pattern::Hole(_) | Pattern::Number(_) => 0,
            Pattern::Term(head, children) => {
                children.iter().fold(1 << head.bit(), |bits, c| bits | c.heads())
            }
        }
    }

    /// How far below the root the pattern looks.
    pub fn depth(&self) -> usize {
        match self {
            Pattern::Hole(_) => 0,
            Pattern::Number(_) => 1,
            Pattern::Term(_, children) => {
                1 + children.iter().map(Pattern::depth).max().unwrap_or(0)
            }
        }
    }

    /// Every way in which a class has a term of this form, up to [`MATCHES`].
    pub fn find(&self, classes: &Classes<'_>, class: Id, found: &mut dyn FnMut(&Binding)) {
        let mut left = MATCHES;
        self.search(classes, class, &mut [None; HOLES], &mut |binding| {
            found(binding);
            left -= 1;
            left > 0
        });
    }

    /// Calls `found` for each way, until it says no; whether it never did.
    fn search(
        &self,
        classes: &Classes<'_>,
        class: Id,
        binding: &mut Binding,
        found: &mut dyn FnMut(&mut Binding) -> bool,
    ) -> bool {
        match self {
            Pattern::Hole(hole) => match binding[usize::from(*hole)] {
                Some(held) => held != class || found(binding),
                None => {
                    binding[usize::from(*hole)] = Some(class);
                    let on = found(binding);
                    binding[usize::from(*hole)] = None;
                    on
                }
            },
            Pattern::Number(number) => {
                let value = classes.get(class).and_then(|c| c.data.facts.constant);
                let fits = value.is_some_and(|v| v.as_f64().to_bits() == number.to_bits());
                !fits || found(binding)
            }
            Pattern::Term(head, _) => {
                let has = |c: &&&egg::EClass<Term, crate::space::Class>| {
                    c.data.ops & (1 << head.bit()) != 0
                };
                let classes_with = classes.behind(class);
                let mut terms = classes_with.iter().filter(has).flat_map(|c| &c.nodes);
                terms.all(|term| self.fits(classes, term, binding, found))
            }
        }
    }

    /// Calls `found` for each way in which a term has this form, until it says no; whether it never
    /// did.
    pub fn fits(
        &self,
        classes: &Classes<'_>,
        term: &Term,
        binding: &mut Binding,
        found: &mut dyn FnMut(&mut Binding) -> bool,
    ) -> bool {
        let Pattern::Term(head, children) = self else { return true };
        if term.head != *head || term.args.len() != children.len() {
            return true;
        }
        let swaps = head.commutes() && term.args.first() != term.args.get(1);
        all(classes, children, &term.args, false, binding, found)
            && (!swaps || all(classes, children, &term.args, true, binding, found))
    }

    /// The first term of this form in a class with these classes in the holes; numbers and holes are
    /// whole classes.
    pub fn matched(&self, space: &mut Space, binding: &Binding, class: Id) -> Option<Id> {
        let class = space.find(class);
        match self {
            Pattern::Hole(hole) => {
                let held = binding[usize::from(*hole)]?;
                (space.find(held) == class).then_some(held)
            }
            Pattern::Number(number) => {
                let value = space[class].data.facts.constant?;
                (value.as_f64().to_bits() == number.to_bits()).then_some(class)
            }
            Pattern::Term(head, children) => {
                let fits = |t: &&Term| t.head == *head && t.args.len() == children.len();
                let terms: Vec<Term> = space[class].nodes.iter().filter(fits).cloned().collect();
                let orders = if head.commutes() { 2 } else { 1 };
                terms.iter().flat_map(|t| std::iter::repeat_n(t, orders).enumerate()).find_map(
                    |(order, term)| {
                        let mut args = term.args.clone();
                        if order == 1 {
                            args.swap(0, 1);
                        }
                        let child = |(c, x): (&Pattern, &Id)| c.matched(space, binding, *x);
                        let mut args: Args =
                            children.iter().zip(&args).map(child).collect::<Option<_>>()?;
                        if order == 1 {
                            args.swap(0, 1);
                        }
                        Some(space.add_uncanonical(Term::new(head.clone(), args)))
                    },
                )
            }
        }
    }

    /// Adds the term that the pattern stands for; `like` is the dtype of numbers that nothing
    /// beside them decides. `None`, and nothing is added, if a term would have no type, or the
    /// root would not have type `wanted`.
    pub fn build(
        &self,
        space: &mut Space,
        binding: &Binding,
        like: DType,
        wanted: &Type,
    ) -> Option<Id> {
        let plan = self.plan(space, binding, like)?;
        if plan.ty.as_ref() != Some(wanted) {
            return None;
        }
        Some(plan.add(space))
    }

    fn plan(&self, space: &Space, binding: &Binding, like: DType) -> Option<Planned> {
        match self {
            Pattern::Hole(hole) => {
                let id = binding[usize::from(*hole)]?;
                Some(Planned { ty: space[id].data.ty.clone(), what: What::There(id) })
            }
            Pattern::Number(number) => {
                let value = Scalar::from_f64(like, *number);
                let term = Term::new(Head::Const(value), []);
                let ty = Some(Type::scalar(like));
                Some(Planned { ty, what: What::New(term.head, Vec::new()) })
            }
            Pattern::Term(head, children) => {
                let mut planned = plan_all(children, space, binding, like)?;
                let beside = children.iter().zip(&planned).find_map(|(child, plan)| match child {
                    Pattern::Number(_) => None,
                    _ => plan.ty.as_ref().map(|t| t.dtype),
                });
                // The branches of a selection follow each other, not the mask.
                if let Some(dtype) = beside.filter(|&d| d != like && *head != Head::Select) {
                    planned = plan_all(children, space, binding, dtype)?;
                }
                let attribute = head.has_attribute().then(|| planned.first()).flatten();
                let attr = match attribute {
                    Some(Planned { what: What::There(id), .. }) => {
                        Some(space[*id].data.attr.clone()?)
                    }
                    Some(Planned { what: What::New(..), .. }) => return None,
                    None => None,
                };
                let operands = &planned[usize::from(attribute.is_some())..];
                let types: Vec<&Type> =
                    operands.iter().map(|p| p.ty.as_ref()).collect::<Option<_>>()?;
                let ty = allowed(space, head, attr.as_deref(), &types)?;
                Some(Planned { ty: Some(ty), what: What::New(head.clone(), planned) })
            }
        }
    }
}

/// The type of a term that needs nothing of the dims that the graph does not need anyway, but for
/// a maximum of at least one element: stable forms of sums over an axis need that one.
pub(crate) fn allowed(
    space: &Space,
    head: &Head,
    attr: Option<&Attr>,
    types: &[&Type],
) -> Option<Type> {
    let mut needs = Vec::new();
    let ty = typed(&space.analysis, head, attr, types, &mut needs)?;
    let fine = |n: &Requirement| match n {
        Requirement::AtLeast(_, 1) => true,
        other => space.analysis.known.contains(other),
    };
    needs.iter().all(fine).then_some(ty)
}

fn plan_all(
    patterns: &[Pattern],
    space: &Space,
    binding: &Binding,
    like: DType,
) -> Option<Vec<Planned>> {
    patterns.iter().map(|p| p.plan(space, binding, like)).collect()
}

/// A term about to be added.
struct Planned {
    ty: Option<Type>,
    what: What,
}

enum What {
    There(Id),
    New(Head, Vec<Planned>),
}

impl Planned {
    fn add(self, space: &mut Space) -> Id {
        match self.what {
            What::There(id) => id,
            What::New(head, children) => {
                let children: Vec<Id> = children.into_iter().map(|c| c.add(space)).collect();
                add(space, Term::new(head, children))
            }
        }
    }
}

/// As [`Pattern::search`] for patterns side by side; `swapped` takes the classes from the end.
fn all(
    classes: &Classes<'_>,
    patterns: &[Pattern],
    ids: &[Id],
    swapped: bool,
    binding: &mut Binding,
    found: &mut dyn FnMut(&mut Binding) -> bool,
) -> bool {
    let next = if swapped { ids.split_last() } else { ids.split_first() };
    match (patterns, next) {
        ([first, rest @ ..], Some((&id, left))) => {
            let mut go_on = |b: &mut Binding| all(classes, rest, left, swapped, b, found);
            first.search(classes, id, binding, &mut go_on)
        }
        _ => found(binding),
    }
}

/// The axes that a class stands for.
pub(crate) fn axes_of(space: &Space, id: Id) -> Option<Axes> {
    match space[id].data.attr.as_deref() {
        Some(Attr::Axes(axes)) => Some(*axes),
        _ => None,
    }
}

fn word(text: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_alphanumeric() || c == '_').parse(text)
}

fn pattern(text: &str) -> IResult<&str, Pattern> {
    let a_hole = map(preceded(char('?'), word), |name: &str| {
        Pattern::Hole(hole(name.chars().next().unwrap_or('z')) as u8)
    });
    let term = map(
        delimited(
            char('('),
            (map_opt(preceded(multispace0, word), Head::from_name), many0(pattern)),
            preceded(multispace0, char(')')),
        ),
        |(head, children)| Pattern::Term(head, children),
    );
    preceded(
        multispace0,
        alt((
            a_hole,
            term,
            map(alt((value(f64::NEG_INFINITY, tag("-inf")), double)), Pattern::Number),
        )),
    )
    .parse(text)
}
