//! Updates: what a user sent, read tolerantly into one typed struct that borrows from the body.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use super::field::{self, IdTooLong};
use super::string::string;
use super::walk::{self, Walk};
use crate::envelope::ChatKind;
use crate::limits::{NAME_CHARS_MAX, TEXT_BYTES_MAX};
use crate::time::Time;

/// Something that happened in a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Update<'a> {
    /// The update object's JSON text, without a wrapper: what is hashed when there is no message id.
    pub raw: &'a str,
    /// `event_name`, cut to 64 characters.
    pub event: Option<Cow<'a, str>>,
    /// What it is.
    pub kind: Kind,
    /// The message; nothing is in it when the update has none.
    pub message: Message<'a>,
    /// An id of the message, its author or its chat has more than 256 bytes; it is absent then.
    pub id_too_long: bool,
}

/// Kinds of updates: by `event_name`; without one, by what the message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A text.
    Text,
    /// A picture, perhaps with a caption.
    Image,
    /// A sticker.
    Sticker,
    /// A recording.
    Voice,
    /// Zalo does not hand this to bots.
    Unsupported,
    /// The test ping of `setWebhook`.
    Test,
    /// An event of a name unknown here, or a message that holds nothing known.
    Unknown,
}

/// A message. Each field is absent also when its value was of a wrong type or blank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The message object's JSON text.
    pub raw: Option<&'a str>,
    /// `message_id`.
    pub id: Option<Cow<'a, str>>,
    /// When it was written; Zalo writes seconds or milliseconds.
    pub date: Option<Time>,
    /// Who wrote it.
    pub from: Option<Author<'a>>,
    /// Where.
    pub chat: Option<Place<'a>>,
    /// What was written. Also an empty or blank text is one. At most 64 KiB.
    pub text: Option<Cow<'a, str>>,
    /// What was written under a picture. At most 64 KiB.
    pub caption: Option<Cow<'a, str>>,
    /// `text` or `caption` was longer and is cut.
    pub truncated: bool,
    /// Where the picture is: the first there is of `photo_url`, `photo`, `photo.url`, `photo[0]`,
    /// `photos[0]` (each element a URL or an object with `url`).
    pub photo_url: Option<Cow<'a, str>>,
    /// A sticker's id: `sticker`, or `sticker.id`.
    pub sticker: Option<Cow<'a, str>>,
    /// A picture of the sticker.
    pub url: Option<Cow<'a, str>>,
    /// Where the recording is.
    pub voice_url: Option<Cow<'a, str>>,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author<'a> {
    /// Opaque.
    pub id: Cow<'a, str>,
    /// The first that is not blank of `display_name`, `first_name`, `name`; at most 64 characters.
    pub name: Option<Cow<'a, str>>,
    /// It says so of itself.
    pub is_bot: bool,
}

/// Where a message was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Opaque, but for its beginning: see `kind`.
    pub id: Cow<'a, str>,
    /// A group if the id begins with `zgr-`, or if `chat_type`, else `type`, says `group`, in any case.
    pub kind: ChatKind,
}

/// Why a text holds no update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// Nothing was sent: no byte, `null`, `{}`, or a wrapper around one of these or `[]`.
    Empty,
    /// Not JSON, perhaps cut off.
    NotJson,
    /// JSON, but no object.
    NotObject,
    /// An object with neither `event_name` nor `message`.
    NotUpdate,
    /// More than one update; see [`updates`].
    Several,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::NotJson => "not JSON",
            Self::NotObject => "JSON, but not an object",
            Self::NotUpdate => "neither `event_name` nor `message` is in it",
            Self::Several => "more than one update",
        })
    }
}

impl core::error::Error for Unreadable {}

