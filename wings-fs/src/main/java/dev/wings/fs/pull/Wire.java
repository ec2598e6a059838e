package dev.wings.fs.pull;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// One connection: sends a request and reads the answer through a small buffer, with a deadline for
/// the head and one for each stretch of the body. Used by one thread at a time; interrupting it, or
/// closing the connection from another, ends a read at once.
final class Wire implements Closeable {
  private static final int BUFFER_BYTES = 8192;
  private static final int SEND_BYTES = 512 << 10;

  private final SocketChannel channel;
  private final FetchTimings timings;
  private final Watchdog watchdog;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;
  private Socket socket;
  private boolean inBody;

  /// What is left of the present stretch, and the bytes that came in it.
  private long stretchNanos;

  private int stretchBytes;

  /// @param channel connected; belongs to the wire from now on
  Wire(SocketChannel channel, FetchTimings timings) {
    this.channel = channel;
    this.timings = timings;
    this.socket = channel.socket();
    this.watchdog = new Watchdog(channel);
    watchdog.arm(timings.head());
  }

  /// Puts TLS over the connection. The certificate must be for the host.
  ///
  /// @param host name or address in canonical spelling
  void secure(SSLContext context, String host, boolean named, int port) throws IOException {
    try {
      SSLSocket tls =
          (SSLSocket)
              context.getSocketFactory().createSocket(socket, host, port, /* autoClose= */ true);
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setServerNames(named ? List.of(new SNIHostName(host)) : List.of());
      parameters.setApplicationProtocols(new String[] {"http/1.1"});
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      socket = tls;
    } catch (SSLHandshakeException refused) {
      throw watchdog.expired() ? silent(refused) : untrusted(refused);
    } catch (IllegalArgumentException noServerName) { // such as a name with an underscore
      throw new FetchException("the name of the remote server does not fit TLS", noServerName);
    } catch (IOException failure) {
      throw translated(failure, "the TLS handshake with the remote server failed");
    }
  }

  private static FetchException untrusted(SSLHandshakeException cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof java.security.cert.CertificateException) {
        return new FetchException("the certificate of the remote server is not trusted", cause);
      }
    }
    return new FetchException("the TLS handshake with the remote server failed", cause);
  }

  void send(String head) throws IOException {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(head.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    } catch (IOException failure) {
      throw translated(failure, "the remote server closed the connection");
    }
  }

  /// Sends a range of a file. Without TLS the kernel does that alone.
  void send(FileBody body) throws IOException {
    try {
      for (long done = 0; done < body.length(); ) {
        long step = Math.min(SEND_BYTES, body.length() - done);
        body.sent().accept(step);
        send(body.file(), body.offset() + done, step);
        done += step;
      }
    } catch (ClosedByInterruptException stopped) {
      throw stopped;
    } catch (IOException failure) {
      throw translated(failure, "the remote server closed the connection");
    }
  }

  private void send(FileChannel file, long from, long length) throws IOException {
    if (socket instanceof SSLSocket tls) {
      byte[] step = new byte[(int) length];
      ByteBuffer buffer = ByteBuffer.wrap(step);
      while (buffer.hasRemaining()) {
        if (file.read(buffer, from + buffer.position()) < 0) {
          throw new EOFException("the file became shorter while it was sent");
        }
      }
      tls.getOutputStream().write(step);
      return;
    }
    for (long done = 0; done < length; ) {
      long count = file.transferTo(from + done, length - done, channel);
      if (count <= 0) {
        throw new EOFException("the file became shorter while it was sent");
      }
      done += count;
    }
  }

  /// From here on the deadlines of the body count.
  void beginBody() {
    watchdog.disarm();
    inBody = true;
    stretchNanos = timings.idle().toNanos();
  }

  /// The next byte.
  ///
  /// @throws EOFException at the end
  int read() throws IOException {
    if (position == limit && !fill()) {
      throw new EOFException();
    }
    return buffer[position++] & 0xff;
  }

  /// As [InputStream#read(byte[], int, int)].
  int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position == limit) {
      if (length >= BUFFER_BYTES) {
        return receive(target, offset, length);
      }
      if (!fill()) {
        return -1;
      }
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(buffer, position, target, offset, count);
    position += count;
    return count;
  }

  private boolean fill() throws IOException {
    int count = receive(buffer, 0, BUFFER_BYTES);
    position = 0;
    limit = Math.max(0, count);
    return count > 0;
  }

  private int receive(byte[] target, int offset, int length) throws IOException {
    long begin = System.nanoTime();
    if (inBody) {
      watchdog.arm(Duration.ofNanos(stretchNanos));
    }
    int count;
    try {
      count = socket.getInputStream().read(target, offset, length);
    } catch (IOException failure) {
      throw translated(failure, "the connection to the remote server broke");
    }
    if (inBody) {
      watchdog.disarm();
      stretchBytes += Math.max(0, count);
      stretchNanos -= System.nanoTime() - begin;
      if (stretchBytes >= timings.minimumBytes()) {
        stretchBytes = 0;
        stretchNanos = timings.idle().toNanos();
      }
    }
    return count;
  }

  private FetchException translated(IOException failure, String message) {
    return watchdog.expired() ? silent(failure) : new FetchException(message, failure);
  }

  private static FetchException silent(IOException cause) {
    return new FetchException("the remote server did not answer in time", cause);
  }

  /// Without a farewell, which could block.
  @Override
  public void close() throws IOException {
    watchdog.close();
    channel.close();
  }

  /// A line without its end; bytes as characters.
  ///
  /// @param budget what the line may take, its end included
  String line(int budget) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < budget; i++) {
      int c = read();
      if (c == '\n') {
        int length = line.length();
        return length > 0 && line.charAt(length - 1) == '\r'
            ? line.substring(0, length - 1)
            : line.toString();
      }
      line.append((char) c);
    }
    throw new FetchException("the answer of the remote server is too long");
  }

  /// Lines up to an empty one, within a common budget.
  List<String> lines(int budget) throws IOException {
    List<String> lines = new ArrayList<>();
    int left = budget;
    while (true) {
      String line = line(left);
      left -= line.length() + 2;
      if (line.isEmpty()) {
        return lines;
      }
      lines.add(line);
    }
  }
}
