//! The program, from outside: the real binary, started as people start it.

mod canary;
mod dev;
#[cfg(unix)]
mod disks;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod errands;
mod errors;
#[cfg(unix)]
mod gateway;
mod help;
#[cfg(unix)]
mod import;
mod logs;
#[cfg(unix)]
mod people;
mod place;
#[cfg(unix)]
mod restart;
#[cfg(unix)]
mod supervisor;
#[cfg(unix)]
mod webhooks;
