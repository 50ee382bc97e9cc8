//! Texts that are no graphs: the first fault has a place, a reason and a message of bounded
//! length, and nothing panics.

use crate::assert_round_trip;
use hypatia_ir::text::parse;
use proptest::prelude::*;

const TEXT: &str = "hyp 1
input x: f32[n, 4]   # a comment
shared w: f32[m]

%2: f32[2] = literal([1, -inf])
%3: f32[n, 1] = max(x, axes=[1])
%4: f32[n, m] = add(%3, w)
%5: f32[n, 2, 2] = reshape(x, to=[n, 2, 2])
%6: f32[n, 2, 2] = mul(%5, %2)
%7: f32[floor((n + 1)/(2)), 2] = slice(x, parts=[0:floor((n + 1)/(2)):2, 3:2:-2])
%8: f32[] = const(nan(0x7fc00001): f32)
%9: f32[n + 3, 5] = pad(x, %8, widths=[1:2:0, 0:1:0])
guard n >= 0
output top = %4
output other = %9
update w = w
";

/// A line of its own after the inputs `x: f32[n, 4]`, `w: f32[m]` (shared) and `%2 = exp(x)`;
/// the column and what is expected there.
const LINES: &[(&str, usize, &str)] = &[
    ("inptu z: f32[]", 1, "a statement (`input`, `shared`, `guard`, `output`, `update` or `%n`)"),
    ("input x: f32[]", 7, "a new name for the input"),
    ("input é: f32[]", 7, "the name of the input"),
    ("input z f32[]", 9, "`:`"),
    ("input z: f16[]", 10, "an element type (bool, u8, i32, i64, f32 or f64)"),
    ("input z: f32", 13, "`[`"),
    ("input z: f32[n", 15, "`,` or `]`"),
    ("input z: f32[n,]", 16, "a dim (a number, a name, or arithmetic on both)"),
    ("input z: f32[-1]", 10, "lengths of 0 or more"),
    ("input z: f32[99999999999999999999]", 14, "a number that fits 64 bits"),
    ("input z: f32[] trailing", 16, "the end of the line"),
    ("%2 = exp(x)", 1, "a new number for the node"),
    ("%99999999999999999999 = exp(x)", 2, "the number of a node"),
    ("% = exp(x)", 3, "the number of a node"),
    ("%3 exp(x)", 4, "`=`"),
    ("%3 = expp(x)", 6, "an op"),
    ("%3 = exp x", 10, "`(`"),
    ("%3 = exp(x", 11, "`)`"),
    ("%3 = exp(y)", 10, "a value defined above"),
    ("%3 = exp(%7)", 10, "a value defined above"),
    ("%3 = exp(x, x)", 6, "1 operands of `exp`"),
    ("%3: f32[n] = exp(x)", 5, "f32[n, 4], the type of this `exp`"),
    ("%3 = add(x, %2) output", 17, "the end of the line"),
    ("%3 = sum(x)", 11, "`,` and `axes=`"),
    ("%3 = sum(x, axes=[0, 0])", 22, "an axis below 32 that is not in the set"),
    ("%3 = sum(x, axes=[32])", 19, "an axis below 32 that is not in the set"),
    ("%3 = sum(x, axes=[-1])", 19, "an axis"),
    ("%3 = sum(x, axis=[1])", 13, "`axes=`"),
    ("%3 = take(x, %2, axis=0)", 6, "operands that fit `take`"),
    ("%3 = const(1.5: i32)", 12, "a value of i32"),
    ("%3 = const(300: u8)", 12, "a value of u8"),
    ("%3 = const(1e999: f32)", 12, "a value of f32"),
    ("%3 = const(nan(0x1): f32)", 12, "a value of f32"),
    ("%3 = const(yes: bool)", 12, "a value of bool"),
    ("%3 = literal([1])", 6, "the type of the literal before `=`"),
    ("%3: f32[3] = literal([1, 2])", 14, "3 elements, for the type f32[3]"),
    ("%3: f32[n] = literal([1, 2])", 5, "a shape of numbers"),
    ("%3: f32[2] = literal([1, x])", 26, "a value of f32"),
    ("%3 = pad(x, %2, widths=[0:0:-1])", 25, "`low:high:interior` with an interior of 0 or more"),
    ("%3 = slice(x, parts=[0:n])", 25, "`:`"),
    ("guard n", 8, "`=` or `>=`"),
    ("guard n >= m", 12, "an integer"),
    ("output y x", 10, "`=`"),
    ("output y = z", 12, "a value defined above"),
    ("update x = x", 8, "a shared input"),
    ("update w = x", 12, "a value of type f32[m], as `w` has"),
    (
        "\u{1F980} = exp(x)",
        1,
        "a statement (`input`, `shared`, `guard`, `output`, `update` or `%n`)",
    ),
];

