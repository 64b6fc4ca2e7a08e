//! Answers as agents write them: JSON when it is wholly a reply, else text.

use zaloxide_core::{NoReply, Reply};

/// What a program wrote, or a server answered.
pub(super) fn read(output: &[u8]) -> Result<Reply, String> {
    match Reply::from_json(output) {
        Ok(reply) => Ok(reply),
        Err(unsendable @ NoReply::Unsendable { .. }) => Err(unsendable.to_string()),
        Err(_) => match std::str::from_utf8(output) {
            Ok(text) if text.trim().is_empty() => Ok(Reply::default()),
            Ok(text) => Ok(Reply::text(text.trim_end_matches(['\n', '\r']))),
            Err(_) => Err("the agent's answer is not UTF-8".into()),
        },
    }
}
