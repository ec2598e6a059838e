package dev.wings.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A client of version 3 whose packets a test decides about, for playing what real clients send.
final class ScriptedSftp {
  static final int READING = 0x01;
  static final int WRITING = 0x02;
  static final int CREATING = 0x08;
  static final int CUTTING = 0x10;

  private static final int SIZE = 1;
  private static final int PERMISSIONS = 4;
  private static final int TIMES = 8;

  private static final int STATUS = 101;
  private static final int HANDLE = 102;
  private static final int DATA = 103;
  private static final int NAME = 104;
  private static final int ATTRS = 105;
  private static final int OK = 0;
  private static final int END = 1;
  private static final int NO_SUCH_FILE = 2;

  private static final int CHUNK = 32 * 1024;
  private static final int AHEAD = 16;
  private static final int BATCH = 20_000;

  private final RawChannel channel;
  private ByteBuffer unread = ByteBuffer.allocate(0);
  private int id;

  /// @param mode with the type
  /// @param modified seconds since 1970
  record Stat(long size, int mode, int modified) {}

  /// @param line for people
  record Entry(String name, String line, Stat stat) {}

  /// @param channel on which nothing was asked for yet
  ScriptedSftp(RawChannel channel) throws IOException, InterruptedException {
    this.channel = channel;
    channel.sftp();
  }

  /// The fields of a request.
  static final class Request {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Request number(int value) {
      out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
      return this;
    }

    Request number(long value) {
      out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
      return this;
    }

    Request text(String value) {
      return data(value.getBytes(UTF_8));
    }

    Request data(byte[] value) {
      number(value.length);
      out.writeBytes(value);
      return this;
    }
  }

  private record Answer(int type, ByteBuffer fields) {
    Answer expect(int expected) {
      if (type != expected) {
        String code = type == STATUS ? " with status " + fields.getInt(fields.position()) : "";
        throw new AssertionError("answer of type " + type + code + ", expected: " + expected);
      }
      return this;
    }

    int status() {
      return expect(STATUS).fields.getInt(fields.position());
    }
  }

  private static Request paths(String... paths) {
    Request request = new Request();
    for (String path : paths) {
      request.text(path);
    }
    return request;
  }

  private byte[] packet(int type, Request request) {
    byte[] fields = request.out.toByteArray();
    ByteBuffer packet = ByteBuffer.allocate(9 + fields.length);
    return packet.putInt(5 + fields.length).put((byte) type).putInt(++id).put(fields).array();
  }

  private void send(int type, Request request) throws IOException {
    sendAll(packet(type, request));
  }

