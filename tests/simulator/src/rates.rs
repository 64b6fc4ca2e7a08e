//! `Rates`: how often what goes wrong. Drawn from the seed; all zero while a world heals.

use crate::dice::Dice;

/// Times in a thousand.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// A call is done and its answer lost.
    pub lost_after: u64,
    /// A call is lost on its way.
    pub lost_before: u64,
    /// A call surely never left.
    pub not_sent: u64,
    /// The edge's rate limit, as HTML.
    pub html_429: u64,
    /// A bad gateway; half of these calls are done all the same.
    pub gateway_502: u64,
    /// An outage told as JSON; half of these calls are done all the same.
    pub json_500: u64,
    /// The answer stops half way.
    pub truncated: u64,
    /// The month's quota is used up.
    pub quota: u64,
    /// A send that Zalo does not like.
    pub refused_400: u64,
    /// A rate limit that says when to come back.
    pub later_429: u64,
    /// An error of a kind that is rare: 403, 404, 408, 426.
    pub odd: u64,
    /// A call that is done is done some time before it is answered.
    pub arrives_first: u64,
    /// An update comes once more.
    pub duplicate: u64,
    /// A poll answers nothing, and at once.
    pub idle_at_once: u64,
    /// A Commit fails; any beginning of it may be on the disk.
    pub commit_fails: u64,
    /// A Commit takes seconds.
    pub commit_slow: u64,
    /// The program dies between two actions.
    pub crash: u64,
    /// The program is not woken in time.
    pub late: u64,
    /// The wall clock steps.
    pub wall_steps: u64,
    /// A restored channel is compared with the live one.
    pub compare: u64,
    /// The agent says that it failed.
    pub agent_fails: u64,
    /// The agent never answers.
    pub agent_dead: u64,
    /// The agent answers after its time.
    pub agent_slow: u64,
    /// The agent answers twice.
    pub agent_twice: u64,
    /// The agent answers what nobody asked.
    pub agent_stray: u64,
    /// A download fails, or a medium is refused.
    pub media_fails: u64,
}

impl Rates {
    /// A world's rates: most faults are absent or rare, some worlds are awful.
    pub fn draw(dice: &mut Dice) -> Self {
        let mut rate = || dice.pick(&[0, 0, 4, 12, 40, 120]);
        Self {
            lost_after: rate(),
            lost_before: rate(),
            not_sent: rate(),
            html_429: rate(),
            gateway_502: rate(),
            json_500: rate(),
            truncated: rate(),
            quota: rate() / 16,
            refused_400: rate() / 3,
            later_429: rate(),
            odd: rate() / 6,
            duplicate: rate(),
            idle_at_once: rate(),
            commit_fails: rate(),
            commit_slow: rate(),
            arrives_first: dice.pick(&[0, 100, 500]),
            crash: dice.pick(&[0, 2, 4, 11]),
            late: dice.pick(&[0, 50, 300]),
            wall_steps: dice.pick(&[0, 0, 1, 4]),
            compare: 1,
            agent_fails: dice.pick(&[0, 10, 60, 200]),
            agent_dead: dice.pick(&[0, 0, 20, 60]),
            agent_slow: dice.pick(&[0, 0, 20, 60]),
            agent_twice: dice.pick(&[0, 20, 100]),
            agent_stray: dice.pick(&[0, 20, 100]),
            media_fails: dice.pick(&[0, 100, 500]),
        }
    }
}
