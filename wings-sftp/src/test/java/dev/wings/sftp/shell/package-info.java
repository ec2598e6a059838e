/// Tests of the console for SSH clients.
@NullMarked
package dev.wings.sftp.shell;

import org.jspecify.annotations.NullMarked;
