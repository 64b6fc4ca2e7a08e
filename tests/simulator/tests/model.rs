//! The naive model, driven by proptest: a list of steps in a world where nothing goes wrong comes to
//! what the model says, step by step, and a list that does not is shrunk.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use zaloxide_core::{AccountConfig, ChatId, DAY_MS, HOUR_MS, SenderId, Time, Verdict};
use zaloxide_simulator::dice::Dice;
use zaloxide_simulator::model::Model;
use zaloxide_simulator::news::News;
use zaloxide_simulator::people::What;
use zaloxide_simulator::settings;
use zaloxide_simulator::setup::Setup;
use zaloxide_simulator::step::{
    About, By, Deed, Ending, Errand, Line, Luck, Ruling, Says, Step, Written,
};
use zaloxide_simulator::update::Update;
use zaloxide_simulator::world::World;

/// What the model knows of one account.
#[derive(Clone, Debug)]
struct One {
    config: AccountConfig,
    model: Model,
    updates: Vec<Update>,
    delivered: Vec<(ChatId, String)>,
}

/// What the model knows of the world.
#[derive(Clone, Debug)]
struct Known {
    setup: Setup,
    now: Time,
    accounts: Vec<One>,
}

/// Where all is at once, and only polling: then the model is the whole truth.
fn plain(config: &mut AccountConfig) {
    config.webhook_url = None;
    config.typing = false;
    config.rate.chat_per_sec = 0;
    config.rate.account_per_sec = 0;
    config.turn.debounce_ms = 0;
}

fn begun(seed: u64, accounts: u64) -> Known {
    let mut setup = Setup::of(&mut Dice::new(seed), accounts);
    for seat in &mut setup.accounts {
        plain(&mut seat.config);
        (seat.keeps, seat.foreign) = (true, false);
    }
    let one = |config: AccountConfig| One {
        config,
        model: Model::default(),
        updates: Vec::new(),
        delivered: Vec::new(),
    };
    let accounts = setup.accounts.iter().map(|seat| one(seat.config.clone())).collect();
    Known { now: setup.start, accounts, setup }
}

impl Known {
    fn changed(&self, account: u8, salt: u16) -> AccountConfig {
        let mut config = self.accounts[usize::from(account)].config.clone();
        settings::change(&mut Dice::new(salt.into()), &self.setup.people, &mut config);
        config
    }

    fn deed(&mut self, account: u8, deed: Deed) {
        let changed = match deed {
            Deed::Change(salt) => Some(self.changed(account, salt)),
            _ => None,
        };
        let people = &self.setup.people;
        let One { config, model, updates, delivered } = &mut self.accounts[usize::from(account)];
        match deed {
            Deed::Write { person, group, what, salt } => {
                let (n, person) = (updates.len(), people.person(person));
                let update = Update::new(&config.bot_id, n, person, group, what, salt);
                take(config, model, delivered, &update, self.now);
                updates.push(update);
            }
            Deed::Again(back) => {
                if let Some(update) = updates.len().checked_sub(1 + usize::from(back)) {
                    take(config, model, delivered, &updates[update], self.now);
                }
            }
            Deed::Decide { person, by, ruling } => {
                let id = &people.person(person).id;
                if by == By::Id || is_pending(model, id, self.now) {
                    let verdict = match ruling {
                        Ruling::Approve | Ruling::ApproveAndTell => {
                            Verdict::Approve { notify: false }
                        }
                        Ruling::Reject => Verdict::Reject { block: false },
                        Ruling::Block => Verdict::Reject { block: true },
                        Ruling::Revoke => Verdict::Revoke,
                    };
                    model.decide(id, verdict, self.now);
                }
            }
            Deed::Errand(Errand::Pause(chat)) => {
                model.paused.extend(people.taken_over(chat));
            }
            Deed::Errand(Errand::Resume(chat)) => {
                model.paused.remove(&people.chat(chat));
            }
            Deed::Errand(Errand::Forget(person)) => model.forget(&people.person(person).id),
            Deed::Errand(Errand::Import(person)) => {
                model.import(&people.person(person).id, self.now);
            }
            Deed::Change(_) => *config = changed.unwrap_or_else(|| config.clone()),
            Deed::Stop { .. } => {
                // Nothing runs for a millisecond.
                self.now = self.now.plus(1);
                model.restart(self.now);
            }
            _ => {}
        }
    }
}

fn is_pending(model: &Model, id: &SenderId, now: Time) -> bool {
    model.asked.get(id).is_some_and(|asked| now < asked.at.plus(HOUR_MS))
}

fn take(
    config: &AccountConfig,
    model: &mut Model,
    delivered: &mut Vec<(ChatId, String)>,
    update: &Update,
    now: Time,
) {
    let fate = model.take(config, update, now, 0);
    if fate.is_ok() {
        delivered.push((update.chat.clone(), update.text.clone()));
    }
    // Whoever is to be told is told at once.
    if let Some(asked) = model.asked.get_mut(&update.sender) {
        asked.told = true;
    }
}

