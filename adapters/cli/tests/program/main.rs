//! The program, from outside: the real binary, started as people start it.

#[cfg(unix)]
mod configs;
mod dev;
#[cfg(unix)]
mod disks;
#[cfg(unix)]
mod errands;
mod errors;
#[cfg(unix)]
mod gateway;
mod help;
#[cfg(unix)]
mod init;
mod place;
#[cfg(unix)]
mod restart;
#[cfg(unix)]
mod webhooks;