#[test]
fn faults_are_found_at_their_place() {
    for &(line, column, expected) in LINES {
        let text = format!("hyp 1\ninput x: f32[n, 4]\nshared w: f32[m]\n%2 = exp(x)\n{line}\n");
        let error = parse(&text).expect_err(line);
        let found = (error.line, error.column, error.expected.as_str());
        assert_eq!(found, (5, column, expected), "{error}");
        let message = error.to_string();
        assert!(message.lines().count() <= 12, "{message}");
        // The caret stands under the place.
        let lines: Vec<&str> = message.lines().collect();
        let caret = lines[2].chars().position(|c| c == '^').unwrap();
        let place = lines[1].chars().position(|c| c == '|').unwrap() + 1 + column;
        assert_eq!(caret, place, "{message}");
    }
}

#[test]
fn faults_of_whole_texts() {
    let nested = |depth: usize| {
        let open = "floor((".repeat(depth);
        let close = ")/(2))".repeat(depth);
        format!("hyp 1\ninput x: f32[{open}n{close}]\n")
    };
    assert!(parse(&nested(10)).is_ok());
    let sum: String = (0..2000).map(|i| format!("a{i} + ")).collect();
    let product = "(n + m)*".repeat(10);
    let long_line = format!("hyp 1\n{} = exp(x)", "é".repeat(5000));
    let axes = format!("hyp 1\ninput x: f32[{}1]\n", "1, ".repeat(40));
    let texts = [
        String::new(),
        "\n\n# nothing\n".into(),
        "hyp 2\n".into(),
        "hyp\n".into(),
        "\u{feff}hyp 1\n".into(),
        "input x: f32[]\n".into(),
        nested(65),
        nested(100_000),
        format!("hyp 1\ninput x: f32[{sum}1]\n"),
        format!("hyp 1\ninput x: f32[{product}1]\n"),
        format!("hyp 1\ninput x: f32[{}\n", "[".repeat(100_000)),
        format!("hyp 1\n%1 = {}\n", "exp(".repeat(100_000)),
        long_line,
        axes,
    ];
    for text in texts {
        let error = parse(&text).unwrap_err();
        let message = error.to_string();
        assert!(message.lines().count() <= 12 && message.len() < 2000, "{message}");
    }
}

#[test]
fn the_message_shows_the_place() {
    let error = parse("hyp 1\ninput x: f32[n]\n%1 = expp(x)\n").unwrap_err();
    let expected = "parse error at line 3, column 6: expected an op, found `expp`
  3 | %1 = expp(x)
    |      ^
  help: did you mean `exp`?";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn the_text_to_be_damaged_is_whole() {
    assert_round_trip(&parse(TEXT).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// Whatever is done to a text, it is read or refused; what is read verifies and prints.
    #[test]
    fn damaged_texts_never_panic(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..4, "[-%:=\\[\\](),a-z0-9 .é\n]{0,3}"), 1..4)
    ) {
        let mut chars: Vec<char> = TEXT.chars().collect();
        for (at, removed, inserted) in cuts {
            let at = at.index(chars.len() + 1);
            let end = (at + removed).min(chars.len());
            chars.splice(at..end, inserted.chars());
        }
        let text: String = chars.into_iter().collect();
        match parse(&text) {
            Ok(graph) => assert_round_trip(&graph),
            Err(error) => {
                prop_assert!(error.line <= text.lines().count().max(1));
                prop_assert!(error.to_string().lines().count() <= 12);
            }
        }
    }
}
