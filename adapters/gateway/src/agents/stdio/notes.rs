//! `Notes`: how much of what a program writes is logged: so many lines in a while, then a number.

use std::time::{Duration, Instant};

/// The while.
const SPAN: Duration = Duration::from_secs(10);

/// Lines that are logged.
#[derive(Debug)]
pub(super) struct Notes {
    max: u32,
    since: Instant,
    count: u32,
}

impl Notes {
    /// At most `max` lines in 10 s.
    pub(super) fn new(max: u32) -> Self {
        Self { max, since: Instant::now(), count: 0 }
    }

    /// Logs a line, unless there were too many of late; tells then how many were left out, when
    /// the next one is logged.
    pub(super) fn line(&mut self, now: Instant, log: impl FnOnce()) {
        if now.duration_since(self.since) >= SPAN {
            let left_out = self.count.saturating_sub(self.max);
            if left_out > 0 {
                tracing::warn!("{left_out} more lines of the agent were left out");
            }
            (self.since, self.count) = (now, 0);
        }
        self.count = self.count.saturating_add(1);
        if self.count <= self.max {
            log();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_lines_in_a_while_and_no_more() {
        let mut notes = Notes::new(3);
        let start = notes.since;
        let mut logged = 0;
        for n in 0..100 {
            notes.line(start + Duration::from_millis(n), || logged += 1);
        }
        assert_eq!(logged, 3);
        notes.line(start + SPAN, || logged += 1);
        assert_eq!(logged, 4);
    }
}
