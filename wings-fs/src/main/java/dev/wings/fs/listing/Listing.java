package dev.wings.fs.listing;

import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.listing.DirectorySource.Named;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One page of a sorted directory, taken in batches (`filesystem.md` 11.3).
///
/// The directory may have millions of entries and the page may be all of them; the memory is that
/// of [#MAX_SELECTED] names all the same. The names are read once, and of each only what its order
/// needs is kept, until the page's end is known. A page behind more names than may be kept takes
/// further rounds over the directory: each selects the next names behind those that the last one
/// selected. Between two batches nothing is open.
///
/// For one thread at a time, except [#progress].
public final class Listing {
  /// Most names that are kept at a time.
  static final int MAX_SELECTED = 16_384;

  /// Most entries of a batch.
  static final int BATCH = 1024;

  private static final int CANCEL_STRIDE = 256;

  private final DirectoryEntries entries;
  private final Location directory;
  private final ListingSort sort;
  private final Comparator<SortKey> order;
  private final long offset;
  private final BooleanSupplier cancelled;
  private final LongAdder progress = new LongAdder();

  /// Directories that other trees show here, by their names; they hide what the volume has.
  private final Map<String, Location> mounted;

  private List<SortKey> selected = List.of();
  private int position;
  private @Nullable SortKey last;
  private long total;
  private long left;
  private boolean more = true;
  private final boolean large;
  private long steps;

  /// @param offset entries before the page
  /// @param limit entries of the page, [Long#MAX_VALUE] for all
  /// @param mounted trees that begin in this directory
  /// @param cancelled asked now and then; the answer ends the listing with a
  ///   [WalkCancelledException]
  Listing(
      DirectoryEntries entries,
      Location directory,
      ListingSort sort,
      long offset,
      long limit,
      Map<String, Location> mounted,
      BooleanSupplier cancelled)
      throws IOException {
    this.entries = entries;
    this.directory = directory;
    this.sort = sort;
    this.order = sort.order();
    this.offset = offset;
    this.cancelled = cancelled;
    this.left = Math.max(0, limit);
    this.mounted = new TreeMap<>(mounted);
    total = round(/* first= */ true);
    left = Math.min(left, Math.max(0, total - offset));
    large = left > MAX_SELECTED;
    skip(offset);
  }

  /// Visible entries of the whole directory.
  public long total() {
    return total;
  }

  /// Entries of the page, unless some vanish before they are looked at.
  public long size() {
    return left;
  }

  /// Whether the page is too large to be selected at once. Then entries that vanish are not left
  /// out but shown as unknown, so that [#size] can be announced.
  public boolean large() {
    return large;
  }

  /// Moves while the listing gets on.
  public long progress() {
    return progress.sum();
  }

  /// The next entries of the page.
  ///
  /// @return empty at the end of the page
  public List<DirectoryEntry> next() throws IOException {
    while (left > 0) {
      if (position == selected.size()) {
        if (!more) {
          left = 0;
          break;
        }
        round(/* first= */ false);
        continue;
      }
      int count = (int) Math.min(Math.min(BATCH, left), selected.size() - position);
      List<SortKey> batch = selected.subList(position, position + count);
      List<DirectoryEntry> result = describe(batch);
      position += count;
      left -= count;
      if (!result.isEmpty()) {
        return result;
      }
    }
    selected = List.of();
    return List.of();
  }

  private void skip(long entriesBefore) throws IOException {
    long rest = entriesBefore;
    while (rest > 0 && left > 0) {
      long here = Math.min(rest, selected.size() - position);
      position += (int) here;
      rest -= here;
      if (rest > 0) {
        if (!more) {
          left = 0;
          return;
        }
        round(/* first= */ false);
      }
    }
  }

