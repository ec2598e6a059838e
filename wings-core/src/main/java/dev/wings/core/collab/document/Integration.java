package dev.wings.core.collab.document;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Gives items their places so that all clients agree, whatever order updates arrive in: the
/// algorithm YATA with the rules of Yjs.
///
/// An item goes between its two origins. What others put there at the same time is passed over as
/// long as it belongs further to the left: items with the same origin are ordered by the number of
/// their clients, and lines between items and their origins never cross. The work of one update is
/// bounded, because strangers can make each search long.
final class Integration {
  private static final long MAX_STEPS = 5_000_000;

  private final StructStore store;
  private final Map<String, Branch> branches = new HashMap<>();
  private int marks;
  private long steps;
  private long insertedText;
  private long carriedBytes;

  Integration(StructStore store) {
    this.store = store;
  }

  /// The collection of a name at the top of the document.
  Branch branch(String name) {
    return branches.computeIfAbsent(name, _ -> new Branch(/* owner= */ null));
  }

  /// UTF-16 code units that were ever inserted.
  long insertedText() {
    return insertedText;
  }

  /// About the memory that was ever taken by contents which are not the text, and by names.
  long carriedBytes() {
    return carriedBytes;
  }

  /// Begins to count the work of an update.
  void begin() {
    steps = 0;
  }

  /// Counts work.
  void step() throws OverloadedDocumentException {
    if (++steps > MAX_STEPS) {
      throw new OverloadedDocumentException("too much work for one update");
    }
  }

  /// The client whose units must come first, null when the item can be integrated.
  @Nullable Long missing(Item item) {
    if (absent(item, item.origin)) {
      return Objects.requireNonNull(item.origin).client();
    }
    if (absent(item, item.rightOrigin)) {
      return Objects.requireNonNull(item.rightOrigin).client();
    }
    return item.parentInfo instanceof Item.Parent.Held(Id owner) && absent(item, owner)
        ? owner.client()
        : null;
  }

  private boolean absent(Item item, @Nullable Id id) {
    return id != null && id.client() != item.client() && !store.has(id);
  }

  /// Adds an item whose client has no units missing before it and for which nothing is [#missing].
  ///
  /// @param offset units at its beginning that the document has already
  void integrate(Item item, int offset) throws OverloadedDocumentException {
    Id leftId = offset == 0 ? item.origin : new Id(item.client(), item.clock() + offset - 1);
    Struct left = leftId == null ? null : store.endingAt(leftId);
    Struct right = item.rightOrigin == null ? null : store.startingAt(item.rightOrigin);
    Item rest = offset == 0 ? item : behind(item, offset, leftId);
    Branch parent = parent(rest, left, right);
    if (parent == null) {
      store.append(new Collected(rest.client(), rest.clock(), rest.length()));
      return;
    }
    if (left instanceof Item neighbour) {
      rest.key = neighbour.key;
    } else if (right instanceof Item neighbour) {
      rest.key = neighbour.key;
    }
    rest.parent = parent;
    insert(rest, parent, (Item) left, (Item) right);
  }

  private static Item behind(Item item, int offset, @Nullable Id origin) {
    return new Item(
        item.client(),
        item.clock() + offset,
        origin,
        item.rightOrigin,
        /* parentInfo= */ null,
        item.key,
        item.content().split(offset).behind());
  }

  /// Where the item belongs; null when that is forgotten, and then so is the item.
  private @Nullable Branch parent(Item item, @Nullable Struct left, @Nullable Struct right) {
    if (left instanceof Collected || right instanceof Collected) {
      return null;
    }
    if (left instanceof Item neighbour) {
      return neighbour.parent;
    }
    if (right instanceof Item neighbour) {
      return neighbour.parent;
    }
    return switch (item.parentInfo) {
      case Item.Parent.Named(String name) -> branch(name);
      case Item.Parent.Held(Id id) ->
          store.find(id) instanceof Item owner && owner.content() instanceof Content.Nested nested
              ? nested.branch(owner)
              : null;
      case null -> null;
    };
  }

  private void insert(Item item, Branch parent, @Nullable Item origin, @Nullable Item rightOrigin)
      throws OverloadedDocumentException {
    boolean undisturbed =
        origin != null
            ? origin.right == rightOrigin
            : rightOrigin != null && rightOrigin.left == null;
    Item left = undisturbed ? origin : placeBehind(item, parent, origin, rightOrigin);
    Item right = left != null ? left.right : first(parent, item.key);
    if (left != null) {
      left.right = item;
    } else if (item.key == null) {
      parent.start(item);
    }
    item.left = left;
    item.right = right;
    if (right != null) {
      right.left = item;
    }
    store.append(item);
    if (item.content() instanceof Content.Text text) {
      insertedText += text.length();
    }
    carriedBytes += item.carriedBytes();
    if (item.key != null && right == null) {
      parent.entries().put(item.key, item);
      if (left != null) {
        delete(left); // the value that was replaced
      }
    }
    Item owner = parent.owner();
    if ((owner != null && owner.deleted()) || (item.key != null && right != null)) {
      delete(item);
    }
  }

  /// Finds the item behind which a new one goes, among those between its origins.
  private @Nullable Item placeBehind(
      Item item, Branch parent, @Nullable Item origin, @Nullable Item rightOrigin)
      throws OverloadedDocumentException {
    int seen = ++marks;
    int conflicting = ++marks;
    Item left = origin;
    Item other = origin != null ? origin.right : first(parent, item.key);
    for (; other != null && other != rightOrigin; other = other.right) {
      step();
      other.seen = seen;
      other.conflicting = conflicting;
      if (Objects.equals(item.origin, other.origin)) {
        if (other.client() < item.client()) {
          left = other;
          conflicting = ++marks;
        } else if (Objects.equals(item.rightOrigin, other.rightOrigin)) {
          break;
        }
      } else if (other.origin != null
          && store.find(other.origin) instanceof Item otherOrigin
          && otherOrigin.seen == seen) {
        if (otherOrigin.conflicting != conflicting) {
          left = other;
          conflicting = ++marks;
        }
      } else {
        break;
      }
    }
    return left;
  }

  /// First item of a sequence or of the chain of a key.
  private @Nullable Item first(Branch parent, @Nullable String key)
      throws OverloadedDocumentException {
    Item item = key == null ? parent.start() : parent.entries().get(key);
    while (item != null && item.left != null) {
      step();
      item = item.left;
    }
    return item;
  }

  /// Deletes an item with everything that it holds.
  void delete(Item item) {
    Deque<Item> doomed = new ArrayDeque<>();
    doomed.add(item);
    while (!doomed.isEmpty()) {
      Item next = doomed.poll();
      if (next.deleted()) {
        continue;
      }
      if (next.content() instanceof Content.Nested nested) {
        Branch branch = nested.branch(next);
        for (Item child = branch.start(); child != null; child = child.right) {
          doomed.add(child);
        }
        for (Item child : branch.entries().values()) {
          doomed.add(child); // earlier values of the key are deleted already
        }
      }
      next.delete();
      store.touch(next);
    }
  }
}
