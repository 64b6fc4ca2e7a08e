//! `Files`: the photos and voices people "sent", hosted for the bot to fetch.

use std::collections::VecDeque;

use hyper::body::Bytes;

use crate::faults::mixed;

/// Files kept; the oldest go first.
const FILES_MAX: usize = 256;
/// Bytes kept over all files; the oldest files go first.
const BYTES_MAX: usize = 64 << 20;
/// Bytes of one file; a larger one is refused.
pub(crate) const FILE_BYTES_MAX: usize = 11 << 20;

/// One hosted file.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Bytes,
}

#[derive(Default)]
pub(crate) struct Files {
    kept: VecDeque<File>,
    bytes: usize,
    added: u64,
}

impl Files {
    /// Keeps a file and says the name under which it is served.
    pub(crate) fn add(&mut self, bytes: Vec<u8>, voice: bool) -> String {
        let (extension, content_type) =
            if voice { ("aac", "audio/aac") } else { picture_type(&bytes) };
        self.added += 1;
        let name = format!("{:016x}.{extension}", mixed(self.added));
        self.bytes += bytes.len();
        self.kept.push_back(File { name: name.clone(), content_type, bytes: bytes.into() });
        while self.kept.len() > FILES_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
        }
        name
    }

    pub(crate) fn get(&self, name: &str) -> Option<File> {
        self.kept.iter().find(|file| file.name == name).cloned()
    }

    pub(crate) fn clear(&mut self) {
        self.kept.clear();
        self.bytes = 0;
    }
}

/// Extension and content type of a picture, by its first bytes.
fn picture_type(bytes: &[u8]) -> (&'static str, &'static str) {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => ("jpg", "image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => ("png", "image/png"),
        [b'G', b'I', b'F', b'8', ..] => ("gif", "image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ("webp", "image/webp"),
        _ => ("bin", "application/octet-stream"),
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_MAX, FILES_MAX, Files};

    #[test]
    fn named_by_content_and_bounded() {
        let mut files = Files::default();
        let table: [(&[u8], bool, &str); 5] = [
            (b"\xff\xd8\xff\xe0", false, "image/jpeg"),
            (b"\x89PNG\r\n", false, "image/png"),
            (b"RIFF\0\0\0\0WEBPVP8", false, "image/webp"),
            (b"what", false, "application/octet-stream"),
            (b"what", true, "audio/aac"),
        ];
        for (bytes, voice, content_type) in table {
            let name = files.add(bytes.to_vec(), voice);
            let file = files.get(&name).unwrap();
            assert_eq!((&file.bytes[..], file.content_type), (bytes, content_type));
        }
        let first = files.add(vec![1], false);
        for _ in 0..FILES_MAX {
            files.add(vec![2], false);
        }
        assert!(files.get(&first).is_none());
        for _ in 0..20 {
            files.add(vec![0; BYTES_MAX / 10], false);
        }
        assert!(files.bytes <= BYTES_MAX);
        assert_eq!(files.bytes, files.kept.iter().map(|file| file.bytes.len()).sum::<usize>());
    }
}
