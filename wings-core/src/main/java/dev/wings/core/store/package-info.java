/// Durable state: files that survive a crash at any instant. Start reading at [ServerStore], which
/// keeps states, running installations and the last known definitions.
///
/// One platform thread writes; reads are served from memory.
@NullMarked
package dev.wings.core.store;

import org.jspecify.annotations.NullMarked;
