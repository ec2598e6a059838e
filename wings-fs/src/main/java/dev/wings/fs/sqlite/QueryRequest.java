package dev.wings.fs.sqlite;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// What the process of a query is told.
///
/// @param root the volume, as a path that leads to the daemon's descriptor of it
/// @param file path of the database below the root, bytes as the kernel knows them, no links in it
/// @param device that the file is on
/// @param inode of the file
/// @param maxFileBytes up to where a file may grow, -1 for no limit
/// @param rows of each statement
/// @param memoryBytes beyond what an idle process needs
/// @param deadlineMillis for the whole batch
@SuppressWarnings("ArrayRecordComponent") // a message, never compared
record QueryRequest(
    String root,
    byte[] file,
    long device,
    long inode,
    boolean readOnly,
    long maxFileBytes,
    int rows,
    long memoryBytes,
    long deadlineMillis,
    String batch) {

  void writeTo(DataOutputStream out) throws IOException {
    out.writeUTF(root);
    write(out, file);
    out.writeLong(device);
    out.writeLong(inode);
    out.writeBoolean(readOnly);
    out.writeLong(maxFileBytes);
    out.writeInt(rows);
    out.writeLong(memoryBytes);
    out.writeLong(deadlineMillis);
    write(out, batch.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  static QueryRequest readFrom(DataInputStream in) throws IOException {
    return new QueryRequest(
        in.readUTF(),
        read(in),
        in.readLong(),
        in.readLong(),
        in.readBoolean(),
        in.readLong(),
        in.readInt(),
        in.readLong(),
        in.readLong(),
        new String(read(in), StandardCharsets.UTF_8));
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] read(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }
}
