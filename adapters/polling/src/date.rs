//! Times in the heads of answers: `Retry-After`, seconds or a date, as milliseconds from now, and
//! `Date`, as the distance to the clock here.

use std::time::{Duration, SystemTime};

use ureq::http::header::{DATE, HeaderMap, RETRY_AFTER};

/// How long the server asks to wait, in ms. A date is measured from the answer's own `Date` if it
/// has one, so that a wrong clock on this side does no harm; a past one is 0.
pub(crate) fn retry_after_ms(headers: &HeaderMap, now: SystemTime) -> Option<u64> {
    headers
        .get_all(RETRY_AFTER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find_map(|text| seconds(text.trim()).or_else(|| until(text.trim(), headers, now)))
}

fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // More digits than a u64 has mean "very long", not "no header".
    digits.then(|| text.parse::<u64>().map_or(u64::MAX, |s| s.saturating_mul(1_000)))
}

fn until(text: &str, headers: &HeaderMap, now: SystemTime) -> Option<u64> {
    let at = httpdate::parse_http_date(text).ok()?;
    let from = date(headers).unwrap_or(now);
    let wait = at.duration_since(from).unwrap_or_default();
    Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
}

fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()
}

/// How far the server's clock is ahead of `now`, in ms; its answer has whole seconds.
pub(crate) fn ahead_ms(headers: &HeaderMap, now: SystemTime) -> Option<i64> {
    let there = date(headers)?;
    let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Some(match there.duration_since(now) {
        Ok(ahead) => ms(ahead),
        // A second that has begun there is not behind.
        Err(behind) => -ms(behind.duration().saturating_sub(Duration::from_secs(1))),
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use ureq::http::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

    use super::{ahead_ms, retry_after_ms};

    #[test]
    fn the_other_clock_is_ahead_behind_or_right() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_500);
        let table = [
            (Some("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0)),
            (Some("Sun, 06 Nov 1994 08:50:37 GMT"), Some(59_500)),
            (Some("Sun, 06 Nov 1994 08:48:37 GMT"), Some(-59_500)),
            (Some("Sun Nov  6 08:49:37 1994"), Some(0)),
            (Some("noon"), None),
            (None, None),
        ];
        for (date, ahead) in table {
            let mut headers = HeaderMap::new();
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            assert_eq!(ahead_ms(&headers, now), ahead, "{date:?}");
        }
    }

    #[test]
    fn seconds_and_dates_become_milliseconds() {
        // 1994-11-06T08:49:37Z
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let table: [(&[&str], Option<&str>, Option<u64>); 13] = [
            (&[], None, None),
            (&["0"], None, Some(0)),
            (&["120"], None, Some(120_000)),
            (&[" 5 "], None, Some(5_000)),
            (&["-5"], None, None),
            (&["1.5"], None, None),
            (&["soon"], None, None),
            (&[""], None, None),
            (&["soon", "7"], None, Some(7_000)),
            (&["99999999999999999999999999"], None, Some(u64::MAX)),
            (&["Sun, 06 Nov 1994 08:50:37 GMT"], None, Some(60_000)),
            (&["Sun, 06 Nov 1994 08:49:00 GMT"], None, Some(0)),
            (
                &["Sun, 06 Nov 1994 09:00:10 GMT"],
                Some("Sun, 06 Nov 1994 09:00:00 GMT"),
                Some(10_000),
            ),
        ];
        for (values, date, expected) in table {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(RETRY_AFTER, HeaderValue::from_static(value));
            }
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            assert_eq!(retry_after_ms(&headers, now), expected, "{values:?} {date:?}");
        }
    }
}
