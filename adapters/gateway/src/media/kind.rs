//! `Kind`: the pictures that are sent, told from their first bytes. Names are not believed.

/// So many bytes decide.
pub(super) const HEAD_BYTES: usize = 12;

/// What a picture is. Zalo takes no other kinds.
///
/// Only the beginning is looked at: a GIF may go on as anything. What is served as one says
/// `nosniff`, so that nobody takes it for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF, both versions.
    Gif,
    /// WebP.
    Webp,
}

impl Kind {
    /// The kind of a picture that begins like this. The whole signatures are asked for: three
    /// letters alone would let texts through.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// Such as `image/jpeg`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// The kind of a content type.
    pub(super) fn named(content_type: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::Gif, Self::Webp]
            .into_iter()
            .find(|kind| kind.content_type() == content_type)
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn pictures_are_known_by_their_whole_signature() {
        let table: [(&[u8], Option<Kind>); 15] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some(Kind::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\r", Some(Kind::Png)),
            (b"GIF87a", Some(Kind::Gif)),
            (b"GIF89a<html><script>", Some(Kind::Gif)),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some(Kind::Webp)),
            (b"\x89PNG\n\x1a\n", None),
            (b"GIFTS: token=", None),
            (b"GIF88a", None),
            (b"RIFF\x24\0\0\0WAVE", None),
            (b"........WEBP", None),
            (b"\xff\xd8", None),
            (b"BM\0\0\0\0", None),
            (b"<svg xmlns=", None),
            (b" \xff\xd8\xff", None),
            (b"", None),
        ];
        for (head, kind) in table {
            assert_eq!(Kind::of(head), kind, "{head:?}");
            if let Some(kind) = kind {
                assert_eq!(Kind::named(kind.content_type()), Some(kind));
            }
        }
        assert_eq!(Kind::named("image/svg+xml"), None);
    }
}
