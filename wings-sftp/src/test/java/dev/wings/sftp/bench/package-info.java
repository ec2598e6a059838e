/// Figures of the SFTP server beside those of OpenSSH's. Run by `bin/bench sftp`; start reading at
/// [dev.wings.sftp.bench.SftpBench].
@NullMarked
package dev.wings.sftp.bench;

import org.jspecify.annotations.NullMarked;