  private void sendAll(byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; at += CHUNK) {
      channel.sendWithinWindow(Arrays.copyOfRange(bytes, at, Math.min(at + CHUNK, bytes.length)));
    }
  }

  private Answer receive() throws InterruptedException {
    await(Integer.BYTES);
    int length = unread.getInt();
    await(length);
    byte[] packet = new byte[length];
    unread.get(packet);
    ByteBuffer fields = ByteBuffer.wrap(packet, 5, length - 5);
    return new Answer(Byte.toUnsignedInt(packet[0]), fields);
  }

  private void await(int bytes) throws InterruptedException {
    while (unread.remaining() < bytes) {
      byte[] more = channel.receive();
      unread = ByteBuffer.allocate(unread.remaining() + more.length).put(unread).put(more).flip();
    }
  }

  private Answer ask(int type, Request request) throws IOException, InterruptedException {
    send(type, request);
    return receive();
  }

  private void must(int type, Request request) throws IOException, InterruptedException {
    int status = ask(type, request).status();
    if (status != OK) {
      throw new AssertionError("status " + status + " of request " + type);
    }
  }

  private static byte[] data(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return bytes;
  }

  private static String text(ByteBuffer in) {
    return new String(data(in), UTF_8);
  }

  private static Stat stat(ByteBuffer in) {
    if (in.getInt() == 0) {
      return new Stat(0, 0, 0);
    }
    long size = in.getLong();
    in.getLong(); // owner and group
    int mode = in.getInt();
    in.getInt(); // accessed
    return new Stat(size, mode, in.getInt());
  }

  String realPath(String path) throws IOException, InterruptedException {
    ByteBuffer in = ask(16, paths(path)).expect(NAME).fields;
    in.getInt();
    return text(in);
  }

  /// Empty when there is nothing.
  Optional<Stat> lstat(String path) throws IOException, InterruptedException {
    Answer answer = ask(7, paths(path));
    if (answer.type == STATUS && answer.status() == NO_SUCH_FILE) {
      return Optional.empty();
    }
    return Optional.of(stat(answer.expect(ATTRS).fields));
  }

  List<Entry> list(String path) throws IOException, InterruptedException {
    byte[] handle = data(ask(11, paths(path)).expect(HANDLE).fields);
    List<Entry> entries = new ArrayList<>();
    Answer answer = ask(12, new Request().data(handle));
    for (; answer.type == NAME; answer = ask(12, new Request().data(handle))) {
      ByteBuffer in = answer.fields;
      for (int count = in.getInt(); count > 0; count--) {
        entries.add(new Entry(text(in), text(in), stat(in)));
      }
    }
    if (answer.status() != END) {
      throw new AssertionError("listing ends with " + answer.status());
    }
    close(handle);
    return entries;
  }

  byte[] open(String path, int flags) throws IOException, InterruptedException {
    return data(ask(3, paths(path).number(flags).number(0)).expect(HANDLE).fields);
  }

  void close(byte[] handle) throws IOException, InterruptedException {
    must(4, new Request().data(handle));
  }

  /// Writes everything from an offset on, many requests ahead.
  void write(byte[] handle, byte[] contents, int from) throws IOException, InterruptedException {
    int outstanding = 0;
    for (int at = from; at < contents.length; at += CHUNK) {
      byte[] part = Arrays.copyOfRange(contents, at, Math.min(at + CHUNK, contents.length));
      send(6, new Request().data(handle).number((long) at).data(part));
      if (++outstanding == AHEAD) {
        written();
        outstanding--;
      }
    }
    while (outstanding-- > 0) {
      written();
    }
  }

  private void written() throws InterruptedException {
    int status = receive().status();
    if (status != OK) {
      throw new AssertionError("a write ends with status " + status);
    }
  }

  byte[] read(String path, long from) throws IOException, InterruptedException {
    byte[] handle = open(path, READING);
    ByteArrayOutputStream contents = new ByteArrayOutputStream();
    Answer answer = read(handle, from);
    for (; answer.type == DATA; answer = read(handle, from + contents.size())) {
      contents.writeBytes(data(answer.fields));
    }
    if (answer.status() != END) {
      throw new AssertionError("reading ends with " + answer.status());
    }
    close(handle);
    return contents.toByteArray();
  }

  private Answer read(byte[] handle, long at) throws IOException, InterruptedException {
    return ask(5, new Request().data(handle).number(at).number(CHUNK));
  }

  /// Asks again and again and takes no answer, as far as the server lets it.
  void askToRead(byte[] handle, int times, int length) throws IOException {
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      requests.writeBytes(packet(5, new Request().data(handle).number(0L).number(length)));
    }
    sendAll(requests.toByteArray());
  }

  /// Opens a file many requests ahead and closes nothing.
  ///
  /// @return how many handles the server gave
  int openManyTimes(String path, int times) throws IOException, InterruptedException {
    int given = 0;
    for (int done = 0; done < times; done += BATCH) {
      ByteArrayOutputStream requests = new ByteArrayOutputStream();
      for (int i = 0; i < BATCH; i++) {
        requests.writeBytes(packet(3, paths(path).number(READING).number(0)));
      }
      sendAll(requests.toByteArray());
      for (int i = 0; i < BATCH; i++) {
        given += receive().type == HANDLE ? 1 : 0;
      }
    }
    return given;
  }

  void upload(String path, byte[] contents) throws IOException, InterruptedException {
    byte[] handle = open(path, WRITING | CREATING | CUTTING);
    write(handle, contents, 0);
    close(handle);
  }

  void setTimes(String path, int seconds) throws IOException, InterruptedException {
    must(9, paths(path).number(TIMES).number(seconds).number(seconds));
  }

  void setSize(String path, long size) throws IOException, InterruptedException {
    must(9, paths(path).number(SIZE).number(size));
  }

  void setMode(String path, int mode) throws IOException, InterruptedException {
    must(9, paths(path).number(PERMISSIONS).number(mode));
  }

  void makeDirectory(String path) throws IOException, InterruptedException {
    must(14, paths(path).number(0));
  }

  void remove(String path) throws IOException, InterruptedException {
    must(13, paths(path));
  }

  void removeDirectory(String path) throws IOException, InterruptedException {
    must(15, paths(path));
  }

  void rename(String from, String to) throws IOException, InterruptedException {
    must(18, paths(from, to));
  }

  void link(String target, String link) throws IOException, InterruptedException {
    must(20, paths(target, link));
  }

  /// @param fields behind the name
  ByteBuffer extension(String name, Request fields) throws IOException, InterruptedException {
    Request request = new Request().text(name);
    request.out.writeBytes(fields.out.toByteArray());
    return ask(200, request).expect(201).fields;
  }

  void copy(String from, String to) throws IOException, InterruptedException {
    Request request = new Request().text("copy-file").text(from).text(to);
    request.out.write(0);
    must(200, request);
  }
}
