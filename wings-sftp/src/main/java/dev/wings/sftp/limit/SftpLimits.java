package dev.wings.sftp.limit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// Settings that are read at each use (`sftp.md` 1), so that a change takes effect for the next
/// check.
///
/// @param readOnly refuses every modification
/// @param passwords whether passwords are accepted
/// @param passwordAttempts of one address within `cooldown`
/// @param keyAttempts of one address within `cooldown`
/// @param cooldown after the last attempt all of them are forgotten; zero switches the limit off
/// @param connectionsPerUser over all servers
/// @param channelsPerConnection open at the same time
/// @param handlesPerChannel open files and directories
/// @param handlesTotal over all connections
/// @param entriesPerDirectory delivered for each opened directory; 0 means all
/// @param entriesPerReply in one answer to READDIR
public record SftpLimits(
    boolean readOnly,
    boolean passwords,
    int passwordAttempts,
    int keyAttempts,
    Duration cooldown,
    int connectionsPerUser,
    int channelsPerConnection,
    int handlesPerChannel,
    int handlesTotal,
    long entriesPerDirectory,
    int entriesPerReply) {
  /// What `sftp.md` 1 names as defaults.
  public static final SftpLimits DEFAULT =
      new SftpLimits(false, true, 3, 20, Duration.ofSeconds(60), 10, 10, 32, 1024, 20_000, 500);

  public SftpLimits {
    requireNonNull(cooldown, "cooldown");
  }
}
