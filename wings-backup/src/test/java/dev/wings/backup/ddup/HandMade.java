package dev.wings.backup.ddup;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/// A second, slow way to write and read a repository, straight from the description of the format
/// (`backups.md` A) and without any code of the driver.
final class HandMade {
  static final int NONE = 0;
  static final int GZIP = 1;
  static final int DEFLATE = 2;
  static final int BROTLI = 3;

  /// The text and a list of the chunks 9 and 4 as the reference encoder of brotli makes them.
  static final String BROTLI_TEXT = "compressed with brotli, as Calagopus may be told to".repeat(3);

  private static final String BROTLI_TEXT_STREAM =
      "G5gA+EXdluroL+0pTQURJhOvnUknUAWmCxDipJzYve+cpl0/rQALSXH6/EK2YQ0GAg==";
  private static final String BROTLI_LIST_STREAM = "iwCACQQD";

  private final Path root;
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final Map<Long, String> hashes = new TreeMap<>();
  private final Map<Long, Long> uses = new TreeMap<>();

  HandMade(Path root) throws IOException {
    this.root = root;
    Files.createDirectories(root.resolve("archives"));
    Files.createDirectories(root.resolve("chunks"));
    data.writeBytes("DDUPBAK".getBytes(StandardCharsets.US_ASCII));
    data.write(1);
  }

  static String blake2b(byte[] content) {
    Blake2bDigest digest = new Blake2bDigest(256);
    digest.update(content, 0, content.length);
    byte[] hash = new byte[32];
    digest.doFinal(hash, 0);
    return HexFormat.of().formatHex(hash);
  }

