//! What `dev` is made of: a stage with a local Zalo and a bot on it, a screen that shows both
//! sides, lines that people type, and a script that plays them.

mod desk;
mod input;
mod narration;
mod people;
pub(crate) mod program;
mod pulse;
mod relay;
mod screen;
pub(crate) mod script;
mod stage;
pub(crate) mod talk;
mod typed;
