/// SFTP and SSH consoles of the servers of this node (`sftp.md`): what the Panel says decides who
/// gets in, what the server's live permissions say decides about each request. Start at
/// [dev.wings.daemon.sftp.SftpService]. Work on files runs on the lanes of
/// [dev.wings.core.volume.FileWork]; one daemon thread looks after open connections, another one
/// writes down what users do.
@NullMarked
package dev.wings.daemon.sftp;

import org.jspecify.annotations.NullMarked;
