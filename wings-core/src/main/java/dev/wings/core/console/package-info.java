/// From the bytes of a process to the lines that people see.
///
/// Start with [dev.wings.core.console.ConsolePipeline], which joins splitter, readiness matching,
/// throttle and terminal filter; [dev.wings.core.console.LogTail] does the same for stored logs and
/// [dev.wings.core.console.DaemonLines] writes the daemon's own lines. Nothing here owns a thread
/// or blocks: a pipeline runs on the one thread that reads its container.
@NullMarked
package dev.wings.core.console;

import org.jspecify.annotations.NullMarked;
