package dev.wings.daemon.api.files;

import dev.wings.core.config.LiveConfig;
import dev.wings.fs.listing.DirectoryEntries;
import dev.wings.fs.view.ViewSources;

/// What the file routes share.
///
/// @param config the node's configuration, changes included
/// @param views what the paths of servers lead into
/// @param entries describes entries; remembers what it found
record FileContext(LiveConfig config, ViewSources views, DirectoryEntries entries) {}
