package dev.wings.sftp.bench;

import dev.wings.sftp.TestServer;
import dev.wings.sftp.limit.SftpLimits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Prints the figures of the SFTP server, OpenSSH's `sshd` with its internal SFTP server beside it
/// in the same run: the real `sftp` client, over the loopback, with all files in memory
/// (`/dev/shm`). Then the memory of connections that do nothing. Needs root, `openssh-client` and
/// `openssh-server`. Arguments: rounds (3), MiB of the large file (1024), small files (10000), idle
/// connections (1000; 0 leaves the part out).
final class SftpBench {
  private static final String DEFAULT = "default";
  private static final List<String> CIPHERS =
      List.of(DEFAULT, "aes128-gcm@openssh.com", "aes128-ctr", "chacha20-poly1305@openssh.com");
  private static final int SMALL_BYTES = 4096;

  private final Path directory;
  private final Path key;
  private final int rounds;
  private final int mebibytes;
  private final int smallFiles;

  /// A server under test.
  private interface Subject {
    String name();

    String user();

    int port();

    /// Where its files go, as the client names it.
    String home();

    double cpuSeconds() throws IOException;
  }

  private SftpBench(Path directory, int rounds, int mebibytes, int smallFiles) {
    this.directory = directory;
    this.key = directory.resolve("key");
    this.rounds = rounds;
    this.mebibytes = mebibytes;
    this.smallFiles = smallFiles;
  }

