package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import dev.wings.fs.sandbox.NameCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/// 7z (7zFormat.txt of the LZMA SDK). Bodies follow each other in folders of LZMA2; each block of a
/// folder begins with a reset of the dictionary, so workers compress them apart from each other and
/// readers see one stream. A folder ends at the first file's end behind [#FOLDER_BYTES], so that a
/// single file can be read without unpacking everything. Directories and empty files come after the
/// files; links and modes are not kept (`filesystem.md` 14).
final class SevenZipContainer implements Container {
  private static final long FOLDER_BYTES = 32L << 20;

  private final Pipeline pipeline;
  private final ByteStream stream;
  private final Target target;
  private final SevenZipHeader header;
  private final HeaderPlace place;

  /// Of the folder that is being planned.
  private long plannedBytes;

  private long plannedFiles;

  /// Of the folder that is being written.
  private long packedBytes;

  private final CRC32 fileCrc = new CRC32();

  /// Puts the start of the archive in its place, which can be known only at the end.
  @FunctionalInterface
  interface HeaderPlace {
    void write(ByteBuffer start) throws IOException;
  }

  /// A range of one file.
  private record Range(int at, int length, boolean last) implements Block.Part {}

  /// The end of a folder.
  private record FolderEnd(long bytes, long files) implements Block.Part {}

  SevenZipContainer(
      int threads,
      CodecPlan plan,
      int dictionaryBytes,
      Target target,
      HeaderPlace place,
      Progress progress,
      Findings findings) {
    this.target = target;
    this.place = place;
    this.header = new SevenZipHeader(dictionaryBytes);
    this.pipeline =
        new Pipeline(
            threads,
            plan,
            memory -> new StreamStep(plan, progress, findings, memory),
            this::write,
            progress);
    this.stream =
        new ByteStream(pipeline, new BodyReader(progress, findings, ByteBuffer.allocateDirect(1)));
    target.write(new byte[SevenZipHeader.START_BYTES]);
  }

  @Override
  public boolean add(Entry entry) throws IOException {
    String name = NameCodec.decode(entry.name());
    switch (entry.kind()) {
      case DIRECTORY -> header.directory(name, entry.modified());
      case SYMLINK -> {
        return false;
      }
      case FILE -> {
        OpenFile file = requireNonNull(entry.file());
        if (file.size() == 0) {
          header.emptyFile(name, entry.modified());
        } else {
          header.file(name, entry.modified(), file.size());
          body(file);
        }
      }
    }
    return true;
  }

  private void body(OpenFile file) throws IOException {
    for (long done = 0; done < file.size(); ) {
      Block block = pipeline.current();
      if (!block.in.hasRemaining() || block.pieces.size() >= pipeline.maxPieces()) {
        pipeline.submit();
        block = pipeline.current();
      }
      int length = (int) Math.min(block.in.remaining(), file.size() - done);
      int at = stream.place(file, done, length);
      done += length;
      block.parts.add(new Range(at, length, done == file.size()));
    }
    plannedBytes += file.size();
    plannedFiles++;
    if (plannedBytes >= FOLDER_BYTES) {
      endFolder();
    }
  }

  private void endFolder() throws IOException {
    if (plannedFiles > 0) {
      pipeline.current().parts.add(new FolderEnd(plannedBytes, plannedFiles));
      header.endOfFolder();
      plannedBytes = 0;
      plannedFiles = 0;
      pipeline.submit();
    }
  }

  private void write(Block block) {
    int length = block.out.position();
    target.write(block.out.duplicate().flip());
    packedBytes += length;
    for (Block.Part part : block.parts) {
      switch (part) {
        case Range range -> {
          fileCrc.update(block.data(range.at(), range.length()));
          if (range.last()) {
            header.crc((int) fileCrc.getValue());
            fileCrc.reset();
          }
        }
        case FolderEnd end -> {
          target.write(new byte[] {0}); // ends the LZMA2 stream
          header.folder(packedBytes + 1, end.bytes(), end.files());
          packedBytes = 0;
        }
        default -> throw new IllegalStateException("part: " + part);
      }
    }
  }

  @Override
  public void finish() throws IOException {
    endFolder();
    pipeline.finish();
    long offset = target.written() - SevenZipHeader.START_BYTES;
    CRC32 crc = new CRC32();
    long begin = target.written();
    header.drain(bytes -> {
      crc.update(bytes.duplicate());
      target.write(bytes);
    });
    long length = target.written() - begin;
    target.flush();
    place.write(SevenZipHeader.start(offset, length, (int) crc.getValue()));
  }

  @Override
  public void close() {
    header.close();
    pipeline.close();
  }
}
