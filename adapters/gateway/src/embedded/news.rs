//! `News`: what a host pulls many of at once: each look behind a lock has its price.

use super::{Answer, Embedded, lines};
use crate::agents::{Nothing, Pull};

/// One thing that a host is told.
#[derive(Debug)]
pub enum News {
    /// A turn, or the end of an attempt.
    Turn(Pull),
    /// This has come under a number.
    Come {
        /// The number.
        number: u64,
        /// What has come.
        answer: Answer,
    },
    /// There are log lines, see [`lines`].
    Lines,
}

impl Embedded {
    /// At most so many things, and at least one, without waiting.
    ///
    /// # Errors
    /// There is nothing yet, or there will be nothing.
    pub fn news(&self, most: usize) -> Result<Pulls, Nothing> {
        let (pulls, is_all) = self.pulled.some(most)?;
        let mut come = self.answers.lock();
        let news = pulls.into_iter().filter_map(|pull| match pull {
            Pull::Told(lines::NUMBER) => Some(News::Lines),
            Pull::Told(number) => come.take(number).map(|answer| News::Come { number, answer }),
            turn => Some(News::Turn(turn)),
        });
        Ok(Pulls { news: news.collect(), is_all })
    }
}

/// What was pulled at once.
#[derive(Debug)]
pub struct Pulls {
    /// In the order in which it came.
    pub news: Vec<News>,
    /// Whether there was no more, not even the end: the host is called when there is something again.
    pub is_all: bool,
}
