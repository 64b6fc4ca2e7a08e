//! Settings: an account's configuration, drawn and changed while it runs.

use zaloxide_core::{
    AccountConfig, AllowList, ChatId, ChunkMode, Delivery, DmPolicy, DmScope, Format, GroupPolicy,
    Handling, Language,
};

use crate::dice::Dice;
use crate::people::{People, WITNESS};

/// The first bot's id; the others follow.
const BOT_ID: u64 = 1_459_232_241_454_765_289;
/// Where the webhooks of all accounts are.
const HOOKS: &str = "https://bots.example/";
/// What stands for a token's fingerprint. It must never be seen.
pub const CANARY: &str = "canary-";

/// The webhook of an account.
pub fn webhook(account: &str) -> String {
    format!("{HOOKS}{account}")
}

/// Whether it is one of ours.
pub fn is_own(url: &str) -> bool {
    url.starts_with(HOOKS)
}

/// The first configuration of account number `n`.
pub fn draw(dice: &mut Dice, people: &People, n: u64) -> AccountConfig {
    let mut config = AccountConfig::new(format!("bot{n}"), format!("{}", BOT_ID + n));
    people.list(&mut config);
    config.token_tag = format!("{CANARY}{:x}", dice.below(1_000));
    config.dm_policy = dice.pick(&[DmPolicy::Pairing, DmPolicy::Pairing, DmPolicy::Allowlist]);
    config.group_policy = dice.pick(&[GroupPolicy::Allowlist, GroupPolicy::Open]);
    config.webhook_url = dice.chance(400).then(|| webhook(&config.account));
    config.webhook_delete_on_stop = dice.chance(200);
    config.delivery =
        dice.pick(&[Delivery::AtLeastOnce, Delivery::AtLeastOnce, Delivery::AtMostOnce]);
    config.format = dice.pick(&[Format::Text, Format::Text, Format::Markdown]);
    config.chunk_mode = dice.pick(&[ChunkMode::Length, ChunkMode::Newline]);
    config.text_chunk_limit = dice.pick(&[2_000, 2_000, 500, 200]);
    config.typing = dice.chance(700);
    config.polling.timeout_sec = dice.pick(&[30, 120, 300]);
    config.polling.take_over = dice.chance(300);
    config.turn.timeout_sec = dice.pick(&[120, 30, 10]);
    config.turn.parallel = dice.pick(&[64, 64, 1, 2]);
    config.session.dm_scope = dice.pick(&[DmScope::Main, DmScope::PerChat]);
    tune(dice, people, &mut config);
    config
}

/// What may change at any time and changes nothing else.
fn tune(dice: &mut Dice, people: &People, config: &mut AccountConfig) {
    config.turn.debounce_ms = dice.pick(&[0, 0, 1_000, 5_000, 60_000]);
    config.inbound.sticker = dice.pick(&[Handling::Log, Handling::Deliver]);
    config.inbound.voice = dice.pick(&[Handling::Log, Handling::Deliver]);
    let said = dice.chance(500).then(|| String::from("Bot chưa đọc được loại tin này."));
    config.unsupported_reply = said.unwrap_or_default();
    config.pairing.max_pending = dice.pick(&[20, 20, 3]);
    config.pairing.language = dice.pick(&[Language::Both, Language::Vi, Language::En]);
    let owner = people.persons.first().map(|person| ChatId::from(person.id.as_str()));
    config.pairing.notify = owner.filter(|_| dice.chance(300)).into_iter().collect();
    (config.rate.chat_per_sec, config.rate.account_per_sec, config.rate.burst) =
        dice.pick(&[(5, 20, 20), (5, 20, 20), (1, 2, 1), (2, 0, 3), (0, 3, 5)]);
}

/// One change of a running configuration.
pub fn change(dice: &mut Dice, people: &People, config: &mut AccountConfig) {
    match dice.below(8) {
        0 => config.dm_policy = dice.pick(&[DmPolicy::Pairing, DmPolicy::Allowlist]),
        1 => {
            let somebody = dice.pick(&[0, 1, 2]);
            let ids = people.persons.iter().skip(somebody).map(|person| person.id.as_str());
            config.allow_from = AllowList::from_entries(ids.take(2).chain([WITNESS]));
        }
        2 => {
            config.group_policy =
                dice.pick(&[GroupPolicy::Allowlist, GroupPolicy::Open, GroupPolicy::Disabled]);
            let ids = people.persons.iter().map(|person| person.id.as_str());
            let list = AllowList::from_entries(ids.take(2));
            config.group_allow_from = dice.chance(500).then_some(list);
        }
        3 if config.webhook_url.is_some() => config.webhook_url = None,
        3 => config.webhook_url = Some(webhook(&config.account)),
        4 => config.token_tag = format!("{CANARY}{:x}", dice.below(1_000)),
        5 => config.delivery = dice.pick(&[Delivery::AtLeastOnce, Delivery::AtMostOnce]),
        6 => config.dm_policy = DmPolicy::Disabled,
        _ => tune(dice, people, config),
    }
}

/// What lets the witness in; `n` makes it another token, so that Zalo is asked at once.
pub fn heal(n: u32, people: &People, config: &mut AccountConfig) {
    config.dm_policy = DmPolicy::Pairing;
    people.list(config);
    config.token_tag = format!("{CANARY}healed-{n}");
}