  public static void main(String[] arguments) throws Exception {
    List<Integer> numbers = new ArrayList<>(List.of(3, 1024, 10_000, 1000));
    for (int i = 0; i < arguments.length; i++) {
      numbers.set(i, Integer.valueOf(arguments[i]));
    }
    Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "wings-sftp-bench");
    try {
      new SftpBench(directory, Math.max(1, numbers.get(0)), numbers.get(1), numbers.get(2)).run();
      if (numbers.get(3) > 0) {
        new IdleBench(directory).run(numbers.get(3));
      }
    } finally {
      command(directory, "rm", "-rf", directory.toString());
    }
    System.exit(0); // threads of the library
  }

  private void run() throws Exception {
    prepare();
    try (TestServer ours = TestServer.start(directory.resolve("ours"), TestServer.roomy())) {
      String[] parts = Files.readString(directory.resolve("key.pub")).split(" ", -1);
      ours.key(TestServer.USER, parts[0] + " " + parts[1].strip());
      ours.limit(limits());
      List<Subject> subjects = new ArrayList<>();
      subjects.add(wings(ours));
      if (OpenSshServer.installed()) {
        try (OpenSshServer theirs = OpenSshServer.start(directory, directory.resolve("key.pub"))) {
          subjects.add(openSsh(theirs));
          compare(subjects);
        }
      } else {
        System.out.println("sshd is missing (openssh-server): only our own figures");
        compare(subjects);
      }
    }
  }

  static SftpLimits limits() {
    SftpLimits d = SftpLimits.DEFAULT;
    return new SftpLimits(
        false, true, 3, 20, d.cooldown(), 10_000, 10, 32, 1024, 0, d.entriesPerReply());
  }

  private void compare(List<Subject> subjects) throws Exception {
    System.out.printf(
        "sftp, loopback, /dev/shm, %d MiB and %d files of %d bytes, best of %d rounds after one to"
            + " warm up%n",
        mebibytes, smallFiles, SMALL_BYTES, rounds);
    for (String cipher : CIPHERS) {
      for (Subject subject : subjects) {
        large(subject, cipher);
      }
    }
    for (Subject subject : subjects) {
      small(subject);
    }
  }

  private void prepare() throws Exception {
    command(directory, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString());
    byte[] block = new byte[1 << 20];
    Random random = new Random(1);
    try (OutputStream big = Files.newOutputStream(directory.resolve("big"))) {
      for (int i = 0; i < mebibytes; i++) {
        random.nextBytes(block);
        big.write(block);
      }
    }
    Path small = Files.createDirectory(directory.resolve("small"));
    byte[] content = new byte[SMALL_BYTES];
    for (int i = 0; i < smallFiles; i++) {
      Files.write(small.resolve("file" + i), content);
    }
    Files.createDirectory(directory.resolve("theirs"));
  }

  private void large(Subject subject, String cipher) throws Exception {
    String there = subject.home() + "big";
    double[] put = best(subject, cipher, "put big " + there, "");
    if (put.length == 0) {
      System.out.printf("  %-8s %-30s not offered%n", subject.name(), cipher);
      return;
    }
    double[] get = best(subject, cipher, "get " + there + " back", "");
    if (Files.mismatch(directory.resolve("big"), directory.resolve("back")) >= 0) {
      throw new IOException("the copy differs");
    }
    double gibibytes = mebibytes / 1024.0;
    System.out.printf(
        "  %-8s %-30s put %5.0f MiB/s, %.2f CPU s/GiB; get %5.0f MiB/s, %.2f CPU s/GiB%n",
        subject.name(),
        cipher,
        mebibytes / put[0],
        put[1] / gibibytes,
        mebibytes / get[0],
        get[1] / gibibytes);
  }

  private void small(Subject subject) throws Exception {
    double[] put = best(subject, DEFAULT, "put -r small " + subject.home(), "");
    double[] get = best(subject, DEFAULT, "get -r " + subject.home() + "small got", "got");
    System.out.printf(
        "  %-8s %d small files: put %.2f s, %.2f CPU s; get %.2f s, %.2f CPU s%n",
        subject.name(), smallFiles, put[0], put[1], get[0], get[1]);
  }

  /// @param remove what the client made and the next round must not find, or empty
  /// @return seconds and CPU seconds of the server in the fastest round; empty when it failed
  private double[] best(Subject subject, String cipher, String line, String remove)
      throws Exception {
    double[] best = {Double.MAX_VALUE, 0};
    for (int round = -1; round < rounds; round++) {
      double cpu = subject.cpuSeconds();
      long start = System.nanoTime();
      List<String> options = new ArrayList<>(List.of("sftp", "-q", "-b", "-", "-F", "none"));
      for (String option :
          List.of(
              "StrictHostKeyChecking=no",
              "UserKnownHostsFile=/dev/null",
              "LogLevel=ERROR",
              "IdentitiesOnly=yes",
              "IdentityFile=" + key,
              "Port=" + subject.port())) {
        options.add("-o");
        options.add(option);
      }
      if (!cipher.equals(DEFAULT)) {
        options.add("-c");
        options.add(cipher);
      }
      options.add(subject.user() + "@127.0.0.1");
      Process client =
          new ProcessBuilder(options)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("client.log").toFile())
              .start();
      client.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').close();
      int status = client.waitFor();
      double seconds = (System.nanoTime() - start) / 1e9;
      if (status != 0) {
        return new double[0];
      }
      Thread.sleep(Duration.ofMillis(100)); // sshd has to see its child's end
      if (round >= 0 && seconds < best[0]) {
        best = new double[] {seconds, subject.cpuSeconds() - cpu};
      }
      if (!remove.isEmpty()) {
        command(directory, "rm", "-rf", remove);
      }
    }
    return best;
  }

  static void command(Path directory, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(Files.isDirectory(directory) ? directory.toFile() : null)
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      String said = String.join("\n", output.lines().toList());
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
    }
  }

  private static double ownCpuSeconds() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9;
  }

  private static Subject wings(TestServer server) {
    return new Subject() {
      @Override
      public String name() {
        return "wings";
      }

      @Override
      public String user() {
        return TestServer.USER;
      }

      @Override
      public int port() {
        return server.port();
      }

      @Override
      public String home() {
        return "/";
      }

      @Override
      public double cpuSeconds() {
        return ownCpuSeconds();
      }
    };
  }

  private Subject openSsh(OpenSshServer server) {
    return new Subject() {
      @Override
      public String name() {
        return "openssh";
      }

      @Override
      public String user() {
        return System.getProperty("user.name");
      }

      @Override
      public int port() {
        return server.port();
      }

      @Override
      public String home() {
        return directory.resolve("theirs") + "/";
      }

      @Override
      public double cpuSeconds() throws IOException {
        return server.cpuSeconds();
      }
    };
  }
}
