package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A packet of the server, taken apart as a client does.
///
/// @param fields what follows the number
record Answer(int type, int id, ByteBuffer fields) {
  static final int VERSION = 2;
  static final int STATUS = 101;
  static final int HANDLE = 102;
  static final int DATA = 103;
  static final int NAME = 104;
  static final int ATTRS = 105;
  static final int EXTENDED_REPLY = 201;

  /// One entry of NAME.
  record Name(String name, String longName, Attributes.Entry attributes) {}

  /// @param packets one or more whole ones
  static List<Answer> all(ByteBuffer packets) {
    List<Answer> all = new ArrayList<>();
    ByteBuffer in = packets.slice();
    while (in.hasRemaining()) {
      int length = in.getInt();
      assertThat(in.remaining()).isGreaterThanOrEqualTo(length);
      ByteBuffer packet = in.slice(in.position(), length);
      in.position(in.position() + length);
      all.add(new Answer(Byte.toUnsignedInt(packet.get()), packet.getInt(), packet.slice()));
    }
    return all;
  }

  private Answer expect(int expected) {
    assertThat(type).as("type of the answer %s", this).isEqualTo(expected);
    return this;
  }

  Status status() {
    expect(STATUS);
    int code = fields.getInt(0);
    for (Status status : Status.values()) {
      if (status.code() == code) {
        return status;
      }
    }
    throw new AssertionError("code: " + code);
  }

  String statusText() {
    expect(STATUS);
    ByteBuffer in = fields.duplicate();
    in.getInt();
    String text = text(in);
    return text + "/" + text(in);
  }

  byte[] handle() {
    expect(HANDLE);
    return bytes(fields.duplicate());
  }

  byte[] data() {
    expect(DATA);
    return bytes(fields.duplicate());
  }

  Attributes.Entry attributes() {
    expect(ATTRS);
    return attributes(fields.duplicate());
  }

  List<Name> names() {
    expect(NAME);
    ByteBuffer in = fields.duplicate();
    List<Name> names = new ArrayList<>();
    for (int count = in.getInt(); count > 0; count--) {
      names.add(new Name(text(in), text(in), attributes(in)));
    }
    assertThat(in.hasRemaining()).isFalse();
    return names;
  }

  String name() {
    assertThat(names()).hasSize(1);
    return names().getFirst().name();
  }

  ByteBuffer extended() {
    expect(EXTENDED_REPLY);
    return fields.duplicate();
  }

  static String text(ByteBuffer in) {
    return new String(bytes(in), UTF_8);
  }

  static byte[] bytes(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return bytes;
  }

  private static Attributes.Entry attributes(ByteBuffer in) {
    if (in.getInt() == 0) {
      return new Attributes.Entry(0, 0, 0);
    }
    long size = in.getLong();
    assertThat(in.getInt()).as("uid").isZero();
    assertThat(in.getInt()).as("gid").isZero();
    int mode = in.getInt();
    assertThat(in.getInt()).as("accessed").isZero();
    return new Attributes.Entry(size, mode, in.getInt());
  }

  @Override
  public String toString() {
    return type == STATUS ? "STATUS " + status() : "type " + type;
  }
}
