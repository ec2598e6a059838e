/// The console of a game server for SSH clients (`sftp.md` 14 and 15): a line editor, a small
/// command line of the daemon, and `exec`. Never a shell of the host. Start reading at
/// [dev.wings.sftp.shell.Shell].
@NullMarked
package dev.wings.sftp.shell;

import org.jspecify.annotations.NullMarked;
