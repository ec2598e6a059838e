package dev.wings.core.collab.document;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A run of units with a place in a [Branch]. Its neighbours when it was made, the origins, decide
/// together with the identifiers where it goes among items that others made at the same time.
final class Item extends Struct {
  /// Where an item without neighbours goes.
  sealed interface Parent {
    /// At the top of the document.
    record Named(String name) implements Parent {}

    /// Held by an item.
    record Held(Id owner) implements Parent {}
  }

  final @Nullable Id origin;
  final @Nullable Id rightOrigin;
  final @Nullable Parent parentInfo;
  private Content content;
  private boolean deleted;

  // Set by the integration; the neighbours change with every insertion.
  @Nullable String key;
  @Nullable Branch parent;
  @Nullable Item left;
  @Nullable Item right;

  // Marks of the search for a place, see Integration.
  int seen;
  int conflicting;

  Item(
      long client,
      int clock,
      @Nullable Id origin,
      @Nullable Id rightOrigin,
      @Nullable Parent parentInfo,
      @Nullable String key,
      Content content) {
    super(client, clock);
    this.origin = origin;
    this.rightOrigin = rightOrigin;
    this.parentInfo = parentInfo;
    this.key = key;
    this.content = content;
    this.deleted = content instanceof Content.Deleted;
  }

  Content content() {
    return content;
  }

  @Override
  int length() {
    return content.length();
  }

  @Override
  boolean deleted() {
    return deleted;
  }

  /// Forgets the content.
  void delete() {
    deleted = true;
    content = new Content.Deleted(content.length());
  }

  /// About the memory that it takes beside its own and that of text.
  long carriedBytes() {
    long names = key == null ? 0 : 2L * key.length();
    if (parentInfo instanceof Parent.Named(String name)) {
      names += 2L * name.length();
    }
    return names
        + switch (content) {
          case Content.Deleted _, Content.Text _ -> 0;
          case Content.Values(_, var values) ->
              values.stream().mapToLong(value -> value.length + 32L).sum();
          case Content.Opaque(_, byte[] encoded) -> encoded.length;
          case Content.Nested nested -> nested.carriedBytes();
        };
  }

  Id lastId() {
    return new Id(client(), end() - 1);
  }

  boolean startsAt(@Nullable Id id) {
    return id != null && id.client() == client() && id.clock() == clock();
  }

  boolean endsAt(@Nullable Id id) {
    return id != null && id.client() == client() && id.clock() == end() - 1;
  }

  /// Cuts the item and returns the part behind, linked behind this one.
  Item splitAt(int units) {
    Content.Halves halves = content.split(units);
    Item behind =
        new Item(
            client(),
            clock() + units,
            new Id(client(), clock() + units - 1),
            rightOrigin,
            /* parentInfo= */ null,
            key,
            halves.behind());
    content = halves.before();
    behind.deleted = deleted;
    behind.parent = parent;
    behind.left = this;
    behind.right = right;
    if (right != null) {
      right.left = behind;
    }
    right = behind;
    if (key != null && parent != null && parent.entries().get(key) == this) {
      parent.entries().put(key, behind);
    }
    return behind;
  }

  /// Whether `next`, which follows in the order of clocks, is the same run in every respect.
  boolean continuesIn(Item next) {
    return right == next
        && endsAt(next.origin)
        && Objects.equals(rightOrigin, next.rightOrigin)
        && deleted == next.deleted
        && content.joins(next.content);
  }

  /// Takes over the place of the items that continue it.
  ///
  /// @param last the last of them
  /// @param joined content of all
  void absorb(Item last, Content joined) {
    content = joined;
    right = last.right;
    if (right != null) {
      right.left = this;
    }
    if (key != null && parent != null && parent.entries().get(key) == last) {
      parent.entries().put(key, this);
    }
  }
}