/// Reads the one update that `text` holds: flat, in `{"ok", "result"}`, or in an array there.
pub fn update(text: &str) -> Result<Update<'_>, Unreadable> {
    match read(checked(text)?)? {
        Shape::Update(update) => Ok(update),
        Shape::Wrapped { result } => match in_result(result).as_slice() {
            [] => Err(Unreadable::Empty),
            [raw] => match read(raw) {
                Ok(Shape::Update(update)) => Ok(update),
                // What is around it is an object.
                Ok(Shape::Wrapped { .. }) | Err(Unreadable::NotObject) => {
                    Err(Unreadable::NotUpdate)
                }
                Err(unreadable) => Err(unreadable),
            },
            _ => Err(Unreadable::Several),
        },
    }
}

/// The JSON texts of all updates that `text` holds, each for [`update`]: one when it is flat, any
/// number when it is wrapped. What is wrapped is not looked into.
pub fn updates(text: &str) -> Result<Vec<&str>, Unreadable> {
    let raw = checked(text)?;
    Ok(match read(raw)? {
        Shape::Update(_) => [raw].into(),
        Shape::Wrapped { result } => in_result(result),
    })
}

/// The updates of a `result`: one object, an array, or nothing.
pub(super) fn in_result(result: &str) -> Vec<&str> {
    if is_nothing(result) {
        return Vec::new();
    }
    walk::array(result).map_or_else(|| [result].into(), Iterator::collect)
}

/// `null`, or an object without a field.
fn is_nothing(json: &str) -> bool {
    let inner = json.strip_prefix('{').and_then(|json| json.strip_suffix('}'));
    json == "null" || inner.is_some_and(|inner| field::trim(inner).is_empty())
}

/// What an object turned out to be, by the fields it has.
#[allow(
    clippy::large_enum_variant,
    reason = "it lives for the length of a call, and a box is slower"
)]
enum Shape<'a> {
    Update(Update<'a>),
    Wrapped { result: &'a str },
}

/// The text without white space around it, if it is JSON.
fn checked(text: &str) -> Result<&str, Unreadable> {
    match field::trim(text) {
        "" => Err(Unreadable::Empty),
        json if walk::is_json(json) => Ok(json),
        _ => Err(Unreadable::NotJson),
    }
}

/// Goes over a text that is JSON, once.
fn read(json: &str) -> Result<Shape<'_>, Unreadable> {
    let (mut event, mut message, mut result) = (None, None, None);
    let object = Walk::over(json).object(|key, walk| match key {
        "event_name" => event = walk.value(),
        "message" => message = Some(read_message(walk)),
        "result" => result = walk.value(),
        _ => {}
    });
    match (object, event, message, result) {
        (Some(_), None, None, Some(result)) => Ok(Shape::Wrapped { result }),
        _ if is_nothing(json) => Err(Unreadable::Empty),
        (Some(_), None, None, None) => Err(Unreadable::NotUpdate),
        (Some(raw), event, message, _) => {
            let (message, id_too_long) = message.unwrap_or_default();
            let kind = match field::words(event) {
                Some(event) => kind_by_event(&event),
                None => kind_by_fields(&message),
            };
            let event = field::short(event, NAME_CHARS_MAX);
            Ok(Shape::Update(Update { raw, event, kind, message, id_too_long }))
        }
        (None, ..) => Err(Unreadable::NotObject),
    }
}

fn kind_by_event(event: &str) -> Kind {
    match event {
        "message.text.received" => Kind::Text,
        "message.image.received" => Kind::Image,
        "message.sticker.received" => Kind::Sticker,
        "message.voice.received" => Kind::Voice,
        "message.unsupported.received" => Kind::Unsupported,
        "webhook.test" => Kind::Test,
        _ => Kind::Unknown,
    }
}

/// Media before text: where both are, the text goes with the medium.
fn kind_by_fields(message: &Message<'_>) -> Kind {
    if message.photo_url.is_some() {
        Kind::Image
    } else if message.sticker.is_some() {
        Kind::Sticker
    } else if message.voice_url.is_some() {
        Kind::Voice
    } else if message.text.is_some() {
        Kind::Text
    } else {
        Kind::Unknown
    }
}

