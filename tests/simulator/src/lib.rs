//! Simulated worlds: the core is driven by one virtual clock through people who write, a Zalo that
//! lies, an agent that fails, a disk that forgets and a program that dies between any two actions.
//!
//! 1. A [`setup::Setup`] says how a [`world::World`] begins: its people, its accounts, the time.
//! 2. A [`step::Step`] is all that can happen, with everything drawn for it. A [`director::Director`]
//!    draws steps from a seed; a [`script::Script`] holds them; bytes can be steps too
//!    ([`Script::from_bytes`](script::Script::from_bytes)).
//! 3. A step becomes an event of an [`account::Account`]; the [`model::Model`] says what it must come
//!    to. Between steps time passes, and timers fire.
//! 4. All actions are taken. [`oracle::Oracle`] looks at them before they are done: nothing may be
//!    visible before it is durable, nothing may come twice, out of order, or to the wrong chat.
//! 5. The actions are done one by one. Between any two the program may die; then it begins anew
//!    with what the [`disk::Disk`] has kept.
//! 6. In the end nothing goes wrong any more ([`healing`]), and all that is owed must be settled.
//!
//! The same seed makes the same world, to the byte of its log.

pub mod account;
pub mod agent;
pub mod dice;
pub mod director;
pub mod disk;
pub mod fleet;
pub mod healing;
pub mod model;
pub mod news;
pub mod oracle;
pub mod people;
pub mod rates;
pub mod report;
pub mod run;
pub mod script;
pub mod settings;
pub mod setup;
pub mod shrink;
pub mod step;
pub mod tape;
pub mod update;
pub mod world;
pub mod zalo;
