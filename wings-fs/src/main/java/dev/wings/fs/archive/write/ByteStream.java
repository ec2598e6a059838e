package dev.wings.fs.archive.write;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Lays bytes and bodies of files out one after the other in the blocks of a [Pipeline]: the
/// uncompressed stream of a tar or 7z archive. For the planning thread.
final class ByteStream {
  private final Pipeline pipeline;
  private final BodyReader sequentialReader;

  /// @param sequentialReader for files that only this thread can read
  ByteStream(Pipeline pipeline, BodyReader sequentialReader) {
    this.pipeline = pipeline;
    this.sequentialReader = sequentialReader;
  }

  /// Copies bytes in.
  void bytes(byte[] data) throws IOException {
    int done = 0;
    while (done < data.length) {
      ByteBuffer in = room();
      int length = Math.min(data.length - done, in.remaining());
      in.put(data, done, length);
      done += length;
    }
  }

  /// Zeros up to a multiple of `unit` for something of `length` bytes.
  void pad(long length, int unit) throws IOException {
    bytes(new byte[(int) (-length & (unit - 1))]);
  }

  /// A range of a file, to be read later.
  void body(OpenFile file, long position, long length) throws IOException {
    long done = 0;
    while (done < length) {
      ByteBuffer in = room();
      int part = (int) Math.min(length - done, in.remaining());
      place(file, position + done, part);
      done += part;
    }
  }

  /// Places a part that fits into the current block.
  ///
  /// @return where it begins
  int place(OpenFile file, long position, int length) throws IOException {
    Block block = pipeline.current();
    int at = block.in.position();
    Block.Piece piece = new Block.Piece(file, position, at, length);
    if (file.sequential()) {
      sequentialReader.fill(block.in, piece);
    } else {
      file.retain();
      block.pieces.add(piece);
    }
    block.in.position(at + length);
    return at;
  }

  /// The current block's buffer, with room for at least a byte.
  private ByteBuffer room() throws IOException {
    Block block = pipeline.current();
    if (!block.in.hasRemaining() || block.pieces.size() >= pipeline.maxPieces()) {
      pipeline.submit();
    }
    return pipeline.current().in;
  }
}
