//! Simulated worlds: the core is driven by one virtual clock through people who write, a Zalo that
//! lies, an agent that fails, a disk that forgets and a program that dies between any two actions.
//!
//! 1. A seed draws a [`world::World`]: its people, its configuration, its faults.
//! 2. The [`clock::Clock`] jumps to the next [`step::Step`], or to the channel's own time-out.
//! 3. The step becomes an event; the [`model::Model`] says what it must come to.
//! 4. All actions are taken. [`oracle::Oracle`] looks at them before they are done: nothing may be
//!    visible before it is durable, nothing may come twice, out of order, or to the wrong chat.
//! 5. The actions are done one by one. Between any two the program may die; then it begins anew
//!    with what the [`disk::Disk`] has kept.
//! 6. In the end nothing goes wrong any more, and all that is owed must be settled.
//!
//! The same seed makes the same world, to the byte of its log.

pub mod agent;
pub mod clock;
pub mod dice;
pub mod disk;
pub mod model;
pub mod oracle;
pub mod people;
pub mod rates;
pub mod report;
pub mod run;
pub mod settings;
pub mod step;
pub mod world;
pub mod zalo;
