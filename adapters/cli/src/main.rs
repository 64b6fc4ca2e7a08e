//! The program `zaloxide`: all of it is in the library, so that other packages can be it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    zaloxide_cli::main(std::env::args_os())
}
