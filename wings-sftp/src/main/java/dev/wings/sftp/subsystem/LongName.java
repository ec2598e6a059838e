package dev.wings.sftp.subsystem;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/// Lines as `ls -l` prints them, which interactive clients show as they are. Times are UTC.
final class LongName {
  private static final String[] MONTHS = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };
  private static final long RECENT_SECONDS = 182L * 24 * 60 * 60;
  private static final String RWX = "rwxrwxrwx";
  private static final int OWNER_WIDTH = 8;
  private static final int SIZE_WIDTH = 12;

  private final String owners;
  private final InstantSource clock;

  LongName(OwnerNames names, InstantSource clock) {
    StringBuilder columns = new StringBuilder();
    String owner = names.of(0);
    for (int column = 0; column < 2; column++) {
      String shown = owner.isEmpty() ? "0" : owner;
      columns.append(' ').append(shown);
      pad(columns, OWNER_WIDTH - shown.length());
    }
    this.owners = columns.toString();
    this.clock = clock;
  }

  byte[] of(Attributes.Entry entry, byte[] name) {
    StringBuilder line = new StringBuilder(80);
    line.append(type(entry.mode()));
    for (int i = 0; i < RWX.length(); i++) {
      line.append((entry.mode() & 0400 >> i) != 0 ? RWX.charAt(i) : '-');
    }
    line.append("    1").append(owners);
    String size = Long.toString(entry.size());
    pad(line, SIZE_WIDTH - size.length());
    line.append(' ').append(size).append(' ');
    appendTime(line, Integer.toUnsignedLong(entry.modified()));
    line.append(' ');
    byte[] front = line.toString().getBytes(StandardCharsets.UTF_8);
    byte[] result = new byte[front.length + name.length];
    System.arraycopy(front, 0, result, 0, front.length);
    System.arraycopy(name, 0, result, front.length, name.length);
    return result;
  }

  private static char type(int mode) {
    return switch (mode & Attributes.FILE_TYPES) {
      case Attributes.DIRECTORY -> 'd';
      case Attributes.LINK -> 'l';
      default -> '-';
    };
  }

  private void appendTime(StringBuilder line, long seconds) {
    LocalDateTime time = LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC);
    line.append(MONTHS[time.getMonthValue() - 1]).append(' ');
    pad(line, time.getDayOfMonth() < 10 ? 1 : 0);
    line.append(time.getDayOfMonth()).append(' ');
    long age = clock.instant().getEpochSecond() - seconds;
    if (Math.abs(age) > RECENT_SECONDS) {
      line.append(' ').append(time.getYear());
      return;
    }
    appendTwoDigits(line, time.getHour());
    line.append(':');
    appendTwoDigits(line, time.getMinute());
  }

  private static void appendTwoDigits(StringBuilder line, int number) {
    line.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }

  private static void pad(StringBuilder line, int count) {
    line.repeat(' ', Math.max(0, count));
  }
}
