package dev.wings.sftp.limit;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Decides which attempts to log in may ask the authenticator, and when (SF-01).
///
/// - **Each client** (an IPv4 address, an IPv6 /64) has the attempts of [SftpLimits], passwords and
///   keys apart. An attempt is counted before anything is asked and taken back when it succeeds or
///   nobody could answer. Too many end the connection; they are forgotten `cooldown` after the last
///   one, and each further time within an hour the client has to stay away twice as long, up to 16
///   times.
/// - **Each account** has a few questions at once and then one each few seconds, more slowly the
///   more fail; clients with failures and clients without are counted apart, and clients that
///   logged in to the account before are not slowed down, so that an attack does not lock out the
///   owner.
/// - **The node** asks within a [QuestionBudget], the trusted first. A question that has no turn
///   waits some seconds (holding no thread) and is then refused without being counted.
///
/// States are bounded in number; what was not used for longest is forgotten. [#tick] must be called
/// about each 100 ms.
public final class LoginGate {
  private static final int CLIENTS = 16_384;
  private static final int ACCOUNTS = 8_192;
  private static final int KNOWN_PAIRS = 8_192;
  private static final int MAX_STRIKES = 4;
  private static final long HOUR = Duration.ofHours(1).toNanos();
  private static final long KNOWN_FOR = Duration.ofDays(7).toNanos();
  private static final long REMEMBERED = Duration.ofMinutes(1).toNanos();
  private static final long WAIT_OF_TRUSTED = Duration.ofSeconds(8).toNanos();
  private static final long WAIT_OF_OTHERS = Duration.ofSeconds(3).toNanos();
  private static final int ATTACKED_FROM = 5;

  /// What is tried.
  public enum Method {
    PASSWORD,
    KEY
  }

  private final Supplier<SftpLimits> limits;
  private final LongSupplier nanoTime;
  private final Recent<ClientNetwork, Client> clients = new Recent<>(CLIENTS);
  private final Recent<String, AccountState> accounts = new Recent<>(ACCOUNTS);
  private final Recent<Pair, Long> known = new Recent<>(KNOWN_PAIRS);
  private final List<Waiting> waiting = new ArrayList<>();
  private final QuestionBudget budget;

  private record Pair(ClientNetwork client, String account) {}

  private static final class Counter {
    int count;
    long last;
    int strikes;
    long struckAt;
  }

  private static final class Client {
    final Counter passwords = new Counter();
    final Counter keys = new Counter();

    /// Attempts that have not succeeded, for [Standing] only.
    int unproven;

    long unprovenAt;
  }

  private static final class AccountState {
    int failures;
    long failedAt;
    final Bucket fromFresh;
    final Bucket fromFailed;

    AccountState(long now) {
      fromFresh = new Bucket(6, now);
      fromFailed = new Bucket(4, now);
    }
  }

  private record Waiting(Attempt attempt, long since, Runnable allowed, Runnable refused) {}

  public LoginGate(Supplier<SftpLimits> limits, LongSupplier nanoTime) {
    this.limits = requireNonNull(limits, "limits");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
    this.budget = new QuestionBudget(nanoTime.getAsLong());
  }

  /// Counts an attempt.
  ///
  /// @return empty when the client has tried too often: its connection must end
  public synchronized Optional<Attempt> begin(InetAddress address, String account, Method method) {
    long now = nanoTime.getAsLong();
    SftpLimits current = limits.get();
    Client client = clients.computeIfAbsent(ClientNetwork.of(address), _ -> new Client());
    forgetUnproven(client, now);
    client.unproven++;
    client.unprovenAt = now;
    Counter counter = method == Method.PASSWORD ? client.passwords : client.keys;
    int most = method == Method.PASSWORD ? current.passwordAttempts() : current.keyAttempts();
    if (!current.cooldown().isZero() && !count(counter, most, current.cooldown(), now)) {
      return Optional.empty();
    }
    return Optional.of(new Attempt(ClientNetwork.of(address), client, account, counter));
  }

  /// Whether the client could not even try a password or a key at the moment, so that a connection
  /// is not worth a key exchange. Counts nothing.
  public synchronized boolean hopeless(InetAddress address) {
    Client client = clients.get(ClientNetwork.of(address));
    SftpLimits current = limits.get();
    if (client == null || current.cooldown().isZero()) {
      return false;
    }
    long now = nanoTime.getAsLong();
    return exhausted(client.passwords, current.passwordAttempts(), current.cooldown(), now)
        && exhausted(client.keys, current.keyAttempts(), current.cooldown(), now);
  }

  private static boolean exhausted(Counter counter, int most, Duration cooldown, long now) {
    return counter.count >= most && now - counter.last < cooldownOf(counter, cooldown);
  }

  private static boolean count(Counter counter, int most, Duration cooldown, long now) {
    if (counter.strikes > 0 && now - counter.struckAt > HOUR) {
      counter.strikes = 0;
    }
    if (now - counter.last >= cooldownOf(counter, cooldown)) {
      counter.count = 0;
    }
    counter.last = now;
    if (counter.count >= most) {
      if (counter.count == most) { // the first that is too many, the others change nothing
        counter.count++;
        counter.strikes = Math.min(MAX_STRIKES + 1, counter.strikes + 1);
        counter.struckAt = now;
      }
      return false;
    }
    counter.count++;
    return true;
  }

