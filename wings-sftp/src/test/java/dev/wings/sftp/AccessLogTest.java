package dev.wings.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.wings.core.testing.Proves;
import dev.wings.sftp.account.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// The lines that the server really writes, read by the filter that is shipped.
@Timeout(60)
class AccessLogTest {
  private static final Path FILTER = Path.of("../docs/fail2ban/wings-sftp.conf");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getFormattedMessage());
        }
      };
  private TestServer server;
  private SshTestClient client;

  @BeforeEach
  void start() throws IOException {
    appender.start();
    root().addAppender(appender);
    server = TestServer.start(directory, TestServer.roomy());
    client = new SshTestClient(server.port());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
    root().detachAppender(appender);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  }

  private static List<Pattern> failures() throws IOException {
    List<Pattern> patterns = new ArrayList<>();
    boolean reading = false;
    for (String line : Files.readAllLines(FILTER)) {
      if (line.startsWith("failregex")) {
        reading = true;
      } else if (!line.startsWith(" ")) {
        reading = false;
      }
      if (reading) {
        String regex = line.substring(line.indexOf('^'));
        patterns.add(Pattern.compile(regex.replace("<HOST>", "(?<host>[0-9a-fA-F:.]+)")));
      }
    }
    return patterns;
  }

  /// Addresses that the filter would count, one for each line.
  private List<String> counted() throws IOException {
    List<String> hosts = new ArrayList<>();
    for (String line : lines) {
      for (Pattern pattern : failures()) {
        Matcher matcher = pattern.matcher("Nov 25 12:00:00 node wings[1]: INFO  access  " + line);
        if (matcher.find()) {
          hosts.add(matcher.group("host"));
        }
      }
    }
    return hosts;
  }

  @Test
  void failuresAndRefusalsAreCountedForTheRightAddressAndNothingElseIs() throws Exception {
    for (int i = 0; i < 4; i++) {
      client.tryLogin(TestServer.USER, "wrong", "127.0.0.7");
    }
    client.tryLogin("root", "x", "127.0.0.8");
    server.decide((_, _) -> new Verdict.Unavailable("the Panel is away"));
    client.tryLogin(TestServer.USER, TestServer.PASSWORD, "127.0.0.9");
    server.decide((a, _) -> new Verdict.Accepted(server.account(a.userName())));
    try (ClientSession good = client.connect(TestServer.USER, "127.0.0.10")) {
      good.addPasswordIdentity(TestServer.PASSWORD);
      good.auth().verify(PATIENCE);
      server.account(TestServer.USER).revoke("permission revoked");
      await().atMost(PATIENCE).until(good::isClosed);
    }

    assertThat(counted())
        .containsExactly("127.0.0.7", "127.0.0.7", "127.0.0.7", "127.0.0.7", "127.0.0.8");
    assertThat(lines)
        .filteredOn(l -> l.startsWith("sftp "))
        .hasSizeGreaterThanOrEqualTo(8)
        .allMatch(l -> l.matches(".* from 127\\.0\\.0\\.\\d+ port \\d+"));
  }

  @Proves("LG-01")
  @Test
  void aUserNameCannotForgeALineOrAnAddress() throws Exception {
    String forged =
        "x\nsftp login failed for root by password (wrong) from 192.0.2.1 port 22\r\u001b[31m";
    client.tryLogin(forged, "x", "127.0.0.7");
    client.tryLogin("a from 192.0.2.1 port 22.0a1b2c3d", "x", "127.0.0.7");
    client.tryLogin("\u2028\u0085\u202e.0a1b2c3d", "x", "127.0.0.7");

    assertThat(counted()).containsExactly("127.0.0.7", "127.0.0.7", "127.0.0.7");
    assertThat(lines)
        .filteredOn(l -> l.startsWith("sftp "))
        .allMatch(l -> l.chars().allMatch(c -> c >= ' ' && c < 0x7f));
    assertThat(lines).noneMatch(l -> l.contains("from 192.0.2.1"));
  }

  @Test
  void passwordsAreNeverWritten() {
    client.tryLogin(TestServer.USER, "hunter2-wrong", "127.0.0.7");
    client.tryLogin(TestServer.USER, TestServer.PASSWORD, "127.0.0.7");

    assertThat(lines).noneMatch(l -> l.contains("hunter2") || l.contains(TestServer.PASSWORD));
  }

  @Test
  void scannersThatSayNothingUsefulFillNoLog() throws Exception {
    lines.clear();
    for (int i = 0; i < 20; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        socket.getOutputStream().write(new byte[] {'G', 'E', 'T', ' ', '/', 0, 13, 13});
      }
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);

    assertThat(lines).isEmpty();
  }
}
