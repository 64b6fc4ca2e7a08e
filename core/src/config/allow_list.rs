//! Allowlists: ids that an operator lets in, as they stand in a configuration.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Ids that are let in. Reading normalises: trim, strip one leading `zalo:` or `zl:` of any case,
/// trim; numbers become their text. Ids match but for ASCII case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    /// `"*"` is in it.
    pub any: bool,
    /// The ids, in ASCII lower case.
    ids: BTreeSet<String>,
}

impl AllowList {
    /// A list from entries as they stand in a configuration.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        let mut list = Self::default();
        for entry in entries {
            match normalise(entry) {
                "*" => list.any = true,
                "" => {}
                id => {
                    list.ids.insert(id.to_ascii_lowercase());
                }
            }
        }
        list
    }

    /// Whether this very id is listed. `"*"` does not count here.
    pub fn lists(&self, id: &str) -> bool {
        if self.ids.is_empty() {
            return false;
        }
        // Ids from Zalo are lower case already: then nothing is copied.
        if id.bytes().any(|b| b.is_ascii_uppercase()) {
            return self.ids.contains(&id.to_ascii_lowercase());
        }
        self.ids.contains(id)
    }

    /// The ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    /// No id and no `"*"`.
    pub fn is_empty(&self) -> bool {
        !self.any && self.ids.is_empty()
    }
}

/// An entry without white space around it and without one leading `zalo:` or `zl:`.
pub(crate) fn normalise(entry: &str) -> &str {
    let entry = entry.trim();
    for prefix in ["zalo:", "zl:"] {
        if let Some(head) = entry.get(..prefix.len())
            && head.eq_ignore_ascii_case(prefix)
        {
            return entry.get(prefix.len()..).unwrap_or_default().trim();
        }
    }
    entry
}

impl Serialize for AllowList {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.any.then_some("*").into_iter().chain(self.ids()))
    }
}

impl<'de> Deserialize<'de> for AllowList {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Entry {
            Text(String),
            Number(u64),
        }
        let entries: Vec<Entry> = Vec::deserialize(deserializer)?;
        let texts: Vec<String> = entries
            .into_iter()
            .map(|entry| match entry {
                Entry::Text(text) => text,
                Entry::Number(number) => alloc::format!("{number}"),
            })
            .collect();
        Ok(Self::from_entries(texts.iter().map(String::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::AllowList;

    #[test]
    fn entries_are_normalised_and_ids_are_not() {
        let table = [
            ("  abc1 ", "abc1", true),
            ("ZALO: AbC1", "abc1", true),
            ("zl:abc1", "ABC1", true),
            ("zalo:zl:abc1", "zl:abc1", true),
            ("abc1", " abc1", false),
            ("abc1", "zalo:abc1", false),
            ("*", "*", false),
            ("é1", "É1", false),
            ("zgr-00", "ZGR-00", true),
        ];
        for (entry, id, listed) in table {
            assert_eq!(AllowList::from_entries([entry]).lists(id), listed, "{entry:?} {id:?}");
        }
    }

    #[test]
    fn numbers_become_their_text() {
        let list: AllowList = serde_json::from_str(r#"["*", 7009876543210987654, " x "]"#).unwrap();
        assert!(list.any && list.lists("7009876543210987654") && list.lists("x"));
        assert_eq!(serde_json::to_string(&list).unwrap(), r#"["*","7009876543210987654","x"]"#);
    }
}
