package dev.wings.sftp.limit;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Bounds the connections that have not logged in (SF-02): in number, for each client and in all,
/// and in the rate at which a client makes the node do key exchanges. When all places are taken the
/// newcomer gets the place of the connection that deserves it least, so that a flood does not keep
/// everybody else out.
public final class Admissions {
  /// @param total connections that have not logged in
  /// @param perClient of one IPv4 address or IPv6 /64
  /// @param burst connections of a client at once, successful logins not counted
  /// @param perSecond and how fast these come back
  public record Bounds(int total, int perClient, int burst, double perSecond) {
    public static final Bounds DEFAULT = new Bounds(256, 32, 100, 4);
  }

  private static final int CLIENTS = 16_384;

  private final Bounds bounds;
  private final LongSupplier nanoTime;
  private final LinkedHashSet<Place> places = new LinkedHashSet<>(); // oldest first
  private final Map<ClientNetwork, Integer> counts = new HashMap<>();
  private final Recent<ClientNetwork, Bucket> rates = new Recent<>(CLIENTS);

  public Admissions(Bounds bounds, LongSupplier nanoTime) {
    this.bounds = requireNonNull(bounds, "bounds");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
  }

  /// Asks for a place.
  ///
  /// @param evict ends the connection when somebody else needs its place; must not block
  /// @return empty when the client has had enough
  public Optional<Place> admit(InetAddress address, Runnable evict) {
    Place victim = null;
    Place place;
    synchronized (this) {
      ClientNetwork client = ClientNetwork.of(address);
      long now = nanoTime.getAsLong();
      Bucket rate = rates.computeIfAbsent(client, _ -> new Bucket(bounds.burst(), now));
      if (counts.getOrDefault(client, 0) >= bounds.perClient()
          || !rate.fill(bounds.perSecond(), now).isReady()) {
        return Optional.empty();
      }
      if (places.size() >= bounds.total()) {
        victim = leastDeserving();
        victim.leave();
      }
      rate.take();
      place = new Place(client, rate, evict);
      places.add(place);
      counts.merge(client, 1, Integer::sum);
    }
    if (victim != null) {
      victim.evict.run();
    }
    return Optional.of(place);
  }

  /// Who failed before others, then who holds most places, then who has been there longest.
  private Place leastDeserving() {
    return places.stream()
        .max(
            Comparator.<Place>comparingInt(p -> p.failed ? 1 : 0)
                .thenComparingInt(p -> counts.getOrDefault(p.client, 0))
                .thenComparing(Comparator.<Place>comparingLong(p -> p.number).reversed()))
        .orElseThrow();
  }

  public synchronized int size() {
    return places.size();
  }

  private long nextNumber;

  /// The place of one connection that has not logged in. All methods are idempotent.
  public final class Place {
    private final ClientNetwork client;
    private final Bucket rate;
    private final Runnable evict;
    private final long number;
    private boolean failed;

    private Place(ClientNetwork client, Bucket rate, Runnable evict) {
      this.client = client;
      this.rate = rate;
      this.evict = evict;
      this.number = nextNumber++;
    }

    /// An attempt to log in failed.
    public void failed() {
      synchronized (Admissions.this) {
        failed = true;
      }
    }

    /// Logged in: needs no place any more.
    public void loggedIn() {
      synchronized (Admissions.this) {
        if (leave()) {
          rate.giveBack();
        }
      }
    }

    /// The connection ended.
    public void close() {
      synchronized (Admissions.this) {
        leave();
      }
    }

    private boolean leave() {
      if (!places.remove(this)) {
        return false;
      }
      @Nullable Integer left = counts.computeIfPresent(client, (_, n) -> n > 1 ? n - 1 : null);
      return left == null || left > 0;
    }
  }
}
