package dev.wings.daemon.system;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/// What an operator should know about this node although it works: switched-off certificate checks
/// (`threats.md` TL-03), certificates that cannot be used or expire soon (TL-01, TL-04). Whoever
/// knows of a possible problem registers a check; it is asked whenever somebody looks. Safe for use
/// by many threads.
public final class Health {
  private final List<Check> checks = new CopyOnWriteArrayList<>();

  private record Check(String part, Supplier<Optional<String>> problem) {}

  /// @param part what has the problem, such as `certificate`
  /// @param problem one sentence without secrets, written for the operator
  public record Problem(String part, String problem) {}

  /// Registers a check that is asked as long as this object lives.
  ///
  /// @param problem answers at once, empty while all is well
  public void watch(String part, Supplier<Optional<String>> problem) {
    checks.add(new Check(part, problem));
  }

  /// The problems of this moment, in the order of registration; empty when all is well.
  public List<Problem> problems() {
    return checks.stream()
        .flatMap(
            check -> check.problem().get().map(text -> new Problem(check.part(), text)).stream())
        .toList();
  }
}
