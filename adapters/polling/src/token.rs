//! `Token` and `Secret`: the two secrets of an account, which never show themselves.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// Bytes of a token. Live ones have about 85.
const TOKEN_BYTES_MAX: usize = 1_024;

/// A bot's token, `<digits>:<secret>`. Shown as `<digits>:•`; wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: Zeroizing<String>,
    colon: usize,
}

impl Token {
    /// The part before the colon, which `getMe` answers as the bot's id.
    pub fn bot_id(&self) -> &str {
        &self.text[..self.colon]
    }

    pub(crate) fn whole(&self) -> &str {
        &self.text
    }

    pub(crate) fn secret_half(&self) -> &str {
        &self.text[self.colon + 1..]
    }
}

impl FromStr for Token {
    type Err = BadToken;

    /// White space around it is dropped.
    fn from_str(text: &str) -> Result<Self, BadToken> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadToken::Empty);
        }
        if text.len() > TOKEN_BYTES_MAX {
            return Err(BadToken::TooLong);
        }
        let colon = text.find(':').ok_or(BadToken::NoColon)?;
        let (id, secret) = (&text[..colon], &text[colon + 1..]);
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadToken::IdNotDigits);
        }
        if secret.is_empty() {
            return Err(BadToken::NoSecret);
        }
        if !secret.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(BadToken::BadCharacter);
        }
        Ok(Self { text: Zeroizing::new(text.to_owned()), colon })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:•", self.bot_id())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

/// What is wrong with a token. It never holds any of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadToken {
    /// Nothing but white space.
    Empty,
    /// Over 1,024 bytes.
    TooLong,
    /// No colon.
    NoColon,
    /// The part before the colon is not all digits.
    IdNotDigits,
    /// Nothing after the colon.
    NoSecret,
    /// White space, a control character or a letter outside ASCII after the colon.
    BadCharacter,
}

impl fmt::Display for BadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = match self {
            Self::Empty => "the bot token is empty",
            Self::TooLong => "the bot token is longer than 1024 bytes",
            Self::NoColon => "the bot token has no colon",
            Self::IdNotDigits => "the part of the bot token before the colon is not all digits",
            Self::NoSecret => "the bot token has nothing after the colon",
            Self::BadCharacter => {
                "the bot token has a space or an unusual character after the colon"
            }
        };
        write!(f, "{wrong}; expected <digits>:<secret>, as Zalo's Bot Creator shows it")
    }
}

impl std::error::Error for BadToken {}

/// A webhook's secret. Shown as `•`; wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The secret itself, for the one who compares or sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = BadSecret;

    /// Taken as it is: white space around it is an error, not dropped.
    fn from_str(text: &str) -> Result<Self, BadSecret> {
        if !(8..=256).contains(&text.len()) {
            return Err(BadSecret::Length);
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(BadSecret::BadCharacter);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•)")
    }
}

/// What is wrong with a webhook's secret. It never holds any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadSecret {
    /// Not 8 to 256 characters.
    Length,
    /// A space, a control character or a letter outside ASCII.
    BadCharacter,
}

impl fmt::Display for BadSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "webhookSecret must have 8 to 256 characters",
            Self::BadCharacter => "webhookSecret may hold only printable ASCII, without spaces",
        })
    }
}

impl std::error::Error for BadSecret {}

#[cfg(test)]
mod tests {
    use super::{BadSecret, BadToken, Secret, Token};

    const TEXT: &str = "123456789012345678:CANARY-secret_half";

    #[test]
    fn a_token_is_digits_colon_secret() {
        let long = format!("1:{}", "x".repeat(2_000));
        let table = [
            (TEXT, None),
            ("  12345689:abc-xyz\n", None),
            ("1:a:b", None),
            (" \t", Some(BadToken::Empty)),
            (long.as_str(), Some(BadToken::TooLong)),
            ("CANARY", Some(BadToken::NoColon)),
            (":CANARY", Some(BadToken::IdNotDigits)),
            ("12a:CANARY", Some(BadToken::IdNotDigits)),
            ("١٢:CANARY", Some(BadToken::IdNotDigits)),
            ("12: ", Some(BadToken::NoSecret)),
            ("12:CAN ARY", Some(BadToken::BadCharacter)),
            ("12:CANARY\u{e9}", Some(BadToken::BadCharacter)),
        ];
        for (text, expected) in table {
            let got = text.parse::<Token>().err();
            assert_eq!(got, expected, "{text:?}");
            if let Some(error) = got {
                assert!(!format!("{error} {error:?}").contains("CANARY"));
            }
        }
    }

    #[test]
    fn secrets_do_not_show() {
        let token: Token = TEXT.parse().unwrap();
        let secret: Secret = "CANARY-webhook".parse().unwrap();
        let shown = format!("{token} {token:?} {secret} {secret:?}");
        assert_eq!(shown, "123456789012345678:• Token(123456789012345678:•) • Secret(•)");
        assert_eq!(token.bot_id(), "123456789012345678");
    }

    #[test]
    fn a_webhook_secret_is_8_to_256_printable_characters() {
        let (most, over) = ("x".repeat(256), "x".repeat(257));
        let table = [
            ("12345678", None),
            (most.as_str(), None),
            ("1234567", Some(BadSecret::Length)),
            (over.as_str(), Some(BadSecret::Length)),
            ("1234 5678", Some(BadSecret::BadCharacter)),
            ("mật-khẩu-dài", Some(BadSecret::BadCharacter)),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<Secret>().err(), expected, "{text:?}");
        }
    }
}
