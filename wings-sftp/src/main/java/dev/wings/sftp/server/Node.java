package dev.wings.sftp.server;

import dev.wings.sftp.account.Authenticator;
import dev.wings.sftp.limit.Admissions;
import dev.wings.sftp.limit.HandleCount;
import dev.wings.sftp.limit.LoginGate;
import dev.wings.sftp.limit.MemoryBudget;
import dev.wings.sftp.limit.OwnerCounts;
import dev.wings.sftp.limit.SftpLimits;
import dev.wings.sftp.subsystem.OwnerNames;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What all connections share.
///
/// @param inbound memory for what clients may send ahead beyond the smallest window
/// @param outbound memory for what clients have not read
/// @param sessions connections that are open
record Node(
    Authenticator authenticator,
    Supplier<SftpLimits> limits,
    OwnerNames names,
    HandleCount handles,
    LoginGate gate,
    Admissions admissions,
    OwnerCounts owners,
    MemoryBudget inbound,
    MemoryBudget outbound,
    LongSupplier nanoTime,
    Set<SshSession> sessions) {}
