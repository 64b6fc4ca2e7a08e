//! Hosting and fetching over restarts, full shelves, expiry and guesses.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use proptest::prelude::*;

use super::*;
use crate::media::Access;

const NOW: Time = Time::from_ms(1_795_000_000_000);
const TTL_MS: u64 = 1_000;
const LIMITS: HostLimits = HostLimits { ttl_ms: TTL_MS, bytes_max: 3 * BLOCK_BYTES };

struct Shop {
    dir: tempfile::TempDir,
    hosted: Hosted,
}

impl Shop {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let hosted = Hosted::open(dir.path().join("out"), NOW).unwrap();
        Self { dir, hosted }
    }

    fn reopen(&mut self, now: Time) {
        self.hosted = Hosted::open(self.out(), now).unwrap();
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.out()).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn source(&self, content: &[u8]) -> Source {
        let path = self.dir.path().join("picture");
        fs::write(&path, content).unwrap();
        let source = Source::open(path.to_str().unwrap(), Access::Anywhere, 1 << 30).unwrap();
        // The next one is another file.
        fs::remove_file(path).unwrap();
        source
    }

    fn host(&self, now: Time, account: &str, content: &[u8]) -> Result<HostedFile, HostError> {
        self.hosted.host(now, account, LIMITS, self.source(content))
    }

    fn get(&self, now: Time, file: &HostedFile) -> Option<Vec<u8>> {
        fetch(&self.hosted, now, file)
    }
}

/// What a client is sent: so many bytes of the file as it says.
fn fetch(hosted: &Hosted, now: Time, file: &HostedFile) -> Option<Vec<u8>> {
    let (id, token) = parts(file);
    let got = hosted.get(now, &id, &token)?;
    assert_eq!(got.content_type, file.content_type());
    assert_eq!(got.bytes, file.bytes());
    let mut content = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(got.file, got.bytes), &mut content).unwrap();
    Some(content)
}

/// The id and the token of a link.
fn parts(file: &HostedFile) -> (String, String) {
    let link = file.link();
    let (id, token) = link.strip_prefix("/media/").unwrap().split_once("?token=").unwrap();
    (id.to_owned(), token.to_owned())
}

fn picture(bytes: u64) -> Vec<u8> {
    let mut content = b"GIF89a".to_vec();
    content.resize(usize::try_from(bytes).unwrap(), b'.');
    content
}

#[test]
fn a_file_is_fetched_any_number_of_times_until_it_expires_to_the_millisecond() {
    let mut shop = Shop::open();
    let content = picture(100_000);
    let limits = HostLimits { ttl_ms: TTL_MS, ..HostLimits::default() };
    let file = shop.hosted.host(NOW, "a", limits, shop.source(&content)).unwrap();
    for now in [NOW, NOW, NOW.plus(TTL_MS - 1), NOW.minus(5)] {
        assert_eq!(shop.get(now, &file).unwrap(), content);
    }
    assert!(shop.get(NOW.plus(TTL_MS), &file).is_none());
    // Not gone before it is swept; then it is.
    assert_eq!(shop.hosted.sweep(NOW.plus(TTL_MS - 1)).unwrap(), 0);
    shop.reopen(NOW.plus(TTL_MS - 1));
    assert_eq!(shop.get(NOW.plus(TTL_MS - 1), &file).unwrap(), content);
    assert_eq!(shop.hosted.sweep(NOW.plus(TTL_MS)).unwrap(), 1);
    assert!(shop.files().is_empty() && shop.get(NOW, &file).is_none());
}

#[test]
fn a_copy_is_hosted_that_this_user_alone_can_read() {
    let shop = Shop::open();
    let a = shop.host(NOW, "a", &picture(10)).unwrap();
    let b = shop.host(NOW, "a", &picture(10)).unwrap();
    assert_ne!(parts(&a).0, parts(&b).0);
    assert_ne!(parts(&a).1, parts(&b).1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&shop.out()), 0o700);
    for name in shop.files() {
        assert_eq!(mode(&shop.out().join(name)), 0o600);
    }
}

