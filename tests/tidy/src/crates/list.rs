//! Committed lists: a name a line, `#` for words, and for some a reason after `:`.

/// The entries of a list with their lines: name, and what stands after the colon.
pub(crate) fn entries(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(number, line)| {
        let (name, reason) = line.split_once(':').unwrap_or((line, ""));
        (number, name.trim(), reason.trim())
    })
}
