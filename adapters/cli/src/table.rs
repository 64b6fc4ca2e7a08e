//! Tables and times, for people.

use std::fmt::Write;

use zaloxide_core::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Time};

use crate::clock::now;

/// Rows under a head, each column as wide as its widest cell.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = head.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    let head = head.map(ToOwned::to_owned);
    for row in std::iter::once(&head).chain(rows) {
        let start = text.len();
        for (width, cell) in widths.iter().zip(row) {
            // Writing to a String does not fail.
            let _ = write!(text, "{cell:width$}  ");
        }
        text.truncate(start + text[start..].trim_end().len());
        text.push('\n');
    }
    text.pop();
    text
}

/// How long ago that was: `3 min ago`.
pub(crate) fn ago(then: Time) -> String {
    format!("{} ago", span(now().since(then)))
}

/// How long it is until then: `in 3 min`.
pub(crate) fn until(then: Time) -> String {
    format!("in {}", span(then.since(now())))
}

fn span(ms: u64) -> String {
    match ms {
        DAY_MS.. => format!("{} d", ms / DAY_MS),
        HOUR_MS.. => format!("{} h", ms / HOUR_MS),
        MINUTE_MS.. => format!("{} min", ms / MINUTE_MS),
        _ => format!("{} s", ms / SECOND_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["Nguyễn An".to_owned(), "1".into()], ["B".into(), "22".into()]];
        assert_eq!(table(["WHO", "N"], &rows), "WHO        N\nNguyễn An  1\nB          22");
    }

    #[test]
    fn spans_are_rounded_down() {
        let table = [(0, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (HOUR_MS, "1 h")];
        for (ms, text) in table {
            assert_eq!(span(ms), text);
        }
        assert_eq!(span(3 * DAY_MS - 1), "2 d");
    }
}