#[test]
fn nothing_is_fetched_with_a_guess_or_a_trick() {
    let mut shop = Shop::open();
    let file = shop.host(NOW, "a", &picture(10)).unwrap();
    let other = shop.host(NOW, "a", &picture(10)).unwrap();
    fs::write(shop.dir.path().join("secret"), "").unwrap();
    fs::write(shop.out().join("0".repeat(32)), "no label, so not hosted").unwrap();
    shop.reopen(NOW);
    let ((id, token), (other_id, other_token)) = (parts(&file), parts(&other));
    assert!(shop.hosted.get(NOW, &id, &token).is_some());
    let zeros = "0".repeat(32);
    let (nearly, upper) = (format!("{}0", &token[..31]), id.to_uppercase());
    let nearly = if nearly == token { format!("{}1", &token[..31]) } else { nearly };
    let tricks = [
        (id.as_str(), other_token.as_str()),
        (&other_id, &token),
        (&id, &nearly),
        (&id, &id),
        (&id, &zeros),
        (&id, ""),
        (&id, &token[..31]),
        (&id, "+0000000000000000000000000000000"),
        (&zeros, &token),
        (&zeros, &zeros),
        ("", &token),
        (".", &token),
        ("..", &token),
        ("../secret", &token),
        ("..%2fsecret", &token),
        ("/etc/passwd", &token),
    ];
    for (id, token) in tricks {
        assert!(shop.hosted.get(NOW, id, token).is_none(), "{id} {token}");
    }
    for id in [format!("{id}.part"), format!("./{id}"), format!("{id}/"), format!("{id}\0")] {
        assert!(shop.hosted.get(NOW, &id, &token).is_none(), "{id}");
    }
    if upper != id {
        assert!(shop.hosted.get(NOW, &upper, &token).is_none(), "one spelling");
    }
}

#[test]
fn the_token_is_in_the_link_and_nowhere_else() {
    let shop = Shop::open();
    let file = shop.host(NOW, "a", &picture(10)).unwrap();
    let (id, token) = parts(&file);
    for shown in [format!("{file:?}"), format!("{:?}", shop.hosted), format!("{:?}", shop.files())]
    {
        assert!(!shown.contains(&token), "{shown}");
    }
    assert!(format!("{file:?}").contains(&id));
    // Nor in bytes, as an array would be shown.
    let bytes = format!("{:?}", from_hex(&token).unwrap());
    assert!(!format!("{file:?}{:?}", shop.hosted).contains(&bytes));
}

#[test]
fn a_full_account_is_refused_and_loses_nothing_that_has_not_expired() {
    let mut shop = Shop::open();
    let first = shop.host(NOW, "a", &picture(10)).unwrap();
    let second = shop.host(NOW.plus(1), "a", &picture(BLOCK_BYTES + 1)).unwrap();
    for _ in 0..2 {
        let error = shop.host(NOW.plus(2), "a", &picture(10)).unwrap_err().to_string();
        assert!(error.contains("12288 bytes") && error.contains("hostedMaxMb"), "{error}");
        assert_eq!(shop.files().len(), 2, "nothing of a refused one stays");
        assert!(shop.get(NOW, &first).is_some() && shop.get(NOW, &second).is_some());
        // What is taken is known after a restart.
        shop.reopen(NOW.plus(2));
    }
    // Another account has room of its own; one file may take all of it, and not a byte more.
    shop.host(NOW, "b", &picture(3 * BLOCK_BYTES)).unwrap();
    let over = shop.host(NOW, "c", &picture(3 * BLOCK_BYTES + 1));
    assert!(matches!(over, Err(HostError::Full { .. })));

    // The first has expired: its room is used, the second is still there.
    let then = NOW.plus(TTL_MS);
    let third = shop.host(then, "a", &picture(10)).unwrap();
    assert!(shop.get(then, &first).is_none());
    assert!(shop.get(then, &second).is_some() && shop.get(then, &third).is_some());
    assert!(matches!(shop.host(then, "a", &picture(10)), Err(HostError::Full { .. })));
}

#[test]
fn what_fails_leaves_no_file_and_takes_no_room() {
    let shop = Shop::open();
    for _ in 0..10 {
        let path = shop.dir.path().join("growing");
        fs::write(&path, picture(10)).unwrap();
        let source = Source::open(path.to_str().unwrap(), Access::Anywhere, 100).unwrap();
        fs::write(&path, picture(11)).unwrap();
        let error = shop.hosted.host(NOW, "a", LIMITS, source).unwrap_err();
        assert!(matches!(error, HostError::Source(SourceError::Changed)), "{error}");
        assert!(shop.files().is_empty());
    }
    let source = shop.source(&picture(10));
    fs::remove_dir(shop.out()).unwrap();
    let error = shop.hosted.host(NOW, "a", LIMITS, source).unwrap_err().to_string();
    assert!(error.contains(&shop.out().display().to_string()), "{error}");
    fs::create_dir(shop.out()).unwrap();
    shop.host(NOW, "a", &picture(3 * BLOCK_BYTES)).unwrap();
    assert!(shop.hosted.lock().making.is_empty());
}

