package dev.wings.backup.restic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.read.ArchiveEntries;
import dev.wings.fs.archive.read.ArchiveException;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// The entries of a snapshot, listed once into a file without a name. An entry's reference is its
/// place in there. Contents are read by a run of restic each.
final class ResticEntries implements ArchiveEntries {
  private static final int MAX_DEPTH = 1024;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int FIRST_BYTES = 512;
  private static final int PERMISSIONS = 0777;
  private static final int HEAD_BYTES = 4 + 1 + 2 + 8 + 8 + 4;

  /// By their numbers in the file.
  private static final List<Type> TYPES = List.of(Type.FILE, Type.DIRECTORY, Type.SYMBOLIC_LINK);

  private final FileChannel spool;
  private final String directory;
  private final Contents contents;
  private long count;

  /// Starts to read a file.
  @FunctionalInterface
  interface Contents {
    /// @param path in the snapshot
    ResticRun open(String path) throws IOException;
  }

  private ResticEntries(FileChannel spool, String directory, Contents contents) {
    this.spool = spool;
    this.directory = directory;
    this.contents = contents;
  }

  static ResticEntries open(ResticBackups backups, Snapshot snapshot, Contents contents)
      throws IOException {
    Path file = Files.createTempFile(backups.scratch(), "restic-list-", "");
    FileChannel spool =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE));
    boolean done = false;
    try {
      Files.deleteIfExists(file);
      ResticEntries entries = new ResticEntries(spool, snapshot.path(), contents);
      entries.list(backups.restic(), snapshot);
      done = true;
      return entries;
    } finally {
      if (!done) {
        spool.close();
      }
    }
  }

  private void list(Restic restic, Snapshot snapshot) throws IOException {
    OutputStream buffered = new BufferedOutputStream(Channels.newOutputStream(spool), BUFFER_BYTES);
    DataOutputStream out = new DataOutputStream(buffered);
    Restic.Call call =
        Restic.Call.reading(
            snapshot.repository(), "ls", "--recursive", snapshot.id(), snapshot.path());
    try (ResticRun run = restic.start(call, new Progress())) {
      run.lines(line -> add(ResticBackups.json(line), out));
      run.await("ls");
    }
    out.flush();
  }

  private void add(JsonNode node, DataOutputStream out) throws IOException {
    String full = node.path("path").asText("");
    String prefix = directory + "/";
    Optional<Type> type =
        switch (node.path("type").asText("")) {
          case "file" -> Optional.of(Type.FILE);
          case "dir" -> Optional.of(Type.DIRECTORY);
          case "symlink" -> Optional.of(Type.SYMBOLIC_LINK);
          default -> Optional.empty();
        };
    if (type.isEmpty() || !full.startsWith(prefix) || full.length() == prefix.length()) {
      return;
    }
    String path = full.substring(prefix.length());
    if (depth(path) > MAX_DEPTH) {
      throw new ArchiveException("directories are nested more than %d deep".formatted(MAX_DEPTH));
    }
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    Instant modified = time(node.path("mtime").asText(""));
    out.writeInt(bytes.length);
    out.writeByte(TYPES.indexOf(type.get()));
    out.writeShort(node.path("mode").asInt() & PERMISSIONS);
    out.writeLong(node.path("size").asLong());
    out.writeLong(modified.getEpochSecond());
    out.writeInt(modified.getNano());
    out.write(bytes);
    count++;
  }

  private static int depth(String path) {
    return (int) path.chars().filter(c -> c == '/').count() + 1;
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException unknown) {
      return Instant.EPOCH;
    }
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public void forEach(Visitor visitor) throws IOException {
    long at = 0;
    for (long i = 0; i < count; i++) {
      Entry entry = entry(at);
      visitor.entry(entry);
      at += HEAD_BYTES + entry.path().length();
    }
  }

  @Override
  public Entry entry(long reference) throws IOException {
    byte[] record = read(reference, FIRST_BYTES);
    int length = HEAD_BYTES + ByteBuffer.wrap(record).getInt();
    if (length > record.length) {
      record = read(reference, length);
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(record));
    byte[] path = new byte[in.readInt()];
    Type type = TYPES.get(in.readByte());
    int mode = in.readShort();
    long size = in.readLong();
    Instant modified = Instant.ofEpochSecond(in.readLong(), in.readInt());
    in.readFully(path);
    String name = new String(path, StandardCharsets.ISO_8859_1);
    return new Entry(
        reference,
        name,
        depth(name),
        type,
        size,
        /* compressedBytes= */ size,
        OptionalInt.of(mode),
        modified,
        Optional.empty());
  }

  private byte[] read(long at, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (spool.read(buffer, at + buffer.position()) < 0) {
        break;
      }
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /// @throws IOException for a link: restic does not tell where those lead
  @Override
  public InputStream content(long reference) throws IOException {
    Entry entry = entry(reference);
    if (entry.type() == Type.SYMBOLIC_LINK) {
      throw new ArchiveException("restic does not tell where a link leads");
    }
    byte[] path = entry.path().getBytes(StandardCharsets.ISO_8859_1);
    return new Content(
        contents.open(directory + "/" + new String(path, StandardCharsets.UTF_8)), entry.size());
  }

  /// Ends the program when it is closed early, and fails when the program has.
  private static final class Content extends FilterInputStream {
    private final ResticRun run;
    private final long size;
    private long position;

    Content(ResticRun run, long size) {
      super(run.output());
      this.run = run;
      this.size = size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = in.read(target, offset, length);
      if (read > 0) {
        position += read;
      } else if (read < 0) {
        run.await("dump");
        if (position != size) {
          throw new ArchiveException("a file in the backup is not as long as it should be");
        }
      }
      return read;
    }

    @Override
    public long skip(long wanted) throws IOException {
      byte[] sink = new byte[Math.clamp(wanted, 0, 8192)];
      return Math.max(0, read(sink, 0, sink.length));
    }

    @Override
    public void close() throws IOException {
      run.close();
      super.close();
    }
  }

  @Override
  public void close() throws IOException {
    spool.close();
  }
}
