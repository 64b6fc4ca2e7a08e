//! The program `zaloxide`: all of it is in the library, so that other packages can be it too.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A message is a few dozen small allocations, on whichever thread.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    zaloxide_cli::main(std::env::args_os())
}
