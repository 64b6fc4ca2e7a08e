//! The program `zaloxide`, for the package's own command.

use std::ffi::OsString;
use std::process::ExitCode;

use napi_derive::napi;

/// Runs a command line, the program's name first; the exit code.
#[napi]
pub fn program(arguments: Vec<String>) -> u8 {
    let code = zaloxide_cli::main(arguments.into_iter().map(OsString::from));
    // The codes have no getter.
    (0..=u8::MAX).find(|number| ExitCode::from(*number) == code).unwrap_or(1)
}
