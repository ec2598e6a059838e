package dev.wings.sftp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HostKeysTest {
  @TempDir Path directory;

  private Path file() {
    return directory.resolve("id_ssh_ed25519");
  }

  private void write(byte[] content, String mode) throws IOException {
    Files.write(file(), content);
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString(mode));
  }

  private KeyPair load() throws IOException {
    return HostKeys.loadOrCreate(directory, "ssh-ed25519");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "ssh-rsa"
      })
  void makesAKeyOnceAndLoadsItEverAfter(String algorithm) throws IOException {
    KeyPair made = HostKeys.loadOrCreate(directory.resolve("new/.sftp"), algorithm);
    KeyPair loaded = HostKeys.loadOrCreate(directory.resolve("new/.sftp"), algorithm);

    assertThat(KeyUtils.compareKeys(made.getPublic(), loaded.getPublic())).isTrue();
    assertThat(KeyUtils.getKeyType(made)).isEqualTo(algorithm);
    assertThat(HostKeys.fingerprint(made)).startsWith("SHA256:");
  }

  @Proves("SF-08")
  @Test
  void theFileIsTextOfItsOwnerOnlyAndNothingElseIsLeft() throws IOException {
    Path made = directory.resolve("new/.sftp");
    HostKeys.loadOrCreate(made, "ssh-ed25519");

    Path key = made.resolve("id_ssh_ed25519");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
        .isEqualTo("rwx------");
    assertThat(Files.readString(key))
        .startsWith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
        .endsWith("-----END OPENSSH PRIVATE KEY-----\n")
        .doesNotContain("\r");
    try (Stream<Path> files = Files.list(made)) {
      assertThat(files).containsExactly(key);
    }
  }

  @Proves("SF-08")
  @Test
  void refusesAnEmptyFile() throws IOException {
    write(new byte[0], "rw-------");

    assertRefused("empty");
  }

  @Proves("SF-08")
  @Test
  void refusesAKeyWithAnyDamagedCharacter() throws IOException {
    load();
    byte[] good = Files.readAllBytes(file());
    int body = "-----BEGIN OPENSSH PRIVATE KEY-----\n".length();
    int harmless = body + 70 * 4 + 4; // the comment and the padding are all that follows
    for (int i = body; i < harmless; i += 7) {
      if (good[i] == '\n') {
        continue;
      }
      byte[] damaged = good.clone();
      damaged[i] = (byte) (good[i] == 'A' ? 'B' : 'A');
      write(damaged, "rw-------");

      assertRefused("id_ssh_ed25519");
    }
  }

  @Proves("SF-08")
  @Test
  void refusesATruncatedKey() throws IOException {
    load();
    String key = Files.readString(file());
    write(key.substring(0, key.length() / 2).getBytes(StandardCharsets.US_ASCII), "rw-------");

    assertRefused("id_ssh_ed25519");
  }

  @Proves("SF-08")
  @Test
  void refusesASerialisedObjectWithoutReadingIt() throws Exception {
    ByteArrayOutputStream object = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(object)) {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      out.writeObject(generator.generateKeyPair());
    }
    write(object.toByteArray(), "rw-------");

    assertRefused("not a key in text form");
  }

  @Proves("SF-08")
  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw-r--r--", "rw----r--", "rw--w----", "rwx------"})
  void refusesAKeyThatOthersMayUse(String mode) throws IOException {
    load();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString(mode));

    assertRefused("chmod 600");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo(mode);
  }

  @Proves("SF-08")
  @Test
  void refusesALink() throws IOException {
    HostKeys.loadOrCreate(directory.resolve("elsewhere"), "ssh-ed25519");
    Files.createSymbolicLink(file(), directory.resolve("elsewhere/id_ssh_ed25519"));

    assertRefused("not a regular file");
  }

  @Test
  void refusesAKeyOfAnotherKind() throws IOException {
    HostKeys.loadOrCreate(directory, "ecdsa-sha2-nistp256");
    Files.move(directory.resolve("id_ecdsa_sha2_nistp256"), file());

    assertRefused("ecdsa-sha2-nistp256");
  }

  @Test
  void refusesAnAlgorithmThatNobodyKnows() {
    assertThatThrownBy(() -> HostKeys.loadOrCreate(directory, "ssh-dss"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key_algorithm");
  }

  @Test
  void takesOverTheKeyOfPterodactylOnceAndLeavesItsFileAlone() throws Exception {
    KeyPair theirs = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    String pem =
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(theirs.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n";
    Path old = directory.resolve("id_ed25519");
    Files.writeString(old, pem);
    Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rw-------"));

    KeyPair taken = load();

    byte[] expected = theirs.getPublic().getEncoded();
    assertThat(taken.getPublic().getEncoded()).endsWith(lastBytes(expected, 32));
    assertThat(Files.readString(old)).isEqualTo(pem);
    Files.delete(old);
    assertThat(KeyUtils.compareKeys(load().getPublic(), taken.getPublic())).isTrue();
  }

  private static byte[] lastBytes(byte[] bytes, int count) {
    return java.util.Arrays.copyOfRange(bytes, bytes.length - count, bytes.length);
  }

  private void assertRefused(String why) throws IOException {
    byte[] before = Files.readAllBytes(file());
    assertThatThrownBy(this::load).isInstanceOf(IOException.class).hasMessageContaining(why);
    assertThat(Files.readAllBytes(file())).isEqualTo(before); // never overwritten
  }
}
