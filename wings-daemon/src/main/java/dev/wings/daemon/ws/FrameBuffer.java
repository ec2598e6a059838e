package dev.wings.daemon.ws;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Builds complete, unmasked websocket frames (RFC 6455 5.2) one behind the other in one byte
/// array.
///
/// Console lines are the hot path, so the text goes straight from the `String` into its frame: no
/// tree, no intermediate string, no copy per message. A JSON payload's length is known only once it
/// is written; the header's size is guessed from the number of characters, and when short lines
/// grow by escapes beyond 125 bytes the payload moves by two bytes. MessagePack lengths are counted
/// before. Benchmark: `ConsoleFanoutBench`.
///
/// Not thread-safe; [#clear] makes it reusable.
final class FrameBuffer {
  private static final int TEXT_OPCODE = 0x81; // FIN
  private static final int BINARY_OPCODE = 0x82;
  private static final int KEEP_BYTES = 1 << 20;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /// For ASCII characters: 0 as it is, 'u' as six characters, otherwise the letter after the
  /// backslash.
  private static final byte[] ESCAPES = escapes();

  private byte[] bytes = new byte[4096];
  private int size;

  private static byte[] escapes() {
    byte[] table = new byte[128];
    Arrays.fill(table, 0, 0x20, (byte) 'u');
    table['\b'] = 'b';
    table['\f'] = 'f';
    table['\n'] = 'n';
    table['\r'] = 'r';
    table['\t'] = 't';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
    if (bytes.length > KEEP_BYTES) {
      bytes = new byte[KEEP_BYTES];
    }
  }

