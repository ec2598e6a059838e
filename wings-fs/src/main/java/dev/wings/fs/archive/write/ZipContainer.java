package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.write.ZipRecords.Head;
import dev.wings.fs.archive.write.ZipRecords.Sizes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/// Zip. A body that fits into a block is compressed as a whole before its header is written, so its
/// sizes stand there, and it is stored when that is not longer. Parts of longer bodies are
/// compressed by several workers, and the sizes follow.
final class ZipContainer implements Container {
  private static final int TYPE_FILE = 0100000;
  private static final int TYPE_DIRECTORY = 0040000;
  private static final int TYPE_SYMLINK = 0120000;

  /// From here on a streamed body needs sizes of 64 bits, whatever compression adds.
  private static final long WIDE_BYTES = 0xF000_0000L;

  private final Pipeline pipeline;
  private final ByteStream stream;
  private final Target target;
  private final Spool directory = new Spool();
  private long entries;

  /// The streamed body that is being written.
  private final CRC32 streamedCrc = new CRC32();

  private long streamedOffset;
  private long streamedBytes;

  /// A whole body, or one part of a longer one.
  private static final class Body implements Block.Part {
    final Head head;
    final long size;
    final int at;
    final int length;
    final boolean first;
    final boolean last;

    // what the worker found
    int crc;
    int method;
    int outAt;
    int outLength;

    Body(Head head, long size, int at, int length, boolean first, boolean last) {
      this.head = head;
      this.size = size;
      this.at = at;
      this.length = length;
      this.first = first;
      this.last = last;
    }
  }

  ZipContainer(
      int threads, CodecPlan plan, int level, Target target, Progress progress, Findings findings) {
    this.target = target;
    this.pipeline =
        new Pipeline(
            threads,
            plan,
            memory ->
                new Worker(
                    DeflateCodec.gzip(level),
                    new BodyReader(progress, findings, memory.allocate(1))),
            this::write,
            progress);
    this.stream =
        new ByteStream(pipeline, new BodyReader(progress, findings, ByteBuffer.allocateDirect(1)));
  }

  @Override
  public boolean add(Entry entry) throws IOException {
    switch (entry.kind()) {
      case DIRECTORY -> {
        byte[] name = Arrays.copyOf(entry.name(), entry.name().length + 1);
        name[name.length - 1] = '/';
        Head head = head(entry, name, TYPE_DIRECTORY, /* streamed= */ false);
        small(head, 0);
      }
      case SYMLINK -> {
        Head head = head(entry, entry.name(), TYPE_SYMLINK, /* streamed= */ false);
        Body body = small(head, entry.target().length);
        pipeline.current().in.put(body.at, entry.target());
        pipeline.current().in.position(body.at + body.length);
      }
      case FILE -> file(entry, requireNonNull(entry.file()));
    }
    return true;
  }

  private void file(Entry entry, OpenFile file) throws IOException {
    int capacity = pipeline.current().in.capacity();
    boolean streamed = file.size() > capacity;
    Head head = head(entry, entry.name(), TYPE_FILE, streamed);
    if (!streamed) {
      small(head, (int) file.size());
      if (file.size() > 0) {
        stream.place(file, 0, (int) file.size());
      }
      return;
    }
    for (long done = 0; done < file.size(); ) {
      startBlock();
      int length = (int) Math.min(capacity, file.size() - done);
      boolean last = done + length == file.size();
      pipeline.current().parts.add(new Body(head, file.size(), 0, length, done == 0, last));
      stream.place(file, done, length);
      done += length;
    }
  }

  private static Head head(Entry entry, byte[] name, int type, boolean streamed) {
    boolean wide = streamed && entry.size() >= WIDE_BYTES;
    return new Head(name, type | entry.mode(), entry.modified(), streamed, wide);
  }

  /// Notes a whole body at the current place.
  private Body small(Head head, int length) throws IOException {
    Block block = pipeline.current();
    if (block.in.remaining() < length
        || block.pieces.size() >= pipeline.maxPieces()
        || block.parts.size() >= 8 * pipeline.maxPieces()) {
      pipeline.submit();
      block = pipeline.current();
    }
    Body body = new Body(head, length, block.in.position(), length, true, true);
    block.parts.add(body);
    return body;
  }

  private void startBlock() throws IOException {
    if (!pipeline.current().parts.isEmpty()) {
      pipeline.submit();
    }
  }

  private record Worker(DeflateCodec codec, BodyReader reader) implements Pipeline.Step {
    @Override
    public void run(Block block) throws IOException {
      reader.fill(block);
      for (Block.Part part : block.parts) {
        Body body = (Body) part;
        ByteBuffer data = block.data(body.at, body.length);
        body.outAt = block.out.position();
        body.method = ZipRecords.DEFLATED;
        if (body.head.streamed()) {
          codec.deflatePart(data, block.out, body.last);
        } else {
          CRC32 crc = new CRC32();
          crc.update(data.duplicate());
          body.crc = (int) crc.getValue();
          if (body.length < 2 || !codec.deflate(data, block.out)) {
            body.method = ZipRecords.STORED;
          }
        }
        body.outLength = block.out.position() - body.outAt;
      }
    }

    @Override
    public void close() {
      codec.close();
    }
  }

  private void write(Block block) {
    for (Block.Part part : block.parts) {
      Body body = (Body) part;
      if (body.head.streamed()) {
        writePart(block, body);
      } else {
        writeWhole(block, body);
      }
    }
  }

  private void writeWhole(Block block, Body body) {
    boolean stored = body.method == ZipRecords.STORED;
    int length = stored ? body.length : body.outLength;
    Sizes sizes = new Sizes(body.method, body.crc, length, body.size, target.written());
    target.write(ZipRecords.local(body.head, sizes));
    target.write(
        stored ? block.data(body.at, body.length) : block.out.slice(body.outAt, body.outLength));
    list(body.head, sizes);
  }

  private void writePart(Block block, Body body) {
    if (body.first) {
      streamedCrc.reset();
      streamedOffset = target.written();
      Sizes unknown = new Sizes(ZipRecords.DEFLATED, 0, 0, 0, 0);
      target.write(ZipRecords.local(body.head, unknown));
      streamedBytes = 0;
    }
    streamedCrc.update(block.data(body.at, body.length));
    target.write(block.out.slice(body.outAt, body.outLength));
    streamedBytes += body.outLength;
    if (body.last) {
      int crc = (int) streamedCrc.getValue();
      Sizes sizes = new Sizes(ZipRecords.DEFLATED, crc, streamedBytes, body.size, streamedOffset);
      target.write(ZipRecords.descriptor(body.head, sizes));
      list(body.head, sizes);
    }
  }

  private void list(Head head, Sizes sizes) {
    directory.add(ZipRecords.central(head, sizes));
    entries++;
  }

  @Override
  public void finish() throws IOException {
    pipeline.finish();
    long offset = target.written();
    directory.drain(target::write);
    target.write(ZipRecords.end(entries, offset, directory.length()));
  }

  @Override
  public void close() {
    directory.close();
    pipeline.close();
  }
}
