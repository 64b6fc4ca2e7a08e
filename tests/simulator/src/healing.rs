//! Healing: nothing goes wrong any more, and in the end nothing is owed to anybody. Then the books are
//! compared, and the program is stopped.

use crate::account::Account;
use crate::dice::Dice;
use crate::director::Director;
use crate::oracle::{Check, broken};
use crate::step::{Deed, Step};
use crate::world::World;

/// Steps in which an account has to be healed.
const STEPS_MAX: u64 = 30_000;

/// Heals a world. `seed` draws how.
pub fn heal(world: &mut World, seed: u64) -> Check {
    for account in &mut world.accounts {
        account.heal()?;
    }
    let accounts = u8::try_from(world.accounts.len()).unwrap_or(u8::MAX);
    let mut director = Director::calm(Dice::new(seed), world);
    director.mend(accounts);
    let most = STEPS_MAX * u64::from(accounts);
    go_on(world, &mut director, most, |world| world.accounts.iter().all(Account::is_settled))?;
    for account in &mut world.accounts {
        account.close_books()?;
        account.retire();
    }
    for account in 0..accounts {
        world.take(&Step::At(account, Deed::Stop { down_ms: 0 }))?;
    }
    director.hear(world);
    go_on(world, &mut director, most, |world| {
        world.accounts.iter().all(|account| account.channel().is_none())
    })
}

fn go_on(
    world: &mut World,
    director: &mut Director,
    most: u64,
    is_over: impl Fn(&World) -> bool,
) -> Check {
    let mut steps = 0;
    while !is_over(world) {
        steps += 1;
        let Some(step) = director.next(world).filter(|_| steps <= most) else {
            let owing: Vec<String> = world.accounts.iter().map(Account::owing).collect();
            return broken("healing", format!("not healed: {}", owing.join("; ")));
        };
        world.take(&step)?;
        director.hear(world);
    }
    Ok(())
}
