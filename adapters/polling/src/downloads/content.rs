//! Content: what a file is, told from its first bytes. Names and headers are not believed.

/// So many bytes decide. Markup may begin with white space and comments, all else at once.
pub(super) const HEAD_BYTES: usize = 512;

/// What is kept, as the table of magic numbers names it and as we do.
const KEPT: [(&str, &str); 14] = [
    ("image/jpeg", "image/jpeg"),
    ("image/png", "image/png"),
    ("image/gif", "image/gif"),
    ("image/webp", "image/webp"),
    ("image/heif", "image/heif"),
    ("image/avif", "image/avif"),
    ("audio/aac", "audio/aac"),
    ("audio/mpeg", "audio/mpeg"),
    ("audio/m4a", "audio/mp4"),
    ("audio/ogg", "audio/ogg"),
    ("audio/opus", "audio/ogg"),
    ("audio/amr", "audio/amr"),
    ("audio/x-wav", "audio/wav"),
    ("audio/x-flac", "audio/flac"),
];

/// The type of a picture or a sound that begins like this. Otherwise what it is instead, if that
/// is known.
pub(super) fn content_type(head: &[u8]) -> Result<&'static str, Option<&'static str>> {
    if is_adts(head) {
        return Ok("audio/aac");
    }
    let found = infer::get(head).map(|found| found.mime_type());
    match KEPT.iter().find(|(name, _)| Some(*name) == found) {
        Some((_, ours)) => Ok(ours),
        None => Err(found),
    }
}

/// The frame header of raw AAC, which is what Zalo's voice messages are: twelve set bits, any
/// version, layer 0, with or without a checksum, and a sampling rate that exists.
fn is_adts(head: &[u8]) -> bool {
    matches!(head, [0xff, second, third, ..] if second & 0xf6 == 0xf0 && (third >> 2) & 0xf < 13)
}

#[cfg(test)]
mod tests {
    use super::content_type;

    const OPUS: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead";

    type Row = (&'static [u8], Result<&'static str, Option<&'static str>>);

    #[test]
    fn pictures_and_sounds_are_known_by_their_first_bytes() {
        let table: [Row; 25] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Ok("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Ok("image/png")),
            (b"GIF89a\x01\0\x01\0", Ok("image/gif")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Ok("image/webp")),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf\0\0", Ok("image/avif")),
            (b"\xff\xf1\x50\x80", Ok("audio/aac")),
            (b"\xff\xf0\x50\x80", Ok("audio/aac")),
            (b"\xff\xf9\x50\x80", Ok("audio/aac")),
            (b"ID3\x04\0\0", Ok("audio/mpeg")),
            (b"\xff\xfb\x90\0", Ok("audio/mpeg")),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", Ok("audio/mp4")),
            (b"OggS\0\x02", Ok("audio/ogg")),
            (OPUS, Ok("audio/ogg")),
            (b"#!AMR\n\x3c\0\0\0\0\0", Ok("audio/amr")),
            (b"RIFF\x24\0\0\0WAVEfmt ", Ok("audio/wav")),
            (b"fLaC\0\0\0\x22", Ok("audio/flac")),
            (b"  \n<!DOCTYPE html><p>", Err(Some("text/html"))),
            (b"<html >", Err(Some("text/html"))),
            (b"<?xml version=\"1.0\"?><svg>", Err(Some("text/xml"))),
            (b"%PDF-1.7", Err(Some("application/pdf"))),
            (b"PK\x03\x04", Err(Some("application/zip"))),
            (b"#!/bin/sh\n", Err(Some("text/x-shellscript"))),
            (b"{\"error\":1}", Err(None)),
            (b"\xff", Err(None)),
            (b"", Err(None)),
        ];
        for (head, expected) in table {
            assert_eq!(content_type(head), expected, "{}", head.escape_ascii());
        }
    }
}
