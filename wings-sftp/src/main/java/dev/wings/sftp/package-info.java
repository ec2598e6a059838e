/// An SSH and SFTP server over any `java.nio.file` file system (`sftp.md`). The program that embeds
/// it brings an [dev.wings.sftp.account.Authenticator], which hands out an
/// [dev.wings.sftp.account.Account] with files and perhaps a shell.
@NullMarked
package dev.wings.sftp;

import org.jspecify.annotations.NullMarked;
