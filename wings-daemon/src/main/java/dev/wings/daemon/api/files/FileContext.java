package dev.wings.daemon.api.files;

import dev.wings.core.config.LiveConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.listing.DirectoryEntries;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.ViewSources;
import java.time.Clock;

/// What the file routes share.
///
/// @param config the node's configuration, changes included
/// @param views what the paths of servers lead into
/// @param entries describes entries; remembers what it found
/// @param archives makes archives, all within one amount of memory
/// @param revisions earlier contents of edited files
/// @param clock the node's time with its zone
record FileContext(
    LiveConfig config,
    ViewSources views,
    DirectoryEntries entries,
    ArchiveWriter archives,
    Revisions revisions,
    Clock clock) {}
