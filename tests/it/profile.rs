//! Profiles: figures that follow from sizes, lines, and times that add up.
//!
//! Invariants: every figure is compared with what sizes say it must be.
//!
//! Not here: how fast anything is.

use hypatia::Profile;
use hypatia::prelude::*;
use serde_json::Value;
use std::time::Duration;

/// `x · w` with its line, a function of the product with its line, and a training step of them.
fn recorded(calls: usize) -> (Profile, [u32; 2]) {
    let x = matrix::<f32>("x", ("n", 300));
    let w = shared("w", Array2::<f32>::zeros((300, 200)));
    let (product, at_product) = (x.dot(&w), line!());
    let (loss, at_loss) = (product.exp().sum(), line!());
    let [gradient] = grad(&loss, [&w]).unwrap();
    let train = function([&x], &loss).update(&w, &w - 1e-3 * gradient).compile().unwrap();
    let points = Array2::<f32>::ones((400, 300));
    train.call::<f32>((&points,)).unwrap();
    train.start_profile();
    for _ in 0..calls {
        train.call::<f32>((&points,)).unwrap();
    }
    let profile = train.profile();
    train.call::<f32>((&points,)).unwrap();
    assert_eq!(train.profile().calls, 0, "not recording any more");
    (profile, [at_product, at_loss])
}

#[test]
fn figures_follow_from_sizes() {
    let (profile, [at_product, at_loss]) = recorded(3);
    assert_eq!(profile.calls, 3);
    let products: Vec<_> = profile.steps.iter().filter(|s| s.name.starts_with("product")).collect();
    let names: Vec<&str> = products.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["product [400, 300] · [300, 200]", "product [300, 400] · [400, 200]"]);
    for product in products {
        let (m, k, n) = (400.0, 300.0, 200.0);
        assert_eq!(product.flops, 3.0 * 2.0 * m * k * n);
        // Each of the three matrices once.
        assert_eq!(product.bytes, 3.0 * 4.0 * (m * k + k * n + m * n));
        assert_eq!(product.lines.len(), 1);
        assert_eq!(product.lines[0].0, Some((file!(), at_product)));
    }
    let exp = profile.steps.iter().find(|s| s.name.contains("exp")).unwrap();
    assert_eq!(exp.lines[0].0, Some((file!(), at_loss)), "{:?}", exp.lines);
    assert!(exp.flops > 3.0 * 400.0 * 200.0 * 5.0, "exp is a polynomial: {}", exp.flops);
    for line in [at_product, at_loss] {
        assert!(profile.lines.iter().any(|l| l.place == Some((file!(), line))), "{line}");
    }
    assert!(profile.steps.iter().all(|s| s.of_limit.is_some_and(|share| share > 0.0)));
}

#[test]
fn times_add_up() {
    let (profile, _) = recorded(100);
    let steps: Duration = profile.steps.iter().map(|s| s.time).sum();
    assert_eq!(profile.in_steps(), steps);
    assert!(steps <= profile.wall);
    // Milliseconds of products against checks of a few arguments.
    assert!(steps.as_secs_f64() >= 0.95 * profile.wall.as_secs_f64(), "{profile}");
    let lines: f64 = profile.lines.iter().map(|l| l.time.as_secs_f64()).sum();
    // Each share of a time is rounded to a nanosecond.
    assert!((lines - steps.as_secs_f64()).abs() < 1e-9 * 100.0);
}

#[test]
fn tables_and_traces() {
    let (profile, [at_product, _]) = recorded(2);
    let table = profile.to_string();
    for part in ["2 calls", "of limit", "product [400, 300]", &format!("profile.rs:{at_product}")] {
        assert!(table.contains(part), "{part} in\n{table}");
    }
    let trace: Value = serde_json::from_str(&profile.chrome_trace()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    assert_eq!(events.len(), 2 * profile.steps.len());
    let times = |e: &Value| (e["ts"].as_f64().unwrap(), e["dur"].as_f64().unwrap());
    for pair in events.windows(2) {
        let ((start, time), (next, _)) = (times(&pair[0]), times(&pair[1]));
        // Times are written in microseconds, with nanoseconds behind the point.
        assert!(start + time <= next + 1e-3, "one after the other");
    }
    let folder = std::env::temp_dir().join(format!("hypatia-trace-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("trace.json");
    profile.save_chrome_trace(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), profile.chrome_trace());
    assert!(profile.save_chrome_trace(folder.join("none/trace.json")).is_err());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing half done is left");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn nothing_recorded_is_said() {
    let x = scalar::<f64>("x");
    let f = function([&x], &x + 1.0).device(Device::Interpreter).compile().unwrap();
    assert!(f.profile().to_string().contains("no calls recorded"));
    f.start_profile();
    assert!(f.call::<f64>(()).is_err());
    assert_eq!(f.call::<f64>((1.0,)).unwrap(), 2.0);
    let profile = f.profile();
    assert_eq!(profile.calls, 1, "calls that fail are not counted");
    assert_eq!(profile.steps[0].of_limit, None, "the interpreter has no limits");
}
