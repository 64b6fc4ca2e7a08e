//! `Routes`: which path and secret belong to whom.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hasher;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use siphasher::sip128::{Hasher128, SipHasher13};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::taker::Taker;

/// Which path and secret belong to whom. May be changed while a door uses it; requests that were
/// let in go on.
pub struct Routes {
    /// Of this process alone, so that nobody can work out secrets that meet.
    key: [u8; 16],
    table: RwLock<Table>,
}

#[derive(Default)]
struct Table {
    paths: HashMap<Box<[u8]>, Arc<Path>>,
    /// Where each account is, the newest place last.
    accounts: HashMap<String, Vec<Spot>>,
}

/// A path, and a secret's hash.
type Spot = (Box<[u8]>, u128);

/// The accounts of one path, by the hashes of their secrets.
#[derive(Clone, Default)]
pub(crate) struct Path {
    key: [u8; 16],
    owners: HashMap<u128, Owner>,
}

#[derive(Clone)]
struct Owner {
    account: String,
    secret: Arc<Zeroizing<Box<[u8]>>>,
    taker: Arc<dyn Taker>,
}

/// The path and secret are another account's already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whose.
    pub by: String,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account \"{}\" has this path with this secret already", self.by)
    }
}

impl std::error::Error for Taken {}

impl Routes {
    /// No routes yet.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; 16];
        getrandom::fill(&mut key)?;
        Ok(Self { key, table: RwLock::default() })
    }

    /// Gives a path with a secret to an account, beside what it had before: Zalo goes on using that
    /// until it is told. One `/` at the end of a path makes no difference.
    ///
    /// # Errors
    /// They are another account's; then nothing has changed.
    pub fn add(
        &self,
        account: &str,
        path: &str,
        secret: &[u8],
        taker: Arc<dyn Taker>,
    ) -> Result<(), Taken> {
        let (path, hash) = (trimmed(path.as_bytes()), hash(&self.key, secret));
        let mut table = self.write();
        let there = table.paths.get(path).and_then(|path| path.owners.get(&hash));
        if let Some(owner) = there.filter(|owner| owner.account != account) {
            return Err(Taken { by: owner.account.clone() });
        }
        let secret = Arc::new(Zeroizing::new(Box::from(secret)));
        let owner = Owner { account: account.to_owned(), secret, taker };
        let slot = table.paths.entry(path.into()).or_default();
        // Requests hold the path as it was.
        let slot = Arc::make_mut(slot);
        slot.key = self.key;
        slot.owners.insert(hash, owner);
        let place = (Box::from(path), hash);
        let spots = table.accounts.entry(account.to_owned()).or_default();
        spots.retain(|other| *other != place);
        spots.push(place);
        Ok(())
    }

    /// Zalo uses what an account was given last: what it had before is taken away.
    pub fn settle(&self, account: &str) {
        self.write().take_away(account, 1);
    }

    /// Takes all away that an account has. Whether it had anything.
    pub fn remove(&self, account: &str) -> bool {
        self.write().take_away(account, 0)
    }

    /// The accounts of a path, as a client names it.
    pub(crate) fn at(&self, path: &str) -> Option<Arc<Path>> {
        self.read().paths.get(trimmed(path.as_bytes())).cloned()
    }

    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// All but the newest so many places. Whether there were others.
    fn take_away(&mut self, account: &str, keep: usize) -> bool {
        let Some(spots) = self.accounts.get_mut(account) else { return false };
        let old: Vec<Spot> = spots.drain(..spots.len().saturating_sub(keep)).collect();
        if spots.is_empty() {
            self.accounts.remove(account);
        }
        for (path, hash) in &old {
            if let Some(slot) = self.paths.get_mut(path) {
                let slot = Arc::make_mut(slot);
                slot.owners.remove(hash);
                if slot.owners.is_empty() {
                    self.paths.remove(path);
                }
            }
        }
        !old.is_empty()
    }
}

impl Path {
    /// Whose secret it is. The secret is not searched for byte by byte: how long this takes says
    /// nothing of how near a guess is.
    pub(crate) fn owner(&self, secret: &[u8]) -> Option<Arc<dyn Taker>> {
        let owner = self.owners.get(&hash(&self.key, secret))?;
        bool::from(owner.secret.as_ref().ct_eq(secret)).then(|| Arc::clone(&owner.taker))
    }
}

fn hash(key: &[u8; 16], secret: &[u8]) -> u128 {
    let mut hasher = SipHasher13::new_with_key(key);
    hasher.write(secret);
    hasher.finish128().as_u128()
}

fn trimmed(path: &[u8]) -> &[u8] {
    path.strip_suffix(b"/").unwrap_or(path)
}

/// Shows no secret.
impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.read();
        let path = |spot: &Spot| String::from_utf8_lossy(&spot.0).into_owned();
        let paths = |spots: &Vec<Spot>| spots.iter().map(path).collect::<Vec<_>>();
        f.debug_map()
            .entries(table.accounts.iter().map(|(name, spots)| (name, paths(spots))))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taker::Answer;

    struct Nobody;

    impl Taker for Nobody {
        fn take(&self, _: &[u8], _: Answer) {}
    }

    fn is(routes: &Routes, path: &str, secret: &str) -> bool {
        routes.at(path).is_some_and(|path| path.owner(secret.as_bytes()).is_some())
    }

    #[test]
    fn accounts_share_a_path_and_come_and_go() {
        let routes = Routes::new().unwrap();
        let set = |account, path, secret: &str| {
            routes.add(account, path, secret.as_bytes(), Arc::new(Nobody))
        };
        set("a", "/zalo", "secret-a").unwrap();
        set("b", "/zalo/", "secret-b").unwrap();
        assert!(is(&routes, "/zalo", "secret-a") && is(&routes, "/zalo/", "secret-b"));
        assert!(!is(&routes, "/zalo", "secret-") && !is(&routes, "/zalo", "secret-aa"));
        for path in ["/zalo//", "/Zalo", "//zalo", "/zalo/x", "zalo", "", "/", "/%7aalo"] {
            assert!(routes.at(path).is_none(), "{path}");
        }
        assert_eq!(set("c", "/zalo", "secret-a"), Err(Taken { by: "a".into() }));
        assert!(!routes.remove("c"), "what was refused left nothing");
        set("a", "/other", "secret-2").unwrap();
        assert!(is(&routes, "/zalo", "secret-a") && is(&routes, "/other", "secret-2"));
        set("a", "/other/", "secret-2").unwrap();
        routes.settle("a");
        routes.settle("a");
        assert!(!is(&routes, "/zalo", "secret-a") && is(&routes, "/other", "secret-2"));
        assert!(routes.remove("b") && !routes.remove("b"));
        assert!(routes.at("/zalo").is_none(), "a path without accounts is unknown");
        assert!(!format!("{routes:?}").contains("secret"), "{routes:?}");
    }

    #[test]
    fn a_request_that_was_let_in_goes_on() {
        let routes = Routes::new().unwrap();
        routes.add("a", "/", b"12345678", Arc::new(Nobody)).unwrap();
        let path = routes.at("/").unwrap();
        routes.remove("a");
        assert!(path.owner(b"12345678").is_some());
    }
}
