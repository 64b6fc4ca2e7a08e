//! `Time`: Unix milliseconds, handed in from outside, and the one calendar fact the core needs.

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. The core never reads a clock.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(u64);

/// One second in milliseconds.
pub const SECOND_MS: u64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE_MS: u64 = 60 * SECOND_MS;
/// One hour in milliseconds.
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: u64 = 24 * HOUR_MS;

/// Vietnam keeps UTC+7 all year; Zalo's monthly quota turns over there.
const HO_CHI_MINH_OFFSET_MS: u64 = 7 * HOUR_MS;

/// The last millisecond JSON readers that use doubles can hold exactly (2^53 - 1).
const LAST_MS: u64 = (1 << 53) - 1;

impl Time {
    /// A time from Unix milliseconds; more than 2^53 - 1 is held at that bound.
    pub const fn from_ms(ms: u64) -> Self {
        Self(if ms > LAST_MS { LAST_MS } else { ms })
    }

    /// Unix milliseconds.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// This time and `ms` milliseconds more.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self::from_ms(self.0.saturating_add(ms))
    }

    /// This time less `ms` milliseconds, not below zero.
    #[must_use]
    pub const fn minus(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// Milliseconds since `earlier`; 0 if that lies ahead.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// When the month of this time ends in `Asia/Ho_Chi_Minh`: the first millisecond of the next.
    #[must_use]
    pub fn month_end(self) -> Self {
        let local = self.0.saturating_add(HO_CHI_MINH_OFFSET_MS);
        let (year, month) = civil_month(local / DAY_MS);
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        Self::from_ms((days_to_month(year, month) * DAY_MS).saturating_sub(HO_CHI_MINH_OFFSET_MS))
    }

    /// The month of this time in `Asia/Ho_Chi_Minh`, as `year * 100 + month`: 202611.
    pub fn month(self) -> u64 {
        let (year, month) = civil_month(self.0.saturating_add(HO_CHI_MINH_OFFSET_MS) / DAY_MS);
        year * 100 + month
    }
}

/// Days of a 400-year cycle of the Gregorian calendar.
const CYCLE_DAYS: u64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT: u64 = 719_468;

/// (year, month) of a day counted from 1970-01-01; years start in March while reckoning.
fn civil_month(day: u64) -> (u64, u64) {
    let day = day + EPOCH_SHIFT;
    let cycle = day / CYCLE_DAYS;
    let in_cycle = day % CYCLE_DAYS;
    let year_in_cycle =
        (in_cycle - in_cycle / 1_460 + in_cycle / 36_524 - in_cycle / 146_096) / 365;
    let in_year = in_cycle - (365 * year_in_cycle + year_in_cycle / 4 - year_in_cycle / 100);
    let from_march = (5 * in_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (cycle * 400 + year_in_cycle + u64::from(month <= 2), month)
}

/// Days from 1970-01-01 to the first of a month.
fn days_to_month(year: u64, month: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let cycle = year / 400;
    let in_cycle = year % 400;
    let in_year = (153 * from_march + 2) / 5;
    cycle * CYCLE_DAYS + in_cycle * 365 + in_cycle / 4 - in_cycle / 100 + in_year - EPOCH_SHIFT
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn months_end_at_midnight_in_ho_chi_minh() {
        let table = [
            // (now, month, month end), all checked against `date -u -d @…`.
            (1_795_000_000_000, 202_611, 1_796_058_000_000), // 2026-11-18 -> 2026-11-30T17:00Z
            (1_796_057_999_999, 202_611, 1_796_058_000_000), // the last millisecond of November
            (1_796_058_000_000, 202_612, 1_798_736_400_000), // the first of December, over a year
            (0, 197_001, 2_653_200_000),                     // 1970-01-31T17:00Z
            (951_757_200_000, 200_002, 951_843_600_000),     // leap day 2000 -> 2000-02-29T17:00Z
        ];
        for (now, month, end) in table {
            assert_eq!(Time::from_ms(now).month(), month, "month of {now}");
            assert_eq!(Time::from_ms(now).month_end(), Time::from_ms(end), "end of {now}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let last = Time::from_ms(u64::MAX);
        assert_eq!(last.plus(1), last);
        assert_eq!(Time::from_ms(5).minus(9), Time::from_ms(0));
        assert_eq!(Time::from_ms(5).since(Time::from_ms(9)), 0);
        assert!(last.month_end() >= last);
    }
}
