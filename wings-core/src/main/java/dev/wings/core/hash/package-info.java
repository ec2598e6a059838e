/// Checksums that the JDK does not have. Start at [dev.wings.core.hash.Blake3], which tells whether
/// a file is still what somebody has seen. Everything is stateless and may run on any thread.
@NullMarked
package dev.wings.core.hash;

import org.jspecify.annotations.NullMarked;
