package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.wings.core.testing.Proves;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

class RequestLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.wings.daemon.http.requests");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AtomicLong nanos = new AtomicLong();
  private final RequestLog log = new RequestLog(nanos::get);

  @BeforeEach
  void listen() {
    lines.start();
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.addAppender(lines);
  }

  @AfterEach
  void restore() {
    logger.detachAppender(lines);
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  private static String value(ILoggingEvent event, String key) {
    for (KeyValuePair pair : event.getKeyValuePairs()) {
      if (pair.key.equals(key)) {
        return String.valueOf(pair.value);
      }
    }
    throw new AssertionError("no " + key);
  }

  @Test
  void surplusLinesAreCountedAndReportedOnce() {
    for (int i = 0; i < 1000; i++) {
      log.record("GET", "/api/system", null, null, 200, 5, 250);
    }
    assertThat(lines.list).hasSize(250);

    nanos.addAndGet(1_000_000_001L);
    log.record("GET", "/api/system", null, null, 200, 5, 250);

    assertThat(lines.list).hasSize(252);
    assertThat(value(lines.list.get(250), "count")).isEqualTo("750");
  }

  @Test
  void zeroIsUnlimited() {
    for (int i = 0; i < 1000; i++) {
      log.record("GET", "/", null, null, 200, 5, 0);
    }

    assertThat(lines.list).hasSize(1000);
  }

  @Test
  @Proves("LG-04")
  void secretsOfTheQueryNeverAppear() {
    String canary = "eyJhbGciOiJIUzI1NiJ9.canary";
    for (String query :
        new String[] {
          "token=" + canary, "a=1&token=" + canary + "&b=2", "TOKEN=" + canary,
          "%74oken=" + canary, "tok%65n=" + canary, "%zz=" + canary
        }) {
      log.record("GET", "/download/file", query, null, 200, 5, 0);
    }

    assertThat(lines.list).hasSize(6);
    assertThat(lines.list)
        .allSatisfy(line -> assertThat(value(line, "query")).doesNotContain("canary"));
    assertThat(value(lines.list.get(1), "query")).isEqualTo("a=1&token=[redacted]&b=2");
  }

  @Test
  @Proves("LG-01")
  void whatIsNotPrintableIsEscapedOnOneLine() {
    log.record("GET", "/a\r\nb\u001b[31m\u0085\u202e\u0000", "x=\n", null, 200, 5, 0);
    log.record("GET", "/" + "a".repeat(5000), null, null, 200, 5, 0);

    assertThat(value(lines.list.get(0), "path"))
        .isEqualTo("/a\\u000d\\u000ab\\u001b[31m\\u0085\\u202e\\u0000");
    assertThat(value(lines.list.get(0), "query")).isEqualTo("x=\\u000a");
    assertThat(value(lines.list.get(1), "path")).hasSize(1024 + 3);
  }
}
