//! Access: who may talk to the bot. One pure rule, asked when a message comes and again when its
//! turn begins.

use crate::action::DropReason;
use crate::config::{AccountConfig, DmPolicy, GroupPolicy};
use crate::envelope::{Chat, ChatKind};
use crate::id::SenderId;

/// What access says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The message goes to the agent.
    Admitted,
    /// The sender may ask to be let in: a code.
    Stranger,
    /// The message is dropped.
    Refused(DropReason),
}

/// Judges a sender in a chat. `approved`: let in by pairing, which counts in private only.
pub(crate) fn judge(
    config: &AccountConfig,
    approved: bool,
    chat: &Chat,
    sender: &SenderId,
) -> Access {
    match chat.kind {
        ChatKind::Private => private(config, approved, sender),
        ChatKind::Group => group(config, chat, sender),
    }
}

fn private(config: &AccountConfig, approved: bool, sender: &SenderId) -> Access {
    if config.dm_policy == DmPolicy::Disabled {
        return Access::Refused(DropReason::Disabled);
    }
    if config.allow_from.any || config.allow_from.lists(sender.as_str()) {
        return Access::Admitted;
    }
    match config.dm_policy {
        DmPolicy::Pairing if approved => Access::Admitted,
        DmPolicy::Pairing => Access::Stranger,
        _ => Access::Refused(DropReason::NotAllowed),
    }
}

fn group(config: &AccountConfig, chat: &Chat, sender: &SenderId) -> Access {
    match config.group_policy {
        GroupPolicy::Disabled => return Access::Refused(DropReason::Disabled),
        GroupPolicy::Open => return Access::Admitted,
        GroupPolicy::Allowlist => {}
    }
    // `"*"` opens groups only where it is written for groups.
    let (list, any) = match &config.group_allow_from {
        Some(list) => (list, list.any),
        None => (&config.allow_from, false),
    };
    if any || list.lists(sender.as_str()) || list.lists(chat.id.as_str()) {
        Access::Admitted
    } else {
        Access::Refused(DropReason::NotAllowed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, judge};
    use crate::action::DropReason::{Disabled, NotAllowed};
    use crate::config::{AccountConfig, AllowList, DmPolicy, GroupPolicy};
    use crate::envelope::{Chat, ChatKind};
    use crate::id::SenderId;

    /// The four kinds of senders of the access table.
    const ENTRY: (&[&str], bool) = (&["zalo:ANN"], false);
    const APPROVED: (&[&str], bool) = (&[], true);
    const STAR: (&[&str], bool) = (&["*"], false);
    const NOBODY: (&[&str], bool) = (&["someone-else"], false);

    /// Policy, `allowFrom`, `groupAllowFrom`, what access says.
    type Row = (GroupPolicy, &'static [&'static str], Option<&'static [&'static str]>, Access);

    fn config(allow: &[&str]) -> AccountConfig {
        let mut config = AccountConfig::new("default", "1");
        config.allow_from = AllowList::from_entries(allow.iter().copied());
        config
    }

    #[test]
    fn private_chats_follow_the_table() {
        use Access::{Admitted, Refused, Stranger};
        let no = Refused(NotAllowed);
        let off = Refused(Disabled);
        let table = [
            (DmPolicy::Pairing, [Admitted, Admitted, Admitted, Stranger]),
            (DmPolicy::Allowlist, [Admitted, no, Admitted, no]),
            (DmPolicy::Open, [Admitted, no, Admitted, no]),
            (DmPolicy::Disabled, [off, off, off, off]),
        ];
        let chat = Chat { id: "ann".into(), kind: ChatKind::Private };
        for (policy, row) in table {
            for ((allow, approved), expected) in
                [ENTRY, APPROVED, STAR, NOBODY].into_iter().zip(row)
            {
                let mut config = config(allow);
                config.dm_policy = policy;
                let got = judge(&config, approved, &chat, &SenderId::from("ann"));
                assert_eq!(got, expected, "{policy:?} {allow:?} approved: {approved}");
            }
        }
    }

    #[test]
    fn approval_and_star_open_no_group() {
        use Access::{Admitted, Refused};
        let chat = Chat { id: "zgr-1".into(), kind: ChatKind::Group };
        let no = Refused(NotAllowed);
        let table: [Row; 10] = [
            (GroupPolicy::Allowlist, &["*"], None, no),
            (GroupPolicy::Allowlist, &["ann"], None, Admitted),
            (GroupPolicy::Allowlist, &["zgr-1"], None, Admitted),
            (GroupPolicy::Allowlist, &["ann"], Some(&[]), no),
            (GroupPolicy::Allowlist, &[], Some(&["ZGR-1"]), Admitted),
            (GroupPolicy::Allowlist, &[], Some(&["zl:ann"]), Admitted),
            (GroupPolicy::Allowlist, &[], Some(&["*"]), Admitted),
            (GroupPolicy::Allowlist, &[], None, no),
            (GroupPolicy::Open, &[], None, Admitted),
            (GroupPolicy::Disabled, &["ann"], Some(&["*"]), Refused(Disabled)),
        ];
        for (policy, allow, group_allow, expected) in table {
            let mut config = config(allow);
            config.group_policy = policy;
            config.group_allow_from =
                group_allow.map(|list| AllowList::from_entries(list.iter().copied()));
            let got = judge(&config, true, &chat, &SenderId::from("ann"));
            assert_eq!(got, expected, "{policy:?} {allow:?} {group_allow:?}");
        }
    }

    #[test]
    fn an_id_that_reads_star_is_no_wildcard() {
        let chat = Chat { id: "*".into(), kind: ChatKind::Private };
        let mut config = config(&["ann"]);
        config.dm_policy = DmPolicy::Allowlist;
        let got = judge(&config, false, &chat, &SenderId::from("*"));
        assert_eq!(got, Access::Refused(NotAllowed));
    }
}
