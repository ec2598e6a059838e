/// What a start needs of the host: the system user, directories, the lock of the data directory.
@NullMarked
package dev.wings.daemon.setup;

import org.jspecify.annotations.NullMarked;