/// The message, and whether an id in it was too long. A value that is no object is none.
fn read_message<'a>(walk: &mut Walk<'a>) -> (Message<'a>, bool) {
    let [mut id, mut date, mut text, mut caption, mut sticker, mut url, mut voice_url] = [None; 7];
    let [mut photo_url, mut photo, mut photos] = [None; 3];
    let (mut from, mut chat) = (Ok(None), Ok(None));
    let raw = walk.object(|key, walk| match key {
        "message_id" => id = walk.value(),
        "date" => date = walk.value(),
        "from" => from = read_author(walk),
        "chat" => chat = read_place(walk),
        "text" => text = walk.value(),
        "caption" => caption = walk.value(),
        "photo_url" => photo_url = walk.value(),
        "photo" => photo = walk.value(),
        "photos" => photos = walk.value(),
        "sticker" => sticker = walk.value(),
        "url" => url = walk.value(),
        "voice_url" => voice_url = walk.value(),
        _ => {}
    });
    let id = field::id(id);
    let id_too_long = id.is_err() || from.is_err() || chat.is_err();
    let (text, text_cut) = long(text);
    let (caption, caption_cut) = long(caption);
    let message = Message {
        raw,
        id: id.ok().flatten(),
        date: field::date(date),
        from: from.ok().flatten(),
        chat: chat.ok().flatten(),
        text,
        caption,
        truncated: text_cut || caption_cut,
        photo_url: field::url(photo_url).or_else(|| picture(photo)).or_else(|| picture(photos)),
        sticker: sticker_id(sticker).or_else(|| sticker_id(field::of(sticker, ["id"])[0])),
        url: field::url(url),
        voice_url: field::url(voice_url),
    };
    (message, id_too_long)
}

fn read_author<'a>(walk: &mut Walk<'a>) -> Result<Option<Author<'a>>, IdTooLong> {
    let [mut id, mut display_name, mut first_name, mut name, mut is_bot] = [None; 5];
    walk.object(|key, walk| match key {
        "id" => id = walk.value(),
        "display_name" => display_name = walk.value(),
        "first_name" => first_name = walk.value(),
        "name" => name = walk.value(),
        "is_bot" => is_bot = walk.value(),
        _ => {}
    });
    let mut names = [display_name, first_name, name].into_iter();
    Ok(field::id(id)?.map(|id| Author {
        id,
        name: names.find_map(|name| field::short(name, NAME_CHARS_MAX)),
        is_bot: is_bot == Some("true"),
    }))
}

fn read_place<'a>(walk: &mut Walk<'a>) -> Result<Option<Place<'a>>, IdTooLong> {
    let [mut id, mut chat_type, mut other_type] = [None; 3];
    walk.object(|key, walk| match key {
        "id" => id = walk.value(),
        "chat_type" => chat_type = walk.value(),
        "type" => other_type = walk.value(),
        _ => {}
    });
    let id = field::id(id)?;
    Ok(id.map(|id| Place { kind: chat_kind(&id, chat_type, other_type), id }))
}

/// One that is too long is none: it could not be sent again.
fn sticker_id(json: Option<&str>) -> Option<Cow<'_, str>> {
    field::id(json).ok().flatten()
}

fn chat_kind(id: &str, chat_type: Option<&str>, other_type: Option<&str>) -> ChatKind {
    let said = field::words(chat_type).or_else(|| field::words(other_type));
    if id.starts_with("zgr-") || said.is_some_and(|kind| kind.eq_ignore_ascii_case("group")) {
        ChatKind::Group
    } else {
        ChatKind::Private
    }
}

/// What a user wrote, cut to its bound, and whether it was cut.
fn long(json: Option<&str>) -> (Option<Cow<'_, str>>, bool) {
    match json.and_then(string).map(|text| field::cut(text, TEXT_BYTES_MAX)) {
        Some((text, cut)) => (Some(text), cut),
        None => (None, false),
    }
}

/// A URL, an object with `url`, or an array whose first element is one of these.
fn picture(json: Option<&str>) -> Option<Cow<'_, str>> {
    let json = json.and_then(|json| match walk::array(json) {
        Some(mut elements) => elements.next(),
        None => Some(json),
    });
    field::url(json).or_else(|| field::url(field::of(json, ["url"])[0]))
}
