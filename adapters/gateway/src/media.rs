//! Media: the pictures that Zalo may fetch from here, and the files that users sent.
//!
//! Out: [`Source`] opens a file that an agent named, if it lies under one of the [`Roots`] and is a
//! picture; [`Hosted`] keeps a copy under a name nobody guesses until it expires. In: [`Inbox`]
//! says where downloads lie until their turn is settled.
//!
//! An agent does what strangers talk it into. So a path is only looked at once it is known to
//! begin at a root, each step from there is taken through open folders, and no link is followed
//! out of them. What can't be told: a file with a second name (a hard link) under a root is the
//! file itself. Whoever may write under a root can also put copies there: name folders that hold
//! what may be sent, and nothing else.

mod folder;
mod hosted;
mod inbox;
mod kind;
mod roots;
mod source;
mod walk;

pub use folder::FolderError;
pub use hosted::{HostError, HostLimits, Hosted, HostedFile};
pub use inbox::Inbox;
pub use kind::Kind;
pub use roots::{RootError, Roots};
pub use source::{Access, Source, SourceError};
