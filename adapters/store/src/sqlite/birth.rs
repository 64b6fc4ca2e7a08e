//! How a database comes into being: whole, under another name, and only then under its own. So one
//! that is empty was not made so: it has lost what was in it.

use std::io;
use std::path::Path;

use super::part::Part;
use super::{damage, place, schema};
use crate::StoreError;

/// Makes the database at `real`, unless there is one. `path` is its name for people.
pub(super) fn make(real: &Path, path: &Path) -> Result<(), StoreError> {
    if real.symlink_metadata().is_ok() {
        return Ok(());
    }
    let failed = |error: &io::Error| place::failed(path, "can't be made", error);
    let part = Part::make(real).map_err(|error| failed(&error))?;
    let connection = super::connect(part.path()).map_err(|error| damage::refused(path, &error))?;
    schema::create(&connection)
        .and_then(|()| connection.close().map_err(|(_, error)| error))
        .map_err(|error| damage::refused(path, &error))?;
    match part.finish(real) {
        // Another process was quicker: then there is one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(&error)),
        Ok(_) => Ok(()),
    }
}
