/// Stand-alone mode: the Panel's part played by a directory of server definitions.
///
/// Start with [LocalPanel], the second implementation of the Panel port, and [LocalDirectory],
/// which watches for new and changed definitions. Blocking calls run on the caller's thread; the
/// watcher has one virtual thread.
@NullMarked
package dev.wings.daemon.local;

import org.jspecify.annotations.NullMarked;
