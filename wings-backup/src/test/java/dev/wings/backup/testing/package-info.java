/// What tests of backups share: servers on real volumes, and a Panel that remembers.
@NullMarked
package dev.wings.backup.testing;

import org.jspecify.annotations.NullMarked;
