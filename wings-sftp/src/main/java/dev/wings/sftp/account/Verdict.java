package dev.wings.sftp.account;

import static java.util.Objects.requireNonNull;

/// What becomes of an attempt.
public sealed interface Verdict {
  /// Let in.
  record Accepted(Account account) implements Verdict {
    public Accepted {
      requireNonNull(account, "account");
    }
  }

  /// The credential is wrong or the user may not log in. Counts as a failure of the client.
  ///
  /// @param reason for the log, never sent
  record Refused(String reason) implements Verdict {
    public Refused {
      requireNonNull(reason, "reason");
    }
  }

  /// Nobody can tell at the moment. Refused, but not counted: the client did nothing wrong.
  ///
  /// @param reason for the log, never sent
  record Unavailable(String reason) implements Verdict {
    public Unavailable {
      requireNonNull(reason, "reason");
    }
  }
}
