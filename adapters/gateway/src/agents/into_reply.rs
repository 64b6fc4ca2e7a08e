//! `IntoReply`: what a function that answers turns may return.

use std::fmt::Display;

use zaloxide_core::Reply;

/// What becomes a [`Reply`]: a text, nothing, a reply, or a result of one of these. An error fails
/// the attempt: it is made again, after 1 s and then 10 s, and the third one is a dead letter.
pub trait IntoReply {
    /// The reply, or why there is none, for people.
    ///
    /// # Errors
    /// The attempt has failed.
    fn into_reply(self) -> Result<Reply, String>;
}

impl IntoReply for Reply {
    fn into_reply(self) -> Result<Reply, String> {
        Ok(self)
    }
}

impl IntoReply for String {
    fn into_reply(self) -> Result<Reply, String> {
        Ok(Reply::text(self))
    }
}

impl IntoReply for &str {
    fn into_reply(self) -> Result<Reply, String> {
        Ok(Reply::text(self))
    }
}

/// Nothing is sent.
impl IntoReply for () {
    fn into_reply(self) -> Result<Reply, String> {
        Ok(Reply::default())
    }
}

/// `None` sends nothing.
impl<T: IntoReply> IntoReply for Option<T> {
    fn into_reply(self) -> Result<Reply, String> {
        self.map_or_else(|| Ok(Reply::default()), IntoReply::into_reply)
    }
}

/// What an error displays is why there is no reply.
impl<T: IntoReply, E: Display> IntoReply for Result<T, E> {
    fn into_reply(self) -> Result<Reply, String> {
        self.map_err(|error| error.to_string())?.into_reply()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_replies_nothing_and_results_of_them_are_replies() {
        let hello = Ok(Reply::text("hello"));
        assert_eq!("hello".into_reply(), hello);
        assert_eq!(String::from("hello").into_reply(), hello);
        assert_eq!(Some("hello").into_reply(), hello);
        assert_eq!(Ok::<_, String>(Some(Reply::text("hello"))).into_reply(), hello);
        assert_eq!(().into_reply(), Ok(Reply::default()));
        assert_eq!(None::<&str>.into_reply(), Ok(Reply::default()));
        assert_eq!(Err::<&str, _>(std::fmt::Error).into_reply(), Err(std::fmt::Error.to_string()));
    }
}
