/// How much clients may take of the server: settings that can change while it runs, and the
/// counters behind them. Start reading at [dev.wings.sftp.limit.SftpLimits]. Safe for use by many
/// threads, never blocks.
@NullMarked
package dev.wings.sftp.limit;

import org.jspecify.annotations.NullMarked;
