//! Every byte out, blocking: the long poll and all other calls to the Zalo Bot API.
//!
//! 1. Make one [`Api`] per account from [`Settings`]: it holds the token, the core never does.
//! 2. Make one [`Calls`] for the process, and one [`Calls::solo`] per polled account for its long
//!    poll.
//! 3. For each `StartCall` and `SendChunk` of the core, make a [`Cancel`] and submit a job that
//!    runs [`Api::call`] and reports its `Outcome` as `CallFinished`.
//! 4. For a `CancelCall`, call [`Cancel::cancel`]: the job ends at once, or within a second if
//!    its answer is already coming in, and reports all the same.
//!
//! What users sent is fetched by [`Downloads`], one for the process: from public addresses alone,
//! bounded, and only if it is a picture or a sound. [`check_url`] is the same guard for a URL that
//! is only passed on.
//!
//! An [`Endpoint`] is an address of the operator's own, such as an agent's: JSON is posted there.
//!
//! An outcome tells the truth: `NotSent` only if no byte of the request was handed to the system,
//! `Unknown` whenever one was and no whole answer came. Nothing is ever sent twice and redirects
//! are never followed. Reasons are one line for people, without tokens.
//!
//! ```
//! use zaloxide_core::{Method, Outcome};
//! use zaloxide_polling::{Api, Cancel, Settings, Token};
//!
//! let token: Token = "123456789:abc-xyz".parse()?;
//! let mut settings = Settings::new(token);
//! settings.api_url = "http://127.0.0.1:9".to_owned(); // nobody listens there
//! let api = Api::new(settings)?;
//! match api.call(Method::GetMe, "{}", 1_000, &Cancel::new()) {
//!     Outcome::NotSent { reason } => assert!(reason.contains("apiUrl"), "{reason}"),
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod api;
mod calls;
mod date;
mod downloads;
mod endpoint;
mod flight;
mod reason;
mod redaction;
mod settings;
mod tls;
mod token;
mod wire;

pub use api::Api;
pub use calls::{Calls, Left, Rejected};
pub use downloads::{
    CheckedUrl, Download, DownloadError, DownloadSettings, Downloads, LookUp, MediaProxy, Reach,
    Told, UrlRefused, Want, check_url, is_global,
};
pub use endpoint::{Answer, Endpoint, EndpointError};
pub use flight::Cancel;
pub use settings::{DEFAULT_API_URL, Settings, SettingsError};
pub use token::{BadSecret, BadToken, Secret, Token};

// Nothing here logs; the dependency only carries the feature that silences ureq's trace level.
use log as _;