  private static long cooldownOf(Counter counter, Duration cooldown) {
    return cooldown.toNanos() << Math.max(0, counter.strikes - 1);
  }

  private static void forgetUnproven(Client client, long now) {
    if (now - client.unprovenAt > REMEMBERED) {
      client.unproven = 0;
    }
  }

  /// Lets questions through whose turn has come and refuses those that waited too long.
  public void tick() {
    List<Runnable> answers = new ArrayList<>();
    synchronized (this) {
      if (waiting.isEmpty()) {
        return;
      }
      long now = nanoTime.getAsLong();
      List<Ranked> ranked = new ArrayList<>(waiting.size());
      for (Waiting one : waiting) {
        ranked.add(new Ranked(one, standing(one.attempt, now)));
      }
      ranked.sort(
          Comparator.comparing(Ranked::standing)
              .thenComparingInt(r -> r.waiting.attempt.client.unproven)
              .thenComparingLong(r -> r.waiting.since - now));
      for (Ranked next : ranked) {
        long patience =
            next.standing.compareTo(Standing.FRESH) <= 0 ? WAIT_OF_TRUSTED : WAIT_OF_OTHERS;
        if (letThrough(next.waiting.attempt, next.standing, now)) {
          waiting.remove(next.waiting);
          answers.add(next.waiting.allowed);
        } else if (now - next.waiting.since > patience) {
          waiting.remove(next.waiting);
          answers.add(next.waiting.refused);
        }
      }
    }
    answers.forEach(Runnable::run);
  }

  private record Ranked(Waiting waiting, Standing standing) {}

  private boolean letThrough(Attempt attempt, Standing standing, long now) {
    if (!budget.allows(standing, now)) {
      return false;
    }
    if (standing != Standing.KNOWN) {
      AccountState account = accounts.computeIfAbsent(attempt.account, _ -> new AccountState(now));
      Bucket bucket = attempt.client.unproven > 1 ? account.fromFailed : account.fromFresh;
      double perSecond =
          attempt.client.unproven > 1 ? 1.0 / (5 << Math.min(4, account.failures / 5)) : 0.5;
      if (!bucket.fill(perSecond, now).isReady()) {
        return false;
      }
      bucket.take();
      attempt.paid = bucket;
    }
    budget.take(standing, now);
    return true;
  }

  private Standing standing(Attempt attempt, long now) {
    Long before = known.get(new Pair(attempt.network, attempt.account));
    if (before != null && now - before < KNOWN_FOR) {
      return Standing.KNOWN;
    }
    int others = attempt.client.unproven - 1;
    if (others > 1) {
      return Standing.SUSPECT;
    }
    AccountState account = accounts.get(attempt.account);
    boolean attacked =
        account != null
            && account.failures >= ATTACKED_FROM
            && now - account.failedAt < 10 * REMEMBERED;
    return others == 1 || attacked ? Standing.DOUBTFUL : Standing.FRESH;
  }

  /// One attempt that was counted. Exactly one of [#succeeded], [#failed] and [#unanswered] ends
  /// it; further calls do nothing.
  public final class Attempt {
    private final ClientNetwork network;
    private final Client client;
    private final String account;
    private final Counter counter;
    private @Nullable Waiting place;
    private @Nullable Bucket paid;
    private boolean ended;

    private Attempt(ClientNetwork network, Client client, String account, Counter counter) {
      this.network = network;
      this.client = client;
      this.account = account;
      this.counter = counter;
    }

    /// Calls one of both, now or later in [LoginGate#tick], unless [#unanswered] comes first.
    public void ask(Runnable allowed, Runnable refused) {
      synchronized (LoginGate.this) {
        long now = nanoTime.getAsLong();
        if (!letThrough(this, standing(this, now), now)) {
          place = new Waiting(this, now, allowed, refused);
          waiting.add(place);
          return;
        }
      }
      allowed.run();
    }

    public void succeeded() {
      synchronized (LoginGate.this) {
        if (end()) {
          counter.count = Math.max(0, counter.count - 1);
          counter.strikes = 0;
          client.unproven = Math.max(0, client.unproven - 1);
          known.put(new Pair(network, account), nanoTime.getAsLong());
        }
      }
    }

    /// The credential was wrong; stays counted.
    public void failed() {
      synchronized (LoginGate.this) {
        if (end()) {
          long now = nanoTime.getAsLong();
          AccountState state = accounts.computeIfAbsent(account, _ -> new AccountState(now));
          if (now - state.failedAt > 10 * REMEMBERED) {
            state.failures = 0;
          }
          state.failures++;
          state.failedAt = now;
        }
      }
    }

    /// Nobody was asked, or nobody could answer: not counted.
    public void unanswered() {
      synchronized (LoginGate.this) {
        if (end()) {
          counter.count = Math.max(0, counter.count - 1);
        }
      }
    }

    /// Like [#unanswered] when the authenticator itself had no answer, so that others ask more
    /// slowly.
    public void unavailable() {
      synchronized (LoginGate.this) {
        if (!ended) {
          client.unproven = Math.max(0, client.unproven - 1);
          if (paid != null) {
            paid.giveBack();
          }
        }
        unanswered();
        budget.backOff(nanoTime.getAsLong());
      }
    }

    private boolean end() {
      if (ended) {
        return false;
      }
      ended = true;
      if (place != null) {
        waiting.remove(place);
      }
      return true;
    }
  }
}
