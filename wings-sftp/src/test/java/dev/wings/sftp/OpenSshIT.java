package dev.wings.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.Programs.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// OpenSSH's own programs against the server; skipped where they are missing.
@Timeout(120)
class OpenSshIT {
  private static final int DATA = 3_000_000;

  @TempDir Path directory;
  private TestServer server;
  private Programs programs;
  private Path local;

  @BeforeEach
  void start() throws Exception {
    for (String program : List.of("ssh", "sftp", "scp")) {
      Programs.require(program, "openssh-client");
    }
    server = TestServer.start(directory, TestServer.roomy());
    programs = new Programs(server, directory);
    local = programs.local();
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private List<String> options(String program) {
    return programs.openSsh(program);
  }

  private Outcome run(String input, List<String> base, String... more) throws Exception {
    return programs.run(input, base, more);
  }

  private Outcome sftp(String commands, String... options) throws Exception {
    return programs.sftp(commands, options);
  }

  private byte[] random(Path file) throws IOException {
    byte[] bytes = new byte[DATA];
    new Random(22).nextBytes(bytes);
    Files.write(file, bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "default",
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "aes128-ctr",
        "aes256-ctr"
      })
  void filesGoThereAndBack(String cipher) throws Exception {
    byte[] bytes = random(local.resolve("big"));
    String[] options = cipher.equals("default") ? new String[0] : new String[] {"-c", cipher};

    Outcome outcome =
        sftp("mkdir world\nput big world/big\nls -l world\nget world/big back\n", options);

    assertThat(outcome.status()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains(String.valueOf(DATA));
    assertThat(server.files().resolve("world/big")).hasBinaryContent(bytes);
    assertThat(local.resolve("back")).hasBinaryContent(bytes);
  }

  @Test
  void treesOfManyFilesGoThereAndBack() throws Exception {
    Path tree = Files.createDirectories(local.resolve("tree/deep"));
    for (int i = 0; i < 300; i++) {
      Files.writeString(tree.resolve("file" + i), "content " + i);
    }

    Outcome outcome = sftp("put -r tree\nget -r tree back\n");

    assertThat(outcome.status()).as(outcome.output()).isZero();
    for (int i = 0; i < 300; i++) {
      assertThat(local.resolve("back/deep/file" + i)).hasContent("content " + i);
    }
  }

  @Test
  void aPasswordLogsIn() throws Exception {
    Path askPass = directory.resolve("ask");
    Files.writeString(askPass, "#!/bin/sh\necho '" + TestServer.PASSWORD + "'\n");
    Files.setPosixFilePermissions(askPass, PosixFilePermissions.fromString("rwx------"));
    List<String> command = new ArrayList<>(List.of("/usr/bin/env"));
    command.addAll(
        List.of("SSH_ASKPASS=" + askPass, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:0", "setsid"));
    command.addAll(options("sftp"));
    command.addAll(List.of("-o", "PubkeyAuthentication=no"));

    Outcome outcome = run("pwd\n", command, TestServer.USER + "@127.0.0.1");

    assertThat(outcome.status()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains("Remote working directory: /");
  }

  @Test
  void scpCopiesBothWays() throws Exception {
    byte[] bytes = random(local.resolve("big"));
    String remote = TestServer.USER + "@127.0.0.1:";

    Outcome up = run("", options("scp"), "big", remote + "/copy");
    Outcome down = run("", options("scp"), remote + "/copy", "back");

    assertThat(up.status()).as(up.output()).isZero();
    assertThat(down.status()).as(down.output()).isZero();
    assertThat(local.resolve("back")).hasBinaryContent(bytes);
  }

  @Test
  void keysAreExchangedAnewInTheMiddleOfATransfer() throws Exception {
    byte[] bytes = random(local.resolve("big"));

    String cheap = "KexAlgorithms=curve25519-sha256"; // there are about a hundred exchanges
    Outcome outcome = sftp("put big\nget big back\n", "-o", "RekeyLimit=300K", "-o", cheap);

    assertThat(outcome.status()).as(outcome.output()).isZero();
    assertThat(local.resolve("back")).hasBinaryContent(bytes);
  }

  @Proves("SF-07")
  @Test
  void nothingButSftpIsThere() throws Exception {
    String host = TestServer.USER + "@127.0.0.1";

    assertThat(run("", options("ssh"), host, "id").output()).contains("exec request failed");
    assertThat(run("", options("ssh"), "-T", host).output()).contains("shell request failed");
    assertThat(run("", options("ssh"), "-tt", host).output()).contains("request failed");
    assertThat(run("", options("ssh"), "-s", host, "netconf").output())
        .contains("subsystem request failed");
    assertThat(run("x", options("ssh"), "-W", "127.0.0.1:22", host).output())
        .contains("stdio forwarding failed");
    assertThat(
            run(
                    "",
                    options("ssh"),
                    "-o",
                    "ExitOnForwardFailure=yes",
                    "-N",
                    "-R",
                    "127.0.0.1:0:127.0.0.1:1",
                    host)
                .output())
        .contains("remote port forwarding failed");
    assertThat(run("", options("scp"), "-O", "nothing", host + ":/x").status()).isNotZero();
  }

  @Test
  void aConsoleRunsCommandsAndReadsLines() throws Exception {
    server.shell(new EchoShell());
    String host = TestServer.USER + "@127.0.0.1";

    Outcome command = run("", options("ssh"), host, "say hi");
    Outcome session = run("list players", options("ssh"), "-T", host);

    assertThat(command).isEqualTo(new Outcome(7, "ran say hi"));
    assertThat(session).isEqualTo(new Outcome(0, "hello\r\nlist players"));
  }

  @Proves("SF-06")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Ciphers=aes128-cbc",
        "Ciphers=3des-cbc",
        "Ciphers=chacha20-poly1305@openssh.com",
        "KexAlgorithms=diffie-hellman-group14-sha1",
        "KexAlgorithms=diffie-hellman-group1-sha1",
        "HostKeyAlgorithms=ssh-rsa"
      })
  void weakAlgorithmsGetNoConnection(String option) throws Exception {
    Outcome outcome = sftp("pwd\n", "-o", option);

    assertThat(outcome.status()).isNotZero();
    assertThat(outcome.output()).doesNotContain("Remote working directory");
  }
}
