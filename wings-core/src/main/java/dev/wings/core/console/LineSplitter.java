package dev.wings.core.console;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// Cuts a byte stream into lines (`containers.md` 13.2), incrementally and without decoding.
///
/// A line ends at `\n`; ASCII white space around it (`\r` of a TTY included) is removed, an empty
/// line stays an empty line. A line above [#MAX_PIECE] bytes is handed over in pieces of that size,
/// cut a little earlier where a multi-byte character or, if there is one, the last carriage return
/// allows it: an endless progress bar therefore comes as one piece per 5120 bytes that ends with a
/// whole update, and never grows the buffer. Pieces without any text are left out. Carriage returns
/// inside of a piece are kept (see [ConsoleText#visible]).
///
/// Not safe for use by several threads; memory is bounded by one piece.
final class LineSplitter {
  /// Longest piece in bytes.
  static final int MAX_PIECE = 5120;

  private static final byte[] NONE = {};

  private final Lines lines;
  private byte[] pending = NONE;
  private int length;
  private boolean continued;

  /// Receives the lines. The array is only valid during the call.
  @FunctionalInterface
  interface Lines {
    void line(byte[] bytes, int from, int to);
  }

  LineSplitter(Lines lines) {
    this.lines = lines;
  }

  /// Takes the remaining bytes of `chunk`.
  void feed(ByteBuffer chunk) {
    int count = chunk.remaining();
    if (chunk.hasArray()) {
      int from = chunk.arrayOffset() + chunk.position();
      chunk.position(chunk.limit());
      feed(chunk.array(), from, from + count);
      return;
    }
    byte[] copy = new byte[Math.min(count, 1 << 16)];
    while (chunk.hasRemaining()) {
      int n = Math.min(copy.length, chunk.remaining());
      chunk.get(copy, 0, n);
      feed(copy, 0, n);
    }
  }

  void feed(byte[] bytes, int from, int to) {
    int start = from;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        finishLine(bytes, start, i);
        start = i + 1;
      }
    }
    append(bytes, start, to);
  }

  /// The stream ended: hands over what came after the last newline, unless that is nothing.
  void end() {
    if (length > 0) {
      emit(pending, 0, length, /* keepEmpty= */ false);
    }
    length = 0;
    continued = false;
  }

  private void finishLine(byte[] bytes, int from, int to) {
    if (length == 0 && to - from <= MAX_PIECE) {
      emit(bytes, from, to, !continued);
    } else {
      append(bytes, from, to);
      emit(pending, 0, length, !continued);
      length = 0;
    }
    continued = false;
  }

  private void append(byte[] bytes, int from, int to) {
    int next = from;
    while (next < to) {
      if (length == MAX_PIECE) {
        flushPiece();
      }
      int n = Math.min(to - next, MAX_PIECE - length);
      ensureCapacity(length + n);
      System.arraycopy(bytes, next, pending, length, n);
      length += n;
      next += n;
    }
  }

  private void ensureCapacity(int needed) {
    if (pending.length < needed) {
      pending = Arrays.copyOf(pending, Math.min(MAX_PIECE, Math.max(needed, 2 * pending.length)));
    }
  }

  private void flushPiece() {
    int cut = cutPoint();
    emit(pending, 0, cut, /* keepEmpty= */ false);
    System.arraycopy(pending, cut, pending, 0, length - cut);
    length -= cut;
    continued = true;
  }

  /// After the last carriage return, else before a character that is not complete, else at the end.
  private int cutPoint() {
    for (int i = length - 1; i >= 0; i--) {
      if (pending[i] == '\r') {
        return i + 1;
      }
    }
    int lead = length - 1;
    while (lead > length - 4 && (pending[lead] & 0xc0) == 0x80) {
      lead--;
    }
    return lead + sequenceLength(pending[lead]) > length ? lead : length;
  }

  private static int sequenceLength(byte lead) {
    if ((lead & 0xe0) == 0xc0) {
      return 2;
    }
    if ((lead & 0xf0) == 0xe0) {
      return 3;
    }
    return (lead & 0xf8) == 0xf0 ? 4 : 1;
  }

  private void emit(byte[] bytes, int from, int to, boolean keepEmpty) {
    int start = from;
    int end = to;
    while (start < end && isSpace(bytes[start])) {
      start++;
    }
    while (end > start && isSpace(bytes[end - 1])) {
      end--;
    }
    if (start < end || keepEmpty) {
      lines.line(bytes, start, end);
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\r' || b == '\t' || b == '\n' || b == '\f';
  }
}
