package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.write.ArchiveReport.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Fills the parts of a block that come from files. Each gets exactly the bytes that were planned:
/// what a file no longer has becomes zeros, what it has more is not read (`filesystem.md` 2.6). For
/// one thread.
final class BodyReader {
  private static final int STEP = 1 << 20;

  private final Progress progress;
  private final Findings findings;
  private final ByteBuffer beyond;

  /// @param beyond one byte
  BodyReader(Progress progress, Findings findings, ByteBuffer beyond) {
    this.progress = progress;
    this.findings = findings;
    this.beyond = beyond;
  }

  /// Fills all pieces, and lets go of their files whatever happens.
  void fill(Block block) {
    int next = 0;
    try {
      for (; next < block.pieces.size(); next++) {
        fill(block.in, block.pieces.get(next));
        block.pieces.get(next).file().release();
      }
    } finally {
      for (; next < block.pieces.size(); next++) {
        block.pieces.get(next).file().release();
      }
      block.pieces.clear();
    }
  }

  void fill(ByteBuffer in, Block.Piece piece) {
    OpenFile file = piece.file();
    int end = piece.at() + piece.length();
    ByteBuffer target = in.duplicate().limit(end).position(piece.at());
    try {
      while (target.hasRemaining()) {
        progress.check();
        target.limit(Math.min(end, target.position() + STEP));
        int read = file.read(target, piece.position() + target.position() - piece.at());
        progress.addBytes(Math.max(0, read));
        target.limit(end);
        if (read <= 0) {
          findings.add(file.name(), Trouble.SHRANK);
          break;
        }
      }
      if (!target.hasRemaining()
          && !file.sequential()
          && piece.position() + piece.length() == file.size()
          && file.read(beyond.clear(), file.size()) > 0) {
        findings.add(file.name(), Trouble.GREW);
      }
    } catch (IOException e) {
      findings.add(file.name(), Trouble.UNREADABLE);
      target.limit(end);
    }
    zero(target);
  }

  private static void zero(ByteBuffer target) {
    while (target.remaining() >= Long.BYTES) {
      target.putLong(0);
    }
    while (target.hasRemaining()) {
      target.put((byte) 0);
    }
  }
}
