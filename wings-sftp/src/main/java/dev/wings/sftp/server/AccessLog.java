package dev.wings.sftp.server;

import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The lines about logins and connections. Their form is fixed, so that programs like fail2ban can
/// read them (`docs/fail2ban`): everything stands in the message, names of users consist of
/// harmless characters without blanks, and each line ends with `from ADDRESS port PORT`.
final class AccessLog {
  private static final Logger log = LoggerFactory.getLogger("dev.wings.sftp.access");
  private static final String HARMLESS =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+";
  private static final int MAX_NAME = 96;
  private static final int MAX_TEXT = 160;

  private AccessLog() {}

  static void failed(String user, String method, String reason, InetSocketAddress from) {
    log.info(
        "sftp login failed for {} by {} ({}) from {} port {}",
        name(user),
        method,
        text(reason),
        address(from),
        from.getPort());
  }

  /// Refused because nobody could be asked.
  static void unanswered(String user, String method, String reason, InetSocketAddress from) {
    log.info(
        "sftp login undecided for {} by {} ({}) from {} port {}",
        name(user),
        method,
        text(reason),
        address(from),
        from.getPort());
  }

  static void limited(String user, String method, InetSocketAddress from) {
    log.info(
        "sftp login refused by limit for {} by {} from {} port {}",
        name(user),
        method,
        address(from),
        from.getPort());
  }

  static void connectionLimited(InetSocketAddress from) {
    log.debug("sftp connection refused by limit from {} port {}", address(from), from.getPort());
  }

  static void accepted(String user, String method, Object owner, InetSocketAddress from) {
    log.info(
        "sftp login of {} by {} (user {}) from {} port {}",
        name(user),
        method,
        text(String.valueOf(owner)),
        address(from),
        from.getPort());
  }

  static void disconnected(String user, String reason, InetSocketAddress from) {
    log.info(
        "sftp disconnected {} ({}) from {} port {}",
        name(user),
        text(reason),
        address(from),
        from.getPort());
  }

  static String address(InetSocketAddress from) {
    String text = from.getAddress().getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  /// A name without anything that could end the line or imitate another part of it.
  static String name(String user) {
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < user.length() && safe.length() < MAX_NAME; i++) {
      char c = user.charAt(i);
      safe.append(HARMLESS.indexOf(c) >= 0 ? c : '?');
    }
    return safe.isEmpty() ? "?" : safe.toString();
  }

  /// Text of the other side or of a library: printable ASCII, no brackets, bounded.
  static String text(String text) {
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < text.length() && safe.length() < MAX_TEXT; i++) {
      char c = text.charAt(i);
      safe.append(c >= ' ' && c < 0x7f && c != '(' && c != ')' ? c : '?');
    }
    return safe.toString();
  }
}
