/// Fingerprints of files (`filesystem.md` 20). Start at [dev.wings.fs.hash.Fingerprints]. Files are
/// read in pieces, several at a time, on the threads that the caller allows.
@NullMarked
package dev.wings.fs.hash;

import org.jspecify.annotations.NullMarked;