impl ReferenceStateMachine for Known {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        (any::<u16>(), 1_u64..3).prop_map(|(seed, accounts)| begun(seed.into(), accounts)).boxed()
    }

    fn transitions(known: &Self) -> BoxedStrategy<Step> {
        let accounts = u8::try_from(known.accounts.len()).unwrap_or(1);
        let what = prop_oneof![
            6 => Just(What::Text),
            2 => prop::sample::select(What::ALL.to_vec()),
        ];
        let write = (0_u8..6, any::<bool>(), what, any::<u16>())
            .prop_map(|(person, group, what, salt)| Deed::Write { person, group, what, salt });
        let by = prop::sample::select(vec![By::Code, By::SloppyCode, By::Id]);
        let ruling = prop::sample::select(vec![
            Ruling::Approve,
            Ruling::ApproveAndTell,
            Ruling::Reject,
            Ruling::Block,
            Ruling::Revoke,
        ]);
        let decide = (0_u8..6, by, ruling).prop_map(|(person, by, ruling)| Deed::Decide {
            person,
            by,
            ruling,
        });
        let errand = prop_oneof![
            any::<u8>().prop_map(Errand::Pause),
            any::<u8>().prop_map(Errand::Resume),
            (0_u8..6).prop_map(Errand::Forget),
            (0_u8..6).prop_map(Errand::Import),
        ];
        let deed = prop_oneof![
            8 => write,
            1 => (0_u8..4).prop_map(Deed::Again),
            4 => decide,
            2 => errand.prop_map(Deed::Errand),
            1 => any::<u16>().prop_map(Deed::Change),
            1 => Just(Deed::Stop { down_ms: 0 }),
        ];
        let wait = prop::sample::select(vec![1_000, 10 * 60_000, HOUR_MS - 1, HOUR_MS, DAY_MS]);
        prop_oneof![
            6 => (0..accounts, deed).prop_map(|(account, deed)| Step::At(account, deed)),
            1 => wait.prop_map(|ms| Step::Wait { ms, late: false }),
        ]
        .boxed()
    }

    fn preconditions(known: &Self, step: &Step) -> bool {
        match step {
            Step::At(account, _) if usize::from(*account) >= known.accounts.len() => false,
            Step::At(account, Deed::Change(salt)) => {
                let config = known.changed(*account, *salt);
                let mut same = config.clone();
                plain(&mut same);
                same == config
            }
            _ => true,
        }
    }

    fn apply(mut known: Self, step: &Step) -> Self {
        match *step {
            Step::Wait { ms, .. } => known.now = known.now.plus(ms),
            Step::At(account, deed) => known.deed(account, deed),
            Step::Wall(_) => {}
        }
        known
    }
}

/// A world in which all is done at once and well.
struct Prompt(World);

impl Prompt {
    fn take(&mut self, step: Step) {
        self.0.take(&step).unwrap();
    }

    /// Has everything come to its end that is under way, while no time passes.
    fn settle(&mut self) {
        self.take(Step::Wait { ms: 0, late: false });
        loop {
            let news = self.0.news();
            if news.is_empty() {
                return;
            }
            for (account, news) in news {
                if let Some(deed) = self.end(account, news) {
                    self.take(Step::At(account, deed));
                }
            }
            self.take(Step::Wait { ms: 0, late: false });
        }
    }

    fn end(&self, account: u8, news: News) -> Option<Deed> {
        Some(match news {
            News::Called { line: Line::Poll, .. } | News::Code { .. } | News::Ended => return None,
            News::Called { line, .. } => Deed::Ends(line, Ending::Well(5)),
            News::Cancelled { line, .. } => Deed::Ends(line, Ending::LostBefore),
            News::Committing => Deed::Disk(Written::Whole),
            News::Fetching => Deed::Fetched(Luck::Well),
            News::Preparing => Deed::Prepared(Luck::Well),
            News::Delivered { chat, .. } => {
                Deed::Agent { chat, about: About::This, says: Says::Reply(1) }
            }
            News::Waiting if self.0.account(account).zalo.inbox.is_empty() => return None,
            News::Waiting => Deed::Ends(Line::Poll, Ending::Well(5)),
        })
    }
}

impl StateMachineTest for Prompt {
    type SystemUnderTest = Self;
    type Reference = Known;

    fn init_test(known: &Known) -> Self {
        let mut prompt = Self(World::new(&known.setup));
        prompt.settle();
        prompt
    }

    fn apply(mut prompt: Self, _: &Known, step: Step) -> Self {
        prompt.take(step);
        prompt.settle();
        if matches!(step, Step::At(_, Deed::Stop { .. })) {
            prompt.take(Step::Wait { ms: 1, late: false });
            prompt.settle();
        }
        prompt
    }

    fn check_invariants(prompt: &Self, known: &Known) {
        for (account, one) in prompt.0.accounts.iter().zip(&known.accounts) {
            let view = account.channel().expect("it runs").view();
            let approved: BTreeSet<&SenderId> = view.approved().map(|(id, _)| id).collect();
            assert_eq!(approved, one.model.approved.iter().collect(), "approved");
            // A view is as of the last event.
            let alive = view.pending().filter(|(_, it)| known.now < it.issued_at.plus(HOUR_MS));
            let pending: BTreeSet<&SenderId> = alive.map(|(id, _)| id).collect();
            let asked = one.model.asked.keys().filter(|id| is_pending(&one.model, id, known.now));
            assert_eq!(pending, asked.collect(), "pending");
            let paused: BTreeSet<&ChatId> = view.paused_chats().map(|(chat, _)| chat).collect();
            assert_eq!(paused, one.model.paused.iter().collect(), "paused");
            assert_eq!(account.delivered.len(), one.delivered.len(), "{:?}", account.delivered);
            for ((chat, text), (to, words)) in account.delivered.iter().zip(&one.delivered) {
                // Without the leading mention.
                assert!(chat == to && words.ends_with(text.as_str()), "{text} and {words}");
            }
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_core_does_what_the_model_says(sequential 1..60 => Prompt);
}
