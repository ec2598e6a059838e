/// Tests of SFTP and SSH consoles as the daemon composes them.
@NullMarked
package dev.wings.daemon.sftp;

import org.jspecify.annotations.NullMarked;
