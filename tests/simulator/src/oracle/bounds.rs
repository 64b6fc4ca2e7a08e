//! Bounds: every queue has one.

use zaloxide_core::Channel;

use super::{Check, Scene, broken};

pub(super) fn kept(scene: Scene<'_>) -> Check {
    let view = scene.channel.view();
    if let Some((chat, len)) = view.lanes().find(|(_, len)| *len > 100) {
        return broken("bounds", format!("{len} turns wait in chat {chat}"));
    }
    // A lower bound in a new configuration takes nobody's code away.
    let max = (scene.config.pairing.max_pending as usize).max(20);
    let pending = view.pending().count();
    if pending > max {
        return broken("bounds", format!("{pending} strangers have codes, at most {max} may"));
    }
    let chunks: usize = view.parcels().map(zaloxide_core::Parcel::left).sum();
    if chunks > 10_000 {
        return broken("bounds", format!("{chunks} chunks wait"));
    }
    if let Some(parcel) = view.parcels().find(|parcel| parcel.of() > 100) {
        return broken("bounds", format!("{} chunks in {:?}", parcel.of(), parcel.cause));
    }
    Ok(())
}

/// Those whose counting takes long: looked at now and then.
pub(crate) fn at_large(channel: &Channel) -> Check {
    let status = channel.view().status();
    let table = [
        ("turns", status.turns, 10_000),
        ("dead letters", status.dead_letters, 1_000),
        ("lines of the bot's own", status.notices, 100),
        ("keys of duplicates", status.seen_keys, 20_000),
    ];
    match table.iter().find(|(_, number, most)| number > most) {
        None => Ok(()),
        Some((what, number, most)) => broken("bounds", format!("{number} {what}, over {most}")),
    }
}
