//! The program, from outside: the real binary, started as people start it.

mod canary;
#[cfg(unix)]
mod commands;
#[cfg(unix)]
mod configs;
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
mod hostile;
#[cfg(unix)]
mod import;
#[cfg(unix)]
mod init;
#[cfg(unix)]
mod logs;
#[cfg(unix)]
mod manual;
#[cfg(target_os = "linux")]
mod packaging;
#[cfg(unix)]
mod people;
mod place;
#[cfg(unix)]
mod restart;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod supervisor;
#[cfg(unix)]
mod webhooks;
