/// Measures backups and prints the figures; started by `bin/bench`.
@NullMarked
package dev.wings.backup.bench;

import org.jspecify.annotations.NullMarked;
