//! Bodies that were never recorded.
