//! `People`: the Zalo users that one plays, and who of them writes now.

/// The first user's name.
const FIRST: &str = "An";
/// Chats whose id begins so are groups.
const GROUP: &str = "zgr-dev";

/// The users that were played so far.
#[derive(Clone, Debug)]
pub(crate) struct People {
    names: Vec<String>,
    now: usize,
    in_group: bool,
}

impl Default for People {
    fn default() -> Self {
        Self { names: vec![FIRST.to_owned()], now: 0, in_group: false }
    }
}

impl People {
    /// Whoever is named so writes from now on.
    pub(crate) fn switch(&mut self, name: &str) {
        let known = self.names.iter().position(|known| known == name);
        self.now = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
    }

    /// They write in the group from now on, or in private again. Whether in the group.
    pub(crate) fn switch_chat(&mut self) -> bool {
        self.in_group = !self.in_group;
        self.in_group
    }

    /// Who writes: a name.
    pub(crate) fn name(&self) -> &str {
        &self.names[self.now]
    }

    /// Who writes: an id like those of Zalo.
    pub(crate) fn id(&self) -> String {
        id(self.now)
    }

    /// Where they write.
    pub(crate) fn chat(&self) -> String {
        if self.in_group { GROUP.to_owned() } else { self.id() }
    }

    /// What a chat is called: a user's name, else its id.
    pub(crate) fn called<'a>(&'a self, chat: &'a str) -> &'a str {
        if chat == GROUP {
            return "the group";
        }
        let known = (0..self.names.len()).find(|&index| id(index) == chat);
        known.map_or(chat, |index| &self.names[index])
    }
}

fn id(index: usize) -> String {
    format!("6ede9afa66b88fe6{:04x}", 0xd6a9 + index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_keeps_their_id() {
        let mut people = People::default();
        let an = people.id();
        people.switch("Bình");
        assert_ne!(people.id(), an);
        assert_eq!((people.called(&an), people.called(&people.chat())), ("An", "Bình"));
        assert!(people.switch_chat());
        assert_eq!(people.called(&people.chat()), "the group");
        people.switch("An");
        assert_eq!(people.id(), an);
    }
}
