//! `Questions`: asks on a terminal for what no flag says.

use std::io::{BufRead, Write};

use zaloxide::Token;
use zaloxide::config::environment;
use zaloxide::escape::shown;
use zaloxide::identity::{Identity, IdentityError};

use super::draft::{Draft, TOKEN_FILE, TokenPlace};
use super::{Init, agent, whose};
use crate::exit::Failure;

/// The variable that is offered when it is set.
const TOKEN_VARIABLE: &str = "ZALO_BOT_TOKEN";

/// What became of a token.
enum Tried {
    /// It is this bot's.
    Good(Identity),
    /// Nobody knows, and it is used all the same.
    NotAsked,
    /// Another one is asked for.
    Bad,
}

/// Asks on a terminal for what no flag says.
pub(super) struct Questions<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Questions<R, W> {
    pub(super) fn new(input: R, output: W) -> Self {
        Self { input, output }
    }

    /// Asks for everything, and fills the draft.
    ///
    /// # Errors
    /// The terminal ended before all was answered.
    pub(super) fn ask(
        &mut self,
        args: &Init,
        draft: &mut Draft,
    ) -> Result<Option<Identity>, Failure> {
        self.say("A token is shown by Zalo's Bot Creator when it makes a bot: <digits>:<secret>")?;
        let bot = self.token(args.no_check, draft)?;
        if args.webhook_url.is_none() {
            self.say("\nHow do messages come?  1 they are polled: nothing to set up")?;
            self.say("                       2 Zalo pushes them to a public https URL")?;
            if self.choose("1 or 2", 2)? == 2 {
                self.until("URL, such as https://bot.example/zalo", |url| draft.webhook(url))?;
            }
        }
        if args.dm_policy.is_none() && args.allow.is_empty() {
            self.policy(draft)?;
        }
        if args.agent.is_none() {
            self.say(
                "\nWho answers?  echo repeats what was said, to try things; exec:COMMAND is your",
            )?;
            self.say("              program, run once for each message")?;
            let chosen = self.until("agent [echo]", |text| {
                let text = if text.is_empty() { "echo" } else { text };
                agent(text).map(|text| draft.agent = Some(text))
            });
            chosen?;
        }
        Ok(bot)
    }

    fn policy(&mut self, draft: &mut Draft) -> Result<(), Failure> {
        self.say("\nWho may write to it?  1 strangers get a code, and you let them in (pairing)")?;
        self.say("                      2 only the ids you list (allowlist)")?;
        self.say("                      3 everybody (open)")?;
        self.say("                      4 nobody (disabled)")?;
        let policies = ["pairing", "allowlist", "open", "disabled"];
        let chosen = self.choose("1 to 4", policies.len())?;
        policies[chosen - 1].clone_into(&mut draft.policy);
        if draft.policy == "allowlist" {
            self.until("ids, with commas between them", |text| {
                let ids: Vec<String> = text
                    .split([',', ' '])
                    .filter(|id| !id.is_empty())
                    .map(ToOwned::to_owned)
                    .collect();
                if ids.is_empty() { Err("list one at least".into()) } else { draft.allow(&ids) }
            })?;
        }
        Ok(())
    }

    /// Asks for the token until there is a good one.
    fn token(&mut self, no_check: bool, draft: &mut Draft) -> Result<Option<Identity>, Failure> {
        let given = environment(TOKEN_VARIABLE).filter(|token| !token.trim().is_empty());
        loop {
            let hint = match &given {
                Some(_) => format!("token, or nothing for the one in {TOKEN_VARIABLE}"),
                None => "token (it is not shown)".into(),
            };
            let typed = self.secret(&hint)?;
            let (text, from_variable) = match &given {
                Some(token) if typed.trim().is_empty() => (token.clone(), true),
                _ => (typed, false),
            };
            let token: Token = match text.parse() {
                Ok(token) => token,
                Err(error) => {
                    self.say(&format!("  {error}"))?;
                    continue;
                }
            };
            let bot = match if no_check { Tried::NotAsked } else { self.try_out(token)? } {
                Tried::Good(bot) => Some(bot),
                Tried::NotAsked => None,
                Tried::Bad => continue,
            };
            draft.token = if from_variable {
                TokenPlace::Variable(TOKEN_VARIABLE.into())
            } else {
                TokenPlace::Written { token: text.trim().to_owned(), name: TOKEN_FILE.into() }
            };
            return Ok(bot);
        }
    }

    /// Asks Zalo whose the token is.
    fn try_out(&mut self, token: Token) -> Result<Tried, Failure> {
        match whose(token) {
            Ok(bot) => {
                let name = bot.name.as_deref().map(shown).unwrap_or_default();
                self.say(&format!("  good: bot {} {name}", shown(&bot.id)))?;
                Ok(Tried::Good(bot))
            }
            Err(error @ IdentityError::Unreachable { .. }) => {
                self.say(&format!("  {}", shown(&error.to_string())))?;
                let answer = self.line("go on without trying the token? [y/N]")?;
                let goes_on = answer.trim().eq_ignore_ascii_case("y");
                Ok(if goes_on { Tried::NotAsked } else { Tried::Bad })
            }
            Err(error) => {
                self.say(&format!("  {}", shown(&error.to_string())))?;
                Ok(Tried::Bad)
            }
        }
    }

    /// A number from 1; the first when nothing is typed.
    fn choose(&mut self, what: &str, most: usize) -> Result<usize, Failure> {
        let mut chosen = 1;
        self.until(&format!("{what} [1]"), |text| match text {
            "" => Ok(()),
            text => match text.parse() {
                Ok(number) if (1..=most).contains(&number) => {
                    chosen = number;
                    Ok(())
                }
                _ => Err(format!("type a number from 1 to {most}")),
            },
        })?;
        Ok(chosen)
    }

    /// Asks again until the answer will do.
    fn until(
        &mut self,
        what: &str,
        mut take: impl FnMut(&str) -> Result<(), String>,
    ) -> Result<(), Failure> {
        loop {
            let text = self.line(what)?;
            match take(text.trim()) {
                Ok(()) => return Ok(()),
                Err(why) => self.say(&format!("  {why}"))?,
            }
        }
    }

    #[cfg(unix)]
    fn secret(&mut self, what: &str) -> Result<String, Failure> {
        let quiet = super::unseen::Quiet::begin().map_err(Failure::failed)?;
        self.prompt(what)?;
        let typed = super::unseen::read(&mut self.input).map_err(Failure::failed)?;
        drop(quiet);
        self.say("")?;
        typed.ok_or_else(ended)
    }

    #[cfg(not(unix))]
    fn secret(&mut self, what: &str) -> Result<String, Failure> {
        self.line(what)
    }

    fn line(&mut self, what: &str) -> Result<String, Failure> {
        self.prompt(what)?;
        let mut text = String::new();
        let read = self.input.read_line(&mut text).map_err(Failure::failed)?;
        // What the end of input cut off is no answer.
        if read == 0 || !text.ends_with('\n') {
            self.say("")?;
            return Err(ended());
        }
        Ok(text)
    }

    fn prompt(&mut self, what: &str) -> Result<(), Failure> {
        write!(self.output, "{what}: ").and_then(|()| self.output.flush()).map_err(Failure::failed)
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.output, "{text}").map_err(Failure::failed)
    }
}

fn ended() -> Failure {
    Failure::failed("ended before everything was answered: nothing was written")
}
