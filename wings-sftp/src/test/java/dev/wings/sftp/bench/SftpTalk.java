package dev.wings.sftp.bench;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// As much of an SFTP client as it takes to move a file.
final class SftpTalk {
  private static final int CHUNK = 32 * 1024;
  private static final int CHUNKS = 8;

  private final DataOutputStream out;
  private final DataInputStream in;

  SftpTalk(OutputStream out, InputStream in) {
    this.out = new DataOutputStream(out);
    this.in = new DataInputStream(in);
  }

  /// What makes up a packet.
  @FunctionalInterface
  private interface Body {
    void write(DataOutputStream to) throws IOException;
  }

  private byte[] ask(Body body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    body.write(new DataOutputStream(bytes));
    out.writeInt(bytes.size());
    bytes.writeTo(out);
    out.flush();
    byte[] answer = new byte[in.readInt()];
    in.readFully(answer);
    return answer;
  }

  void readAndWriteBack(String path) throws IOException {
    ask(to -> {
      to.write(1);
      to.writeInt(3);
    });
    byte[] opened =
        ask(to -> {
          to.write(3);
          to.writeInt(1);
          byte[] name = path.getBytes(StandardCharsets.UTF_8);
          to.writeInt(name.length);
          to.write(name);
          to.writeInt(3); // read and write
          to.writeInt(0);
        });
    int length = opened[8];
    for (int i = 0; i < CHUNKS; i++) {
      long offset = (long) i * CHUNK;
      byte[] data =
          ask(to -> {
            to.write(5);
            to.writeInt(2);
            to.writeInt(length);
            to.write(opened, 9, length);
            to.writeLong(offset);
            to.writeInt(CHUNK);
          });
      ask(to -> {
        to.write(6);
        to.writeInt(3);
        to.writeInt(length);
        to.write(opened, 9, length);
        to.writeLong(offset);
        to.writeInt(CHUNK);
        to.write(data, 9, CHUNK);
      });
    }
  }
}