  static byte[] compress(int code, byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    switch (code) {
      case NONE -> out.writeBytes(content);
      case GZIP -> {
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
          gzip.write(content);
        }
      }
      case DEFLATE -> {
        try (DeflaterOutputStream deflate = new DeflaterOutputStream(out, new Deflater(6, true))) {
          deflate.write(content);
        }
      }
      default ->
          out.writeBytes(
              Base64.getDecoder()
                  .decode(content.length == 2 ? BROTLI_LIST_STREAM : BROTLI_TEXT_STREAM));
    }
    return out.toByteArray();
  }

  static byte[] decompress(int code, byte[] stored) throws IOException {
    InputStream in = new ByteArrayInputStream(stored);
    try (InputStream plain =
        switch (code) {
          case NONE -> in;
          case GZIP -> new GZIPInputStream(in);
          case DEFLATE -> new InflaterInputStream(in, new Inflater(true));
          default -> throw new IOException("code " + code);
        }) {
      return plain.readAllBytes();
    }
  }

  Path chunkFile(String hash) {
    return root.resolve("chunks")
        .resolve(hash.substring(0, 2))
        .resolve(hash.substring(2, 4))
        .resolve(hash.substring(4) + ".chunk");
  }

  void chunk(long id, int code, byte[] content) throws IOException {
    String hash = blake2b(content);
    hashes.put(id, hash);
    Path file = chunkFile(hash);
    Files.createDirectories(file.getParent());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(code);
    out.writeBytes(compress(code, content));
    Files.write(file, out.toByteArray());
  }

  static void varint(ByteArrayOutputStream out, long value) {
    long left = value;
    while (Long.compareUnsigned(left, 0x80) >= 0) {
      out.write((int) (left & 0x7f) | 0x80);
      left >>>= 7;
    }
    out.write((int) left);
  }

  static void fixed(ByteArrayOutputStream out, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> (8 * i)));
    }
  }

  private static ByteArrayOutputStream head(String name, int type, int code, int mode, long time) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    varint(out, bytes.length);
    out.writeBytes(bytes);
    fixed(out, (long) type << 30 | (long) code << 26 | mode, 4);
    varint(out, 1000);
    varint(out, 70_000);
    varint(out, time);
    return out;
  }

  byte[] file(String name, int mode, long time, int code, long size, long... chunkIds)
      throws IOException {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    for (long id : chunkIds) {
      varint(list, id);
      uses.merge(id, 1L, Long::sum);
    }
    long offset = data.size();
    byte[] stored = compress(code, list.toByteArray());
    data.writeBytes(stored);
    ByteArrayOutputStream out = head(name, 0, code, mode, time);
    varint(out, list.size());
    if (code != NONE) {
      varint(out, stored.length);
    }
    varint(out, size);
    varint(out, offset);
    return out.toByteArray();
  }

  static byte[] directory(String name, int mode, long time, byte[]... children) {
    ByteArrayOutputStream out = head(name, 1, 0, mode, time);
    varint(out, children.length);
    Arrays.stream(children).forEach(out::writeBytes);
    return out.toByteArray();
  }

  static byte[] link(String name, long time, String target) {
    ByteArrayOutputStream out = head(name, 2, 0, 0777, time);
    byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
    varint(out, bytes.length);
    out.writeBytes(bytes);
    out.write(0);
    return out.toByteArray();
  }

  /// Ends the archive that the files were added to.
  void archive(String uuid, byte[]... entries) throws IOException {
    archive(uuid, entries.length, entries);
  }

  void archive(String uuid, long count, byte[]... entries) throws IOException {
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    Arrays.stream(entries).forEach(table::writeBytes);
    long offset = data.size();
    data.writeBytes(compress(DEFLATE, table.toByteArray()));
    fixed(data, count, 8);
    fixed(data, offset, 8);
    Files.write(root.resolve("archives").resolve(uuid + ".ddup"), data.toByteArray());
    data.reset();
    data.writeBytes("DDUPBAK".getBytes(StandardCharsets.US_ASCII));
    data.write(1);
  }

  void index(long nextId, long... free) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    fixed(out, free.length, 8);
    fixed(out, 1 << 20, 4);
    fixed(out, 0, 4);
    fixed(out, hashes.size(), 8);
    fixed(out, nextId, 8);
    for (long id : free) {
      varint(out, id);
    }
    hashes.forEach((id, hash) -> {
      out.writeBytes(HexFormat.of().parseHex(hash));
      varint(out, id);
      varint(out, uses.getOrDefault(id, 0L));
    });
    Files.write(root.resolve("chunks/index"), compress(DEFLATE, out.toByteArray()));
  }

  /// What an index says of a chunk.
  record Counted(long id, long uses) {}

  /// An index that was read.
  record Index(long chunkBytes, long next, List<Long> free, Map<String, Counted> chunks) {}

  static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte digit = in.get();
      value |= (long) (digit & 0x7f) << shift;
      if (digit >= 0) {
        return value;
      }
    }
  }

  static Index index(Path root) throws IOException {
    byte[] plain = decompress(DEFLATE, Files.readAllBytes(root.resolve("chunks/index")));
    ByteBuffer in = ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
    long freeCount = in.getLong();
    long chunkBytes = in.getInt();
    in.getInt();
    long count = in.getLong();
    long next = in.getLong();
    List<Long> free = new ArrayList<>();
    for (long i = 0; i < freeCount; i++) {
      free.add(varint(in));
    }
    Map<String, Counted> chunks = new LinkedHashMap<>();
    while (in.hasRemaining()) {
      byte[] hash = new byte[32];
      in.get(hash);
      chunks.put(HexFormat.of().formatHex(hash), new Counted(varint(in), varint(in)));
    }
    if (chunks.size() != count) {
      throw new IOException("the index has " + chunks.size() + " entries and counts " + count);
    }
    return new Index(chunkBytes, next, free, chunks);
  }

  /// All entries of an archive by path: what they are, and the content of files.
  static Map<String, String> read(Path root, String uuid) throws IOException {
    byte[] all = Files.readAllBytes(root.resolve("archives").resolve(uuid + ".ddup"));
    ByteBuffer file = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    if (!new String(all, 0, 7, StandardCharsets.US_ASCII).equals("DDUPBAK") || all[7] != 1) {
      throw new IOException("no archive");
    }
    long entries = file.getLong(all.length - 16);
    int offset = (int) file.getLong(all.length - 8);
    byte[] table = decompress(DEFLATE, Arrays.copyOfRange(all, offset, all.length - 16));
    ByteBuffer in = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
    Map<Long, String> names = new TreeMap<>();
    index(root).chunks().forEach((hash, counted) -> names.put(counted.id(), hash));
    Map<String, String> result = new TreeMap<>();
    for (long i = 0; i < entries; i++) {
      entry(root, all, in, "", names, result);
    }
    if (in.hasRemaining()) {
      throw new IOException("entries are left over");
    }
    return result;
  }

  private static void entry(
      Path root,
      byte[] all,
      ByteBuffer in,
      String parent,
      Map<Long, String> names,
      Map<String, String> result)
      throws IOException {
    byte[] name = new byte[(int) varint(in)];
    in.get(name);
    String path = parent + new String(name, StandardCharsets.UTF_8);
    int word = in.getInt();
    varint(in);
    varint(in);
    long time = varint(in);
    String mode = Integer.toOctalString(word & 07777);
    switch (word >>> 30) {
      case 0 -> {
        int code = word >>> 26 & 0xf;
        long plain = varint(in);
        int stored = (int) (code == NONE ? plain : varint(in));
        long size = varint(in);
        int offset = (int) varint(in);
        byte[] list = decompress(code, Arrays.copyOfRange(all, offset, offset + stored));
        ByteBuffer ids = ByteBuffer.wrap(list);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        while (ids.hasRemaining()) {
          String hash = java.util.Objects.requireNonNull(names.get(varint(ids)));
          byte[] chunk =
              Files.readAllBytes(
                  root.resolve("chunks")
                      .resolve(hash.substring(0, 2))
                      .resolve(hash.substring(2, 4))
                      .resolve(hash.substring(4) + ".chunk"));
          content.writeBytes(decompress(chunk[0], Arrays.copyOfRange(chunk, 1, chunk.length)));
        }
        if (list.length != plain || content.size() != size) {
          throw new IOException("sizes of " + path);
        }
        result.put(path, "file %s %d %s".formatted(mode, time, blake2b(content.toByteArray())));
      }
      case 1 -> {
        result.put(path, "directory %s %d".formatted(mode, time));
        long children = varint(in);
        for (long i = 0; i < children; i++) {
          entry(root, all, in, path + "/", names, result);
        }
      }
      default -> {
        byte[] target = new byte[(int) varint(in)];
        in.get(target);
        in.get();
        result.put(path, "link %d %s".formatted(time, new String(target, StandardCharsets.UTF_8)));
      }
    }
  }
}
