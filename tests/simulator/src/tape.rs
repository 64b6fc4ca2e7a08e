//! `Tape`: bytes as steps, so that a fuzzer can write worlds. Any bytes are a script; a byte that
//! changes changes one step, and bytes left out leave steps out.

use crate::dice::Dice;
use crate::people::What;
use crate::script::Script;
use crate::setup::Setup;
use crate::step::{About, By, Deed, Done, Ending, Errand, Line, Luck, Ruling, Says, Step, Written};

/// Steps of a script at the most.
const STEPS_MAX: usize = 2_000;
/// Accounts of a world at the most.
const ACCOUNTS_MAX: u8 = 3;

/// Bytes that are read one after the other. Behind their end there are zeros.
struct Tape<'a>(&'a [u8]);

impl Script {
    /// The script that these bytes are. The first three are the setup: a seed and the number of
    /// accounts.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut tape = Tape(bytes);
        let mut dice = Dice::new(tape.two().into());
        let accounts = 1 + tape.one() % ACCOUNTS_MAX;
        let setup = Setup::of(&mut dice, accounts.into());
        let mut script = Self { setup, steps: Vec::new() };
        while !tape.0.is_empty() && script.steps.len() < STEPS_MAX {
            script.push(tape.step());
        }
        script
    }
}

impl Tape<'_> {
    fn one(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn two(&mut self) -> u16 {
        u16::from_le_bytes([self.one(), self.one()])
    }

    fn of<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.one()) % from.len()]
    }

    /// The low half of the first byte is the kind, with what is frequent more than once; the high
    /// half is the account.
    fn step(&mut self) -> Step {
        let first = self.one();
        let account = first >> 6;
        let deed = match first % 64 {
            0..=11 => return Step::Wait { ms: self.time(), late: false },
            12 => return Step::Wait { ms: self.time(), late: true },
            13 => {
                let by = i64::try_from(self.time()).unwrap_or(0);
                return Step::Wall(if self.one() < 128 { by } else { -by });
            }
            14..=19 => self.write(),
            20 => Deed::Again(self.one()),
            21 => self.of(&[Deed::Haunt(0), Deed::Haunt(1), Deed::Exorcise]),
            22..=24 => Deed::Push(self.one()),
            25 | 26 => Deed::Arrives(self.line()),
            27..=38 => Deed::Ends(self.line(), self.ending()),
            39 => Deed::Stray(self.ending()),
            40..=45 => Deed::Disk(match self.one() {
                part @ ..64 => Written::Part(part.into()),
                _ => Written::Whole,
            }),
            46 => Deed::Fetched(self.luck()),
            47 => Deed::Prepared(self.luck()),
            48..=52 => Deed::Agent {
                chat: self.one(),
                about: self.of(&[About::This, About::This, About::Last, About::Next]),
                says: match self.one() {
                    ..32 => Says::Failure,
                    salt => Says::Reply(salt.into()),
                },
            },
            53 | 54 => Deed::Decide {
                person: self.one(),
                by: self.of(&[By::Code, By::SloppyCode, By::CodeOf(0), By::CodeOf(1), By::Id]),
                ruling: self.of(&[
                    Ruling::Approve,
                    Ruling::ApproveAndTell,
                    Ruling::Reject,
                    Ruling::Block,
                    Ruling::Revoke,
                ]),
            },
            55 | 56 => Deed::Errand(self.errand()),
            57 => Deed::Send { chat: self.one(), salt: self.two() },
            58 => Deed::Change(self.two()),
            59 => Deed::Token(self.luck()),
            60 => Deed::Foreign(self.one() < 128),
            61 => self.of(&[Deed::Compact, Deed::Compare]),
            62 => Deed::Dies {
                actions: (self.one() % 16).into(),
                keeps: self.one().into(),
                down_ms: u32::from(self.one()) * 50,
            },
            _ => Deed::Stop { down_ms: u32::from(self.one()) * 50 },
        };
        Step::At(account, deed)
    }

    /// From a millisecond to nine days, finer where it is short.
    fn time(&mut self) -> u64 {
        let byte = self.one();
        u64::from(1 + byte % 8) << (byte / 8).min(27)
    }

    fn write(&mut self) -> Deed {
        Deed::Write {
            person: self.one(),
            group: self.one() < 64,
            what: match self.one() {
                128.. => What::Text,
                other => What::ALL[usize::from(other) % What::ALL.len()],
            },
            salt: self.one().into(),
        }
    }

    fn line(&mut self) -> Line {
        match self.one() {
            ..80 => Line::Poll,
            80..=130 => Line::Call,
            131..=140 => Line::Typing,
            chat => Line::Chat(chat - 141),
        }
    }

    fn luck(&mut self) -> Luck {
        self.of(&[Luck::Well, Luck::Ill])
    }

    fn ending(&mut self) -> Ending {
        let done = |tape: &mut Self| tape.of(&[Done::Yes, Done::No]);
        match self.one() % 32 {
            0 => Ending::NotSent,
            1 => Ending::LostBefore,
            2 => Ending::LostAfter,
            3 => Ending::Truncated,
            4 => Ending::Html429,
            5 => Ending::Later429(self.one()),
            6 => Ending::Quota,
            7 => Ending::Refused400,
            8 => Ending::Internal403,
            9 => Ending::Missing404,
            10 => Ending::Timeout408(done(self)),
            11 => Ending::TooOften426,
            12 => Ending::Json500(done(self)),
            13 => Ending::Html502(done(self)),
            14 => Ending::Html504(done(self)),
            _ => Ending::Well(self.one()),
        }
    }

    fn errand(&mut self) -> Errand {
        let kind = self.one();
        let which = self.one();
        match kind % 12 {
            0 => Errand::Retry(which),
            1 => Errand::Drop(which),
            2 => Errand::ResumeSends,
            3 => Errand::Forget(which),
            4 => Errand::Pause(which),
            5 => Errand::Resume(which),
            6 => Errand::AskMe,
            7 => Errand::AskWebhook,
            8 => Errand::SetWebhook,
            9 => Errand::DeleteWebhook,
            10 => Errand::TestWebhook,
            _ => Errand::Mend,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_a_script() {
        let mut dice = Dice::new(1);
        for len in [0, 1, 2, 3, 4, 50, 500] {
            let bytes: Vec<u8> = (0..len).map(|_| dice.byte(255)).collect();
            let script = Script::from_bytes(&bytes);
            assert!(script.steps.len() <= len);
            assert_eq!(Script::from_lines(&script.to_lines()), Ok(script));
        }
    }
}
