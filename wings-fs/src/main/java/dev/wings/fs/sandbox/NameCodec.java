package dev.wings.fs.sandbox;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/// Turns the bytes of a name into a string and back without loss.
///
/// A name that is UTF-8 is its string. A byte that is not part of valid UTF-8 becomes the private
/// character U+10FE00 + byte, which every encoder of JSON accepts. A name that already holds one of
/// those characters has its bytes escaped in the same way, so that different bytes never give the
/// same string. Escapes stand for the bytes 0x80 to 0xFF only: no slash and no NUL can hide in one.
public final class NameCodec {
  private static final int ESCAPE = 0x10_FE00;
  private static final int FIRST_ESCAPE = ESCAPE + 0x80;
  private static final int LAST_ESCAPE = ESCAPE + 0xFF;

  private NameCodec() {}

  /// The string of a name, or of several with slashes between them.
  public static String decode(byte[] name) {
    if (isAscii(name)) {
      return new String(name, StandardCharsets.US_ASCII);
    }
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(name);
    CharBuffer out = CharBuffer.allocate(name.length);
    StringBuilder result = new StringBuilder(name.length);
    while (true) {
      CoderResult end = decoder.decode(in, out, /* endOfInput= */ true);
      out.flip();
      appendEscapingEscapes(result, out);
      out.clear();
      if (end.isUnderflow()) {
        return result.toString();
      }
      for (int i = 0; i < end.length(); i++) {
        result.appendCodePoint(ESCAPE + Byte.toUnsignedInt(in.get()));
      }
      decoder.reset();
    }
  }

  private static void appendEscapingEscapes(StringBuilder result, CharSequence text) {
    text.codePoints()
        .forEach(c -> {
          if (isEscape(c)) {
            for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
              result.appendCodePoint(ESCAPE + Byte.toUnsignedInt(b));
            }
          } else {
            result.appendCodePoint(c);
          }
        });
  }

  /// The bytes that [#decode] made a string of.
  ///
  /// @throws InvalidPathException for a NUL, or half of a surrogate pair
  public static byte[] encode(String path) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(path.length() + 8);
    int from = 0;
    for (int i = 0; i < path.length(); ) {
      int c = path.codePointAt(i);
      if (c == 0) {
        throw new InvalidPathException(path, "NUL character", i);
      }
      if (isEscape(c)) {
        encode(path, from, i, out);
        out.write(c - ESCAPE);
        from = i + Character.charCount(c);
      }
      i += Character.charCount(c);
    }
    encode(path, from, path.length(), out);
    return out.toByteArray();
  }

  private static void encode(String path, int from, int to, ByteArrayOutputStream out) {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(path, from, to));
      out.write(bytes.array(), bytes.arrayOffset(), bytes.remaining());
    } catch (CharacterCodingException e) {
      InvalidPathException invalid = new InvalidPathException(path, "unpaired surrogate", from);
      invalid.initCause(e);
      throw invalid;
    }
  }

  private static boolean isEscape(int c) {
    return c >= FIRST_ESCAPE && c <= LAST_ESCAPE;
  }

  private static boolean isAscii(byte[] name) {
    for (byte b : name) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }
}
