//! Runs reference cases against Hypatia: folders of manifests, and ONNX node tests.
//!
//! Invariants: exit status 0 if nothing failed, 1 if a case failed, 2 if the files or the command
//! line cannot be used; a panic of a case is a failure of that case.
//!
//! Not here: anything that Hypatia does; this is one of its users.

#![allow(clippy::print_stdout)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod backend;
mod case;
mod command;
mod compare;
mod error;
mod families;
mod manifest;
mod model;
mod onnx;
mod ops;
mod optim;
mod parallel;
mod refuse;
mod report;
mod train;

use command::Command;
use error::Error;
use report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    match command::read(lexopt::Parser::from_env()).and_then(run) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Say(text) => {
            println!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Onnx { path, filter, write, jobs } => {
            let suite = onnx::suite::run(onnx::suite::read(&path)?, &filter, jobs);
            print!("{suite}");
            if let Some(path) = write {
                std::fs::write(&path, suite.page()).map_err(Error::file(&path))?;
            }
            Ok(if suite.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        Command::Folder { folder, backends, filter, json, jobs } => {
            let families = manifest::read(&folder)?;
            let mut report = Report::default();
            for backend in backends {
                families::run(&families, backend, &filter, jobs, &mut report);
            }
            print!("{report}");
            if let Some(path) = json {
                let text = format!("{:#}\n", report.json());
                std::fs::write(&path, text).map_err(Error::file(&path))?;
            }
            Ok(if report.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
    }
}
