//! `machine`: any bytes are a world of steps: people, a Zalo that lies, a disk that forgets, crashes
//! at any action. After each step the naive model and all oracles of the simulator look at the
//! channel, and in the end all that is owed is settled.

use zaloxide_simulator::run::{self, How};
use zaloxide_simulator::script::Script;

/// Steps by the simulator's own reading of bytes. `zaloxide-simulator` replays such a script.
pub fn check(bytes: &[u8]) {
    let script = Script::from_bytes(bytes);
    if let Some(violation) = run::script(&script, How::default()).violation {
        panic!("{violation}\n{}", script.to_lines());
    }
}
