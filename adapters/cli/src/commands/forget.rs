//! `forget`: erases what is known of a person.

use clap::Args;
use zaloxide::control::Request;
use zaloxide::escape::shown;
use zaloxide_core::SenderId;

use crate::ask::ask;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::target;

/// Erase what is known of a person: their approval, their messages, their history
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The person's id
    #[arg(value_parser = target::sender)]
    sender: SenderId,
}

pub(crate) fn run(args: &Forget, context: &Context) -> Result<Exit, Failure> {
    let account = context.global.account.clone();
    let sender = args.sender.clone();
    let answer = ask(context, &Request::Forget { account, sender })?;
    if context.out.is_json() {
        context.out.json(&answer)?;
    } else {
        context.out.line(format!("forgotten: {}", shown(args.sender.as_str())))?;
    }
    Ok(Exit::Done)
}