  /// Selects the next names.
  ///
  /// @return number of visible entries
  private long round(boolean first) throws IOException {
    long wanted = first ? saturatedAdd(offset, left) : MAX_SELECTED;
    Selection selection = new Selection(order, (int) Math.min(wanted, MAX_SELECTED), last);
    long visible = 0;
    try (DirectorySource source = DirectorySource.open(directory.path())) {
      Visibility visibility = new Visibility(source);
      for (Named entry = source.next(); entry != null; entry = source.next()) {
        checkCancelled();
        if (visibility.shows(entry)) {
          offer(selection, source, entry, visible);
          visible++;
        }
      }
    }
    for (String name : mounted.keySet()) {
      byte[] bytes = NameCodec.encode(name);
      selection.offer(new SortKey(bytes, EntryType.DIRECTORY, visible++, 0, 0));
    }
    selected = selection.result();
    position = 0;
    more = selection.truncated();
    last = selected.isEmpty() ? last : selected.getLast();
    return visible;
  }

  private static long saturatedAdd(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }

  private void checkCancelled() throws WalkCancelledException {
    if (++steps % CANCEL_STRIDE != 0) {
      return;
    }
    progress.increment();
    if (cancelled.getAsBoolean()) {
      throw new WalkCancelledException();
    }
  }

  private void offer(Selection selection, DirectorySource source, Named entry, long index) {
    if (sort.by().onlyNames()) {
      selection.offer(new SortKey(entry.name(), entry.type(), index, 0, 0));
      return;
    }
    try {
      selection.offer(key(source, entry, index));
    } catch (IOException vanished) { // counted, and left out when the page is looked at
      selection.offer(new SortKey(entry.name(), entry.type(), index, 0, 0));
    }
  }

  @SuppressWarnings("JavaInstantGetSecondsGetNano") // the key holds both parts
  private SortKey key(DirectorySource source, Named entry, long index) throws IOException {
    FileStatus status = source.status(entry.name());
    long value;
    int fraction = 0;
    switch (sort.by()) {
      case SIZE -> value = entries.size(directory.view(), source, entry.name(), status).logical();
      case PHYSICAL_SIZE ->
          value = entries.size(directory.view(), source, entry.name(), status).physical();
      case MODIFIED -> {
        value = status.modified().getEpochSecond();
        fraction = status.modified().getNano();
      }
      case CREATED -> {
        value = status.created().getEpochSecond();
        fraction = status.created().getNano();
      }
      case NAME, EXACT_NAME -> value = 0;
      default -> throw new IllegalStateException("sort: " + sort);
    }
    return new SortKey(entry.name(), entry.type(), index, value, fraction);
  }

  private List<DirectoryEntry> describe(List<SortKey> batch) throws IOException {
    List<DirectoryEntry> result = new ArrayList<>(batch.size());
    try (DirectorySource source = DirectorySource.open(directory.path())) {
      for (SortKey key : batch) {
        checkCancelled();
        String name = NameCodec.decode(key.name());
        try {
          Location mount = mounted.get(name);
          result.add(
              mount == null
                  ? entries.describe(directory.view(), source, key.name(), name)
                  : entries.of(mount).named(name));
        } catch (IOException vanished) {
          if (large) {
            result.add(DirectoryEntry.unknown(name, !directory.view().primary()));
          }
        }
      }
    }
    return result;
  }

  /// What the acting user sees of one open directory.
  private final class Visibility {
    private final PathFilter filter = directory.view().filter();
    private final DirectorySource source;
    private final String asked;
    private final String real;

    Visibility(DirectorySource source) {
      this.source = source;
      this.asked = prefix(directory.relative());
      this.real = prefix(directory.view().root().relativize(source.real()).toString());
    }

    private static String prefix(String path) {
      return path.isEmpty() ? "" : path + "/";
    }

    boolean shows(Named entry) throws IOException {
      if (filter.equals(PathFilter.NONE) && mounted.isEmpty()) {
        return true;
      }
      String name = NameCodec.decode(entry.name());
      if (mounted.containsKey(name)) {
        return false;
      }
      boolean isDirectory = entry.type() == EntryType.DIRECTORY;
      if (filter.judge(asked + name, isDirectory) == Verdict.SKIP
          || (!real.equals(asked) && filter.judge(real + name, isDirectory) == Verdict.SKIP)) {
        return false;
      }
      return filter.equals(PathFilter.NONE)
          || entry.type() != EntryType.SYMLINK
          || !new Location(directory.view(), source.path(entry.name())).hiddenFromReading();
    }
  }
}
