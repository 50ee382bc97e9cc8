//! A profile in the Trace Event Format, which browsers' tracing pages and Perfetto show.
//!
//! Source of the format: the Trace Event Format document of the Catapult project, "complete events"
//! (`"ph": "X"`); times are in microseconds.
//!
//! Invariants: valid JSON, whatever names and paths contain.
//!
//! Not here: what is recorded (`record.rs`).

use super::report::Profile;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

impl Profile {
    /// The events as a Chrome trace: one for each step of each call, of the first 2¹⁸ steps that were
    /// recorded, with the lines that it computes for.
    pub fn chrome_trace(&self) -> String {
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let event = |event: &super::record::Event| -> Value {
            let step = &self.steps[event.step];
            let lines = step.lines.iter().filter_map(|(place, _)| *place);
            let lines: Vec<String> = lines.map(|(file, line)| format!("{file}:{line}")).collect();
            json!({
                "name": step.name,
                "cat": "step",
                "ph": "X",
                "ts": micros(event.start),
                "dur": micros(event.time),
                "pid": 1,
                "tid": 1,
                "args": {
                    "lines": lines,
                    "bytes": step.bytes / self.calls as f64,
                    "flops": step.flops / self.calls as f64,
                },
            })
        };
        let events: Vec<Value> = self.events.iter().map(event).collect();
        json!({ "displayTimeUnit": "ns", "traceEvents": events }).to_string()
    }

    /// Writes [`Profile::chrome_trace`] to a file, all of it or nothing.
    ///
    /// Errors: the file cannot be written.
    pub fn save_chrome_trace(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let mut file = std::fs::File::create(&part)?;
        let written = file.write_all(self.chrome_trace().as_bytes());
        let moved = written.and_then(|()| std::fs::rename(&part, path));
        moved.inspect_err(|_| {
            // What is left of it is of no use, and its removal of no importance.
            let _ = std::fs::remove_file(&part);
        })
    }
}