  /// What was written, in a pooled direct buffer that the caller owns.
  ByteBuf copyTo(ByteBufAllocator allocator) {
    ByteBuf buffer = allocator.directBuffer(size, size);
    return buffer.writeBytes(bytes, 0, size);
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /// Appends one message.
  void message(WireFormat format, String event, List<String> arguments) {
    switch (format) {
      case TEXT -> jsonMessage(event, arguments);
      case BINARY -> messagePackMessage(event, arguments);
    }
  }

  /// Appends one message with one argument for every line.
  void lines(WireFormat format, String event, List<String> lines) {
    switch (format) {
      case TEXT -> {
        byte[] prefix =
            ("{\"event\":\"" + event + "\",\"args\":[\"").getBytes(StandardCharsets.UTF_8);
        for (String line : lines) {
          jsonLine(prefix, line);
        }
      }
      case BINARY -> {
        byte[] prefix = messagePackPrefix(event, 1);
        for (String line : lines) {
          messagePackLine(prefix, line);
        }
      }
    }
  }

  private void jsonLine(byte[] prefix, String line) {
    int least = prefix.length + line.length() + 3;
    // worst case: six bytes for each character
    ensure(10L + prefix.length + 6L * line.length() + 3);
    int header = headerSize(least);
    int start = size;
    int at = start + header;
    System.arraycopy(prefix, 0, bytes, at, prefix.length);
    at = escape(line, at + prefix.length);
    bytes[at++] = '"';
    bytes[at++] = ']';
    bytes[at++] = '}';
    size = at;
    finishFrame(TEXT_OPCODE, start, header);
  }

  private void jsonMessage(String event, List<String> arguments) {
    long worst = 64 + 6L * event.length();
    int least = 22 + event.length();
    for (String argument : arguments) {
      worst += 6L * argument.length() + 3;
      least += argument.length() + 3;
    }
    ensure(worst);
    int header = headerSize(least);
    int start = size;
    size = start + header;
    ascii("{\"event\":\"");
    size = escape(event, size);
    ascii("\",\"args\":[");
    for (int i = 0; i < arguments.size(); i++) {
      ascii(i == 0 ? "\"" : ",\"");
      size = escape(arguments.get(i), size);
      bytes[size++] = '"';
    }
    ascii("]}");
    finishFrame(TEXT_OPCODE, start, header);
  }

  /// Writes the header of the frame whose payload begins `guessed` bytes behind `start`, moving the
  /// payload when it needs another header than the guessed one.
  private void finishFrame(int opcode, int start, int guessed) {
    int payload = size - start - guessed;
    int header = headerSize(payload);
    if (header != guessed) {
      ensure(10);
      System.arraycopy(bytes, start + guessed, bytes, start + header, payload);
      size = start + header + payload;
    }
    writeHeader(opcode, start, payload);
  }

  private static int headerSize(int payload) {
    if (payload < 126) {
      return 2;
    }
    return payload < (1 << 16) ? 4 : 10;
  }

  /// Writes a frame header at `at` and returns the position behind it.
  private int writeHeader(int opcode, int at, int payload) {
    bytes[at] = (byte) opcode;
    if (payload < 126) {
      bytes[at + 1] = (byte) payload;
      return at + 2;
    }
    if (payload < (1 << 16)) {
      bytes[at + 1] = 126;
      bytes[at + 2] = (byte) (payload >>> 8);
      bytes[at + 3] = (byte) payload;
      return at + 4;
    }
    bytes[at + 1] = 127;
    Arrays.fill(bytes, at + 2, at + 6, (byte) 0);
    intAt(at + 6, payload);
    return at + 10;
  }

  private int escape(String text, int at) {
    byte[] target = bytes;
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        byte escape = ESCAPES[c];
        if (escape == 0) {
          target[at++] = (byte) c;
        } else {
          target[at++] = '\\';
          target[at++] = escape;
          if (escape == 'u') {
            target[at++] = '0';
            target[at++] = '0';
            target[at++] = HEX[c >> 4];
            target[at++] = HEX[c & 15];
          }
        }
      } else {
        at = utf8(text, i, c, at);
        if (Character.isHighSurrogate(c) && pairAt(text, i)) {
          i++;
        }
      }
    }
    return at;
  }

  private static boolean pairAt(String text, int high) {
    return high + 1 < text.length() && Character.isLowSurrogate(text.charAt(high + 1));
  }

  /// Writes the character at `index` (at or above U+0080) as UTF-8; half a surrogate pair becomes
  /// U+FFFD.
  private int utf8(String text, int index, char c, int at) {
    byte[] target = bytes;
    if (c < 0x800) {
      target[at++] = (byte) (0xc0 | c >> 6);
      target[at++] = (byte) (0x80 | c & 0x3f);
      return at;
    }
    char unit = c;
    if (Character.isSurrogate(c)) {
      if (Character.isHighSurrogate(c) && pairAt(text, index)) {
        int point = Character.toCodePoint(c, text.charAt(index + 1));
        target[at++] = (byte) (0xf0 | point >> 18);
        target[at++] = (byte) (0x80 | point >> 12 & 0x3f);
        target[at++] = (byte) (0x80 | point >> 6 & 0x3f);
        target[at++] = (byte) (0x80 | point & 0x3f);
        return at;
      }
      unit = '\ufffd';
    }
    target[at++] = (byte) (0xe0 | unit >> 12);
    target[at++] = (byte) (0x80 | unit >> 6 & 0x3f);
    target[at++] = (byte) (0x80 | unit & 0x3f);
    return at;
  }

  private static int utf8Length(String text) {
    int length = text.length();
    int total = length;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        if (c < 0x800) {
          total++;
        } else {
          total += 2;
          if (Character.isHighSurrogate(c) && pairAt(text, i)) {
            i++; // two characters, four bytes
          }
        }
      }
    }
    return total;
  }

  private void plainUtf8(String text) {
    int at = size;
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        bytes[at++] = (byte) c;
      } else {
        at = utf8(text, i, c, at);
        if (Character.isHighSurrogate(c) && pairAt(text, i)) {
          i++;
        }
      }
    }
    size = at;
  }

  private static byte[] messagePackPrefix(String event, int arguments) {
    FrameBuffer prefix = new FrameBuffer();
    prefix.bytes[prefix.size++] = (byte) 0x92; // array of two
    prefix.messagePackText(event, utf8Length(event));
    prefix.messagePackArray(arguments);
    return prefix.toByteArray();
  }

  private void messagePackLine(byte[] prefix, String line) {
    int text = utf8Length(line);
    int payload = prefix.length + textHeaderSize(text) + text;
    ensure(10L + payload);
    size = writeHeader(BINARY_OPCODE, size, payload);
    System.arraycopy(prefix, 0, bytes, size, prefix.length);
    size += prefix.length;
    messagePackText(line, text);
  }

  private void messagePackMessage(String event, List<String> arguments) {
    byte[] prefix = messagePackPrefix(event, arguments.size());
    long payload = prefix.length;
    for (String argument : arguments) {
      int text = utf8Length(argument);
      payload += textHeaderSize(text) + (long) text;
    }
    ensure(10L + payload);
    size = writeHeader(BINARY_OPCODE, size, Math.toIntExact(payload));
    System.arraycopy(prefix, 0, bytes, size, prefix.length);
    size += prefix.length;
    for (String argument : arguments) {
      messagePackText(argument, utf8Length(argument));
    }
  }

  private static int textHeaderSize(int length) {
    if (length < 32) {
      return 1;
    }
    if (length < (1 << 8)) {
      return 2;
    }
    return length < (1 << 16) ? 3 : 5;
  }

  private void messagePackText(String text, int utf8Length) {
    if (utf8Length < 32) {
      bytes[size++] = (byte) (0xa0 | utf8Length);
    } else if (utf8Length < (1 << 8)) {
      bytes[size++] = (byte) 0xd9;
      bytes[size++] = (byte) utf8Length;
    } else if (utf8Length < (1 << 16)) {
      bytes[size++] = (byte) 0xda;
      bytes[size++] = (byte) (utf8Length >>> 8);
      bytes[size++] = (byte) utf8Length;
    } else {
      bytes[size++] = (byte) 0xdb;
      intAt(size, utf8Length);
      size += 4;
    }
    plainUtf8(text);
  }

  private void messagePackArray(int count) {
    if (count < 16) {
      bytes[size++] = (byte) (0x90 | count);
    } else if (count < (1 << 16)) {
      bytes[size++] = (byte) 0xdc;
      bytes[size++] = (byte) (count >>> 8);
      bytes[size++] = (byte) count;
    } else {
      bytes[size++] = (byte) 0xdd;
      intAt(size, count);
      size += 4;
    }
  }

  private void intAt(int at, int value) {
    bytes[at] = (byte) (value >>> 24);
    bytes[at + 1] = (byte) (value >>> 16);
    bytes[at + 2] = (byte) (value >>> 8);
    bytes[at + 3] = (byte) value;
  }

  private void ascii(String text) {
    for (int i = 0; i < text.length(); i++) {
      bytes[size++] = (byte) text.charAt(i);
    }
  }

  private void ensure(long more) {
    long needed = size + more;
    if (needed > bytes.length) {
      int grown = Math.toIntExact(Math.max(needed, Math.min(2L * bytes.length, 1 << 30)));
      bytes = Arrays.copyOf(bytes, grown);
    }
  }
}
