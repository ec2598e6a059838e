package dev.wings.daemon.api.files;

import dev.wings.core.config.LiveConfig;
import dev.wings.fs.listing.DirectoryEntries;

/// What the file routes share.
///
/// @param config the node's configuration, changes included
/// @param entries describes entries; remembers what it found
record FileContext(LiveConfig config, DirectoryEntries entries) {}
