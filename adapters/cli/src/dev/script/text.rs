//! The texts of the script, and what makes chunks right.

/// Zalo's bound of one message, in UTF-16 units.
pub(crate) const UNITS_MAX: usize = 2_000;

/// Sentences of everyday Vietnamese, with every kind of mark above and below its letters.
const SENTENCES: [&str; 5] = [
    "Sáng nay trời se lạnh, mẹ nấu một nồi phở bò thơm phức rồi gọi cả nhà dậy ăn.",
    "Bé Thảo hỏi: “Bao giờ mình được về quê thăm ông bà ngoại hả bố?”",
    "Ngoài ngõ, mấy chú thợ đang sửa lại chiếc cổng gỗ đã cũ, tiếng búa vang lên đều đều.",
    "Chiều đến, hai chị em rủ nhau ra bờ sông thả diều và ngắm những cánh cò bay về tổ 🪁.",
    "Đêm xuống, ánh đèn phố huyện nhấp nháy như hàng nghìn con đom đóm giữa cánh đồng.",
];

/// A text of exactly so many characters, in paragraphs, that ends with a full stop.
pub(crate) fn vietnamese(characters: usize) -> String {
    let mut text = String::new();
    for (index, sentence) in SENTENCES.iter().cycle().enumerate() {
        if index > 0 {
            text.push_str(if index % 6 == 0 { "\n\n" } else { " " });
        }
        text.push_str(sentence);
        if text.chars().count() >= characters {
            break;
        }
    }
    let mut exact: String = text.chars().take(characters.saturating_sub(1)).collect();
    exact.push('.');
    exact
}

/// Whether the chunks, one after the other, are the text: nothing is lost, doubled or moved but
/// white space at the cuts.
pub(crate) fn rejoins<'a>(text: &str, chunks: impl IntoIterator<Item = &'a str>) -> bool {
    let mut rest = text;
    for chunk in chunks {
        match rest.trim_start().strip_prefix(chunk.trim_start()) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_its_length_and_needs_no_normalising() {
        let text = vietnamese(5_000);
        assert_eq!(text.chars().count(), 5_000);
        assert!(text.ends_with('.') && text.contains("\n\n") && text.contains('ở'));
        let combining = |c: char| ('\u{300}'..='\u{36f}').contains(&c);
        assert!(!text.chars().any(combining), "it is in NFC");
    }

    #[test]
    fn only_white_space_may_go() {
        let text = "một hai\n\nba bốn";
        assert!(rejoins(text, ["một hai", "ba bốn"]));
        assert!(rejoins(text, ["một hai\n\n", "ba", "bốn"]));
        for wrong in
            [&["một hai"][..], &["một", "ba bốn"], &["hai", "một"], &["một hai", "hai", "ba bốn"]]
        {
            assert!(!rejoins(text, wrong.iter().copied()), "{wrong:?}");
        }
    }
}
