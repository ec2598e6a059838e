package dev.wings.fs.listing;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/// Orders of a listing (`filesystem.md` 11.3). Directories come first in each; what is equal
/// otherwise stays in the order of the directory.
public enum ListingSort {
  NAME_ASC("name_asc", By.NAME, false),
  NAME_DESC("name_desc", By.NAME, true),
  SIZE_ASC("size_asc", By.SIZE, false),
  SIZE_DESC("size_desc", By.SIZE, true),
  PHYSICAL_SIZE_ASC("physical_size_asc", By.PHYSICAL_SIZE, false),
  PHYSICAL_SIZE_DESC("physical_size_desc", By.PHYSICAL_SIZE, true),
  MODIFIED_ASC("modified_asc", By.MODIFIED, false),
  MODIFIED_DESC("modified_desc", By.MODIFIED, true),
  CREATED_ASC("created_asc", By.CREATED, false),
  CREATED_DESC("created_desc", By.CREATED, true),
  /// Names by their bytes, for the compatible listing; clients cannot ask for it.
  NAME_EXACT("", By.EXACT_NAME, false);

  /// What decides.
  enum By {
    NAME,
    EXACT_NAME,
    SIZE,
    PHYSICAL_SIZE,
    MODIFIED,
    CREATED;

    /// Whether the names are enough to sort, so that no entry has to be looked at.
    boolean onlyNames() {
      return this == NAME || this == EXACT_NAME;
    }
  }

  private final String wireName;
  private final By by;
  private final boolean descending;

  ListingSort(String wireName, By by, boolean descending) {
    this.wireName = wireName;
    this.by = by;
    this.descending = descending;
  }

  /// The order that a client asks for.
  public static Optional<ListingSort> fromWire(String name) {
    return Arrays.stream(values())
        .filter(sort -> !sort.wireName.isEmpty() && sort.wireName.equals(name))
        .findFirst();
  }

  By by() {
    return by;
  }

  Comparator<SortKey> order() {
    return SortKey.order(by, descending);
  }
}
