package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileRight;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

/// The flags of OPEN (`sftp.md` 10.1). None at all opens for reading.
record OpenFlags(int bits) {
  private static final int READ = 0x01;
  private static final int WRITE = 0x02;
  private static final int APPEND = 0x04;
  private static final int CREATE = 0x08;
  private static final int TRUNCATE = 0x10;
  private static final int EXCLUSIVE = 0x20;
  private static final int CHANGING = WRITE | APPEND | CREATE | TRUNCATE;

  private boolean any(int flags) {
    return (bits & flags) != 0;
  }

  boolean reads() {
    return any(READ) || !any(CHANGING);
  }

  boolean writes() {
    return any(WRITE | APPEND);
  }

  boolean append() {
    return any(APPEND);
  }

  boolean creates() {
    return any(CREATE);
  }

  boolean exclusive() {
    return any(EXCLUSIVE);
  }

  boolean cuts() {
    return any(TRUNCATE);
  }

  /// Whether the file, or that it is there, can change by opening it or through the handle.
  boolean changes() {
    return any(CHANGING);
  }

  /// All of them are needed.
  Set<FileRight> rights() {
    Set<FileRight> rights = EnumSet.noneOf(FileRight.class);
    if (reads()) {
      rights.add(FileRight.READ);
    }
    if (writes()) {
      rights.add(FileRight.UPDATE);
    }
    if (any(CREATE)) {
      rights.add(FileRight.CREATE);
    }
    if (any(TRUNCATE)) {
      rights.add(FileRight.DELETE);
    }
    return rights;
  }

  /// To create or to cut, the file is opened for writing, whatever the handle may do later. Not
  /// `APPEND` where the JDK refuses it, which is together with reading and cutting; writes go to
  /// the end then by asking for it.
  Set<OpenOption> options() {
    return options(any(EXCLUSIVE));
  }

  /// The same for a file that does not seem to be there.
  Set<OpenOption> optionsForNewFile() {
    return options(/* exclusive= */ true);
  }

  private Set<OpenOption> options(boolean exclusive) {
    Set<OpenOption> options = new HashSet<>();
    if (reads()) {
      options.add(StandardOpenOption.READ);
    }
    if (append() && !reads() && !any(TRUNCATE)) {
      options.add(StandardOpenOption.APPEND);
    } else if (changes()) {
      options.add(StandardOpenOption.WRITE);
    }
    if (any(CREATE)) {
      options.add(exclusive ? StandardOpenOption.CREATE_NEW : StandardOpenOption.CREATE);
    }
    if (any(TRUNCATE)) {
      options.add(StandardOpenOption.TRUNCATE_EXISTING);
    }
    return options;
  }
}
