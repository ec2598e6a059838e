package dev.wings.fs.sandbox;

import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/// How a file is to be opened.
///
/// @param channel what the JDK opens the file with once it is there: none of the options that
///   create or empty it
record OpenRequest(
    boolean write,
    boolean append,
    boolean create,
    boolean createNew,
    boolean truncate,
    boolean deleteOnClose,
    boolean follow,
    Set<OpenOption> channel) {

  /// @throws IllegalArgumentException for combinations that the JDK refuses as well
  static OpenRequest of(Set<? extends OpenOption> options) {
    Set<OpenOption> channel = new HashSet<>();
    for (OpenOption option : options) {
      if (option instanceof StandardOpenOption standard) {
        switch (standard) {
          case READ, WRITE, APPEND, SYNC, DSYNC -> channel.add(standard);
          case CREATE, CREATE_NEW, TRUNCATE_EXISTING, DELETE_ON_CLOSE, SPARSE -> {
            // done here; every file may be sparse
          }
        }
      } else if (option != LinkOption.NOFOLLOW_LINKS) {
        throw new UnsupportedOperationException("option: " + option);
      }
    }
    boolean append = options.contains(StandardOpenOption.APPEND);
    boolean write = append || options.contains(StandardOpenOption.WRITE);
    boolean read = options.contains(StandardOpenOption.READ);
    boolean truncate = options.contains(StandardOpenOption.TRUNCATE_EXISTING);
    if (append && (read || truncate)) {
      throw new IllegalArgumentException("APPEND + " + (read ? "READ" : "TRUNCATE_EXISTING"));
    }
    return new OpenRequest(
        write,
        append,
        write && options.contains(StandardOpenOption.CREATE),
        write && options.contains(StandardOpenOption.CREATE_NEW),
        write && truncate,
        options.contains(StandardOpenOption.DELETE_ON_CLOSE),
        !options.contains(LinkOption.NOFOLLOW_LINKS),
        Set.copyOf(channel));
  }
}
