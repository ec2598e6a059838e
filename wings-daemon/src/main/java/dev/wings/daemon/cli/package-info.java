/// The `wings` command and its sub-commands (`configuration.md` 14). Start with [WingsCommand];
/// everything runs on the main thread.
@NullMarked
package dev.wings.daemon.cli;

import org.jspecify.annotations.NullMarked;
