package dev.wings.sftp.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// The files of one user. Any `java.nio.file` file system will do: the subsystem reaches it only by
/// `java.nio.file.Files` on paths below [#root], so what those paths cannot reach nobody can.
///
/// Everything but [#execute], [#executeLong], [#accessible] and [#allows] is called inside
/// [#execute] or [#executeLong], one call at a time for each channel, and may block there. An
/// `IOException` becomes the status that `sftp.md` 9 names for it; its message is never sent.
public interface FileTree {
  /// Absolute; what clients call `/`.
  Path root();

  /// The path of these names in the file system of [#root]. Clients send names as bytes, which need
  /// not be text; a file system that keeps them overrides this and [#bytes].
  ///
  /// @param names joined by slashes, neither `.` nor `..` among them
  /// @return relative
  /// @throws InvalidPathException when no entry can have such a name
  default Path path(byte[] names) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(names)).toString();
      return root().getFileSystem().getPath(text);
    } catch (CharacterCodingException e) {
      InvalidPathException invalid =
          new InvalidPathException(new String(names, StandardCharsets.UTF_8), "not UTF-8");
      invalid.initCause(e);
      throw invalid;
    }
  }

  /// The bytes of a path as it is, the reverse of [#path]: of a name, of a relative path, of the
  /// contents of a link.
  default byte[] bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Whether anything may be done at all at this moment, asked before each request. False while the
  /// tree is locked and when its user has lost access.
  boolean accessible();

  /// Asked at each request, so that changed rights take effect at once.
  boolean allows(FileRight right);

  /// Whether an entry must look as if it did not exist. Judged for the path and for what it leads
  /// to. The root is never hidden.
  ///
  /// @param path absolute, normalised; need not exist
  boolean hidden(Path path) throws IOException;

  /// Runs short work where it may block. Work of one channel is handed over one piece at a time.
  ///
  /// @throws java.util.concurrent.RejectedExecutionException when there is no thread for it: the
  ///   channel is closed
  void execute(Runnable work);

  /// The same for one request that can take minutes, such as the copy of a large file or the
  /// removal of a large directory, when such work has threads of its own.
  default void executeLong(Runnable work) {
    execute(work);
  }

  Space space() throws IOException;

  /// Removes a directory with everything in it, links as links. What has to stay hidden stays.
  ///
  /// @throws IOException also when something had to stay
  void deleteTree(Path directory) throws IOException;

  /// A file is about to be changed through a handle; called before it is opened.
  ///
  /// @param existing whether there is a file already
  default Edit changing(Path file, boolean existing) throws IOException {
    return Edit.UNRECORDED;
  }

  /// A file or a link is about to be removed by itself, not with the directory around it.
  default void removing(Path file) throws IOException {}

  /// Whether an entry may get another name, as far as that depends on both: a directory with hidden
  /// entries must not be moved to where they would be seen.
  ///
  /// @param from exists; neither it nor `to` is hidden
  default boolean mayMove(Path from, Path to) throws IOException {
    return true;
  }

  /// Gives a file to the owner that files of this tree have; for files that existed before they
  /// were opened.
  default void own(Path file) throws IOException {}

  /// Told after it happened. Must return quickly.
  default void happened(FileEvent event) {}
}