/// A crash leaves a part of a file, at any length, or all of it without its name. What has its name
/// is whole; what was cut since, by whatever, is not fetched.
#[test]
fn what_a_crash_leaves_is_swept_and_what_was_finished_stays() {
    let mut shop = Shop::open();
    let file = shop.host(NOW, "a", &picture(50)).unwrap();
    let id = parts(&file).0;
    let whole = fs::read(shop.out().join(&id)).unwrap();
    for length in 0..whole.len() {
        let at = |name: String| shop.out().join(name);
        fs::write(at(format!("{length:032x}.part")), &whole[..length]).unwrap();
        fs::write(at(format!("{length:032x}")), &whole[..length]).unwrap();
    }
    fs::write(shop.out().join(format!("{:032x}.part", 1 << 20)), &whole).unwrap();
    fs::write(shop.out().join("README"), "not ours").unwrap();
    fs::create_dir(shop.out().join("f".repeat(32))).unwrap();
    shop.reopen(NOW);
    let mut files = shop.files();
    files.sort();
    let mut expected = vec!["README".to_owned(), id, "f".repeat(32)];
    expected.sort();
    assert_eq!(files, expected);
    assert_eq!(shop.get(NOW, &file).unwrap(), picture(50));
    let tokens: Vec<_> = shop.hosted.lock().files.values().map(|label| label.token.0).collect();
    assert_eq!(tokens.len(), 1);
}

#[test]
fn a_clock_that_was_ahead_keeps_no_file_for_ever() {
    let mut shop = Shop::open();
    let ahead = NOW.plus(365 * zaloxide_core::DAY_MS);
    let file = shop.host(ahead, "a", &picture(10)).unwrap();
    shop.reopen(NOW);
    assert!(shop.get(NOW.plus(TTL_MS - 1), &file).is_some());
    assert!(shop.get(NOW.plus(TTL_MS), &file).is_none());
}

#[test]
fn many_host_fetch_and_sweep_at_one_time() {
    const EACH: u64 = 20;
    let shop = Shop::open();
    let limits = HostLimits { bytes_max: 2 * EACH * BLOCK_BYTES, ..LIMITS };
    let sources = |count: u64| {
        let sources = (0..count).map(|n| (picture(20 + n), shop.source(&picture(20 + n))));
        sources.collect::<Vec<_>>()
    };
    // Two threads share an account: together they ask for three files too many.
    let works = [
        ("a", sources(EACH + 3)),
        ("a", sources(EACH)),
        ("b", sources(EACH)),
        ("c", sources(EACH)),
    ];
    let refused = thread::scope(|scope| {
        let works = works.map(|(account, sources)| {
            scope.spawn(|| {
                let work = |(content, source)| {
                    let hosted = shop.hosted.host(NOW, account, limits, source);
                    shop.hosted.sweep(NOW).unwrap();
                    let Ok(file) = hosted else { return 1 };
                    assert_eq!(fetch(&shop.hosted, NOW, &file).unwrap(), content);
                    0
                };
                sources.into_iter().map(work).sum::<u64>()
            })
        });
        works.map(|work| work.join().unwrap()).iter().sum::<u64>()
    });
    assert_eq!(refused, 3);
    assert_eq!(shop.files().len() as u64, 4 * EACH);
    assert_eq!(shop.hosted.sweep(NOW.plus(TTL_MS)).unwrap() as u64, 4 * EACH);
    assert!(shop.hosted.lock().taken.0.is_empty());
}

#[derive(Clone, Debug)]
enum Step {
    Host { account: usize, bytes: u64 },
    Wait { ms: u64 },
    Sweep,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..2_usize, 6..3 * BLOCK_BYTES + 2).prop_map(|(account, bytes)| Step::Host { account, bytes }),
        3 => (0..TTL_MS).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Sweep),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]

    /// A file is there from when it is hosted until it expires, whatever else happens; one is
    /// refused exactly when those that have not expired leave no room.
    #[test]
    fn hosted_files_are_there_until_they_expire(steps in prop::collection::vec(step(), 1..25)) {
        let (mut shop, mut now) = (Shop::open(), NOW);
        // The reference: all that was ever hosted.
        let mut all: Vec<(usize, Time, HostedFile)> = Vec::new();
        for step in steps {
            match step {
                Step::Wait { ms } => now = now.plus(ms),
                Step::Sweep => drop(shop.hosted.sweep(now).unwrap()),
                Step::Restart => shop.reopen(now),
                Step::Host { account, bytes } => {
                    let is_there = |(owner, until, _): &&(usize, Time, HostedFile)| {
                        *owner == account && now < *until
                    };
                    let taken: u64 = all.iter().filter(is_there).map(|it| cost(it.2.bytes)).sum();
                    let fits = taken + cost(bytes) <= LIMITS.bytes_max;
                    match shop.host(now, ["a", "b"][account], &picture(bytes)) {
                        Ok(file) => {
                            prop_assert!(fits);
                            all.push((account, now.plus(TTL_MS), file));
                        }
                        Err(error) => prop_assert!(!fits, "{}", error),
                    }
                }
            }
            for (_, until, file) in &all {
                let content = shop.get(now, file);
                prop_assert_eq!(content, (now < *until).then(|| picture(file.bytes)));
            }
        }
    }
}
