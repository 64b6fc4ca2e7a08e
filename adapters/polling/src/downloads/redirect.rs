//! Redirects: where a `Location` leads, checked like the URL that was asked for.

use super::guard::{CheckedUrl, Reach, UrlRefused, check_url};

/// The URL that `location` names, seen from `from`. Never from https to http.
pub(super) fn follow(
    from: &CheckedUrl,
    location: &str,
    reach: Reach,
) -> Result<CheckedUrl, UrlRefused> {
    let to = check_url(&resolved(from, location.trim_ascii()), reach)?;
    if from.is_https() && !to.is_https() {
        return Err(UrlRefused::NotHttps);
    }
    Ok(to)
}

/// A reference as an absolute URL. What has a scheme is left as it is, whatever it says.
fn resolved(from: &CheckedUrl, location: &str) -> String {
    let before_path = location.split(['/', '?', '#']).next().unwrap_or_default();
    if before_path.contains(':') {
        return location.to_owned();
    }
    let origin = from.origin();
    if location.starts_with("//") {
        let scheme = if from.is_https() { "https:" } else { "http:" };
        return format!("{scheme}{location}");
    }
    let (path, rest) = location.split_at(location.find(['?', '#']).unwrap_or(location.len()));
    match path {
        "" => format!("{origin}{}{rest}", from.path()),
        _ if path.starts_with('/') => format!("{origin}{}{rest}", without_dots(path)),
        _ => {
            let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{origin}{}{rest}", without_dots(&format!("{folder}/{path}")))
        }
    }
}

/// An absolute path without `.` and `..`; a server must not have to know them.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
        // `/a/.` and `/a/b/..` are the folder `/a/`.
        if segments.peek().is_none() && matches!(segment, "." | "..") {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::follow;
    use crate::downloads::guard::{Reach, UrlRefused, check_url};

    #[test]
    fn references_are_resolved() {
        let from = check_url("https://cdn.example.com/a/b/c.jpg?t=1#f", Reach::Public).unwrap();
        let table = [
            ("https://other.example.com/x", "https://other.example.com/x"),
            ("HTTPS://Other.Example.COM", "https://other.example.com/"),
            ("//other.example.com/x?y", "https://other.example.com/x?y"),
            ("/x/y", "https://cdn.example.com/x/y"),
            ("/x/../y/./z", "https://cdn.example.com/y/z"),
            ("/../../y", "https://cdn.example.com/y"),
            ("x.jpg", "https://cdn.example.com/a/b/x.jpg"),
            ("../x.jpg?u=http://h", "https://cdn.example.com/a/x.jpg?u=http://h"),
            ("..", "https://cdn.example.com/a/"),
            ("./", "https://cdn.example.com/a/b/"),
            ("?t=2", "https://cdn.example.com/a/b/c.jpg?t=2"),
            ("", "https://cdn.example.com/a/b/c.jpg"),
            (" /padded ", "https://cdn.example.com/padded"),
            ("/ảnh.jpg", "https://cdn.example.com/%E1%BA%A3nh.jpg"),
        ];
        for (location, expected) in table {
            let to = follow(&from, location, Reach::Public).unwrap();
            assert_eq!(to.as_str(), expected, "{location}");
        }
    }

    #[test]
    fn where_they_lead_is_checked() {
        let secure = check_url("https://cdn.example.com/a", Reach::Loopback).unwrap();
        let plain = check_url("http://127.0.0.1:81/a", Reach::Loopback).unwrap();
        let down = "http://127.0.0.1:80/b";
        assert_eq!(follow(&secure, down, Reach::Loopback), Err(UrlRefused::NotHttps));
        assert_eq!(follow(&plain, down, Reach::Loopback).unwrap().as_str(), "http://127.0.0.1/b");
        let table = [
            "http://cdn.example.com/",
            "https://10.0.0.1/",
            "//169.254.169.254/latest/meta-data",
            "//[::ffff:127.0.0.1]/",
            "//user@cdn.example.com/",
            "https:cdn.example.com",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "file:///etc/passwd",
            "gopher://cdn.example.com/",
            "/\\evil.example.com",
            "//",
            "///etc",
        ];
        for location in table {
            assert!(follow(&secure, location, Reach::Public).is_err(), "{location}");
        }
    }
}
