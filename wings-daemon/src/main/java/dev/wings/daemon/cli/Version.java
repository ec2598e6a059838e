package dev.wings.daemon.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// The version that the build wrote into the jar.
final class Version {
  private Version() {}

  /// Strict semver.
  static String current() {
    try (InputStream in =
        Version.class.getResourceAsStream("/dev/wings/daemon/version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
