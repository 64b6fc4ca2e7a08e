//! Pace: in any window of time a chat, and the account, sends at most its burst and what its rate
//! allows.

use std::collections::{BTreeMap, VecDeque};

use zaloxide_core::{ChatId, Time};

use super::{Check, Scene, broken};

/// Sends that are remembered: every window ends at the last of them.
const REMEMBERED: usize = 128;

#[derive(Debug, Default)]
pub(super) struct Pace {
    account: VecDeque<Time>,
    chats: BTreeMap<ChatId, VecDeque<Time>>,
}

impl Pace {
    pub(super) fn sent(&mut self, scene: Scene<'_>, chat: &ChatId) -> Check {
        let rate = &scene.config.rate;
        let burst = rate.burst.into();
        window(&mut self.account, scene.now, rate.account_per_sec.into(), burst)
            .or_else(|text| broken("pace", format!("the account: {text}")))?;
        let sends = self.chats.entry(chat.clone()).or_default();
        window(sends, scene.now, rate.chat_per_sec.into(), burst)
            .or_else(|text| broken("pace", format!("chat {chat}: {text}")))
    }
}

fn window(sends: &mut VecDeque<Time>, now: Time, rate: u64, burst: u64) -> Result<(), String> {
    sends.push_back(now);
    if sends.len() > REMEMBERED {
        sends.pop_front();
    }
    if rate == 0 {
        return Ok(());
    }
    for (count, from) in (1_u64..).zip(sends.iter().rev()) {
        let ms = now.since(*from);
        if count * 1_000 > burst * 1_000 + ms * rate {
            return Err(format!(
                "{count} messages in {ms} ms, at {rate} a second, {burst} at once"
            ));
        }
    }
    Ok(())
}
