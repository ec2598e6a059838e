package dev.wings.core.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads the lines of a journal file: each is a CRC-32C in 8 hexadecimal digits and a JSON object.
/// Lines that are not are counted and skipped.
final class JournalScan {
  private static final int CRC_DIGITS = 8;
  private static final int MAX_LINE = 16 << 20;

  private final Consumer<JsonNode> records;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long offset; // of the first byte of the line that is being read
  private long oversize; // bytes of the line that were not kept
  private long intactEnd;
  private int damaged;

  private JournalScan(Consumer<JsonNode> records) {
    this.records = records;
  }

  /// What a file holds.
  ///
  /// @param intactEnd bytes up to the end of the last intact line
  /// @param length bytes in all
  /// @param damagedLines complete lines that are damaged. Without any, what follows `intactEnd` is
  ///   the beginning of a line whose writer was killed, and nobody was told that it is stored
  record Result(long intactEnd, long length, int damagedLines) {}

  static Result scan(DiskFile file, Consumer<JsonNode> records) throws IOException {
    JournalScan scan = new JournalScan(records);
    byte[] buffer = new byte[64 << 10];
    for (int count = file.read(buffer); count >= 0; count = file.read(buffer)) {
      scan.take(buffer, count);
    }
    return new Result(scan.intactEnd, scan.offset + scan.line.size() + scan.oversize, scan.damaged);
  }

  private void take(byte[] buffer, int count) {
    int from = 0;
    for (int i = 0; i < count; i++) {
      if (buffer[i] == '\n') {
        keep(buffer, from, i);
        endLine();
        from = i + 1;
      }
    }
    keep(buffer, from, count);
  }

  private void keep(byte[] buffer, int from, int to) {
    int kept = Math.min(to - from, MAX_LINE - line.size());
    line.write(buffer, from, kept);
    oversize += to - from - kept;
  }

  private void endLine() {
    long length = line.size() + oversize;
    offset += length + 1;
    JsonNode record = oversize == 0 ? parse(line.toByteArray()) : null;
    if (record != null) {
      records.accept(record);
      intactEnd = offset;
    } else if (length > 0) {
      damaged++;
    }
    line.reset();
    oversize = 0;
  }

  private static @Nullable JsonNode parse(byte[] line) {
    if (line.length <= CRC_DIGITS) {
      return null;
    }
    byte[] json = Arrays.copyOfRange(line, CRC_DIGITS, line.length);
    if (!Arrays.equals(crc(json), Arrays.copyOf(line, CRC_DIGITS))) {
      return null;
    }
    try {
      return Json.mapper().readTree(json);
    } catch (JacksonException written) {
      return null; // by a writer with a defect; its CRC is right
    } catch (IOException impossible) {
      throw new IllegalStateException("reading from memory failed", impossible);
    }
  }

  /// One line with its end.
  static byte[] line(byte[] json) {
    byte[] line = Arrays.copyOf(crc(json), CRC_DIGITS + json.length + 1);
    System.arraycopy(json, 0, line, CRC_DIGITS, json.length);
    line[line.length - 1] = '\n';
    return line;
  }

  private static byte[] crc(byte[] json) {
    CRC32C crc = new CRC32C();
    crc.update(json);
    return HexFormat.of().toHexDigits((int) crc.getValue()).getBytes(StandardCharsets.US_ASCII);
  }
}
