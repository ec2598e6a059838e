package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/// Builds packets as a client does.
final class Packet {
  static final int INIT = 1;
  static final int OPEN = 3;
  static final int CLOSE = 4;
  static final int READ = 5;
  static final int WRITE = 6;
  static final int LSTAT = 7;
  static final int FSTAT = 8;
  static final int SETSTAT = 9;
  static final int FSETSTAT = 10;
  static final int OPENDIR = 11;
  static final int READDIR = 12;
  static final int REMOVE = 13;
  static final int MKDIR = 14;
  static final int RMDIR = 15;
  static final int REALPATH = 16;
  static final int STAT = 17;
  static final int RENAME = 18;
  static final int READLINK = 19;
  static final int SYMLINK = 20;
  static final int EXTENDED = 200;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static Packet of(int type) {
    return new Packet().u8(type);
  }

  static Packet request(int type, int id) {
    return of(type).u32(id);
  }

  Packet u8(int value) {
    out.write(value);
    return this;
  }

  Packet u32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
    return this;
  }

  Packet u64(long value) {
    out.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
    return this;
  }

  Packet string(String value) {
    return string(value.getBytes(UTF_8));
  }

  Packet string(byte[] value) {
    u32(value.length);
    return raw(value);
  }

  Packet raw(byte[] value) {
    out.writeBytes(value);
    return this;
  }

  /// No attributes.
  Packet plain() {
    return u32(0);
  }

  Packet mode(int mode) {
    return u32(4).u32(mode);
  }

  /// Without its length.
  byte[] body() {
    return out.toByteArray();
  }

  /// With its length.
  byte[] bytes() {
    byte[] body = body();
    return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
  }
}
