package dev.wings.sftp.subsystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InboxTest {
  private static byte[] packet(Random random, int length) {
    byte[] bytes = new byte[4 + length];
    random.nextBytes(bytes);
    ByteBuffer.wrap(bytes).putInt(0, length);
    return bytes;
  }

  private static byte[] body(Fields packet) throws StatusException {
    byte[] bytes = new byte[packet.remaining()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) packet.u8();
    }
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void givesBackThePacketsHoweverTheyArrive(long seed) throws Exception {
    Random random = new Random(seed);
    List<byte[]> packets = new ArrayList<>();
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int i = 0; i < 300; i++) {
      int length = random.nextInt(10) == 0 ? 1 + random.nextInt(200_000) : 1 + random.nextInt(60);
      packets.add(packet(random, length));
      stream.writeBytes(packets.getLast());
    }
    ByteBuffer in = ByteBuffer.wrap(stream.toByteArray());
    int longest = 1 << (seed % 4 * 5); // 1 to 32 KiB
    Inbox inbox = new Inbox();
    int next = 0;

    while (in.hasRemaining()) {
      int piece = Math.min(in.remaining(), 1 + random.nextInt(longest));
      inbox.add(in.slice(in.position(), piece));
      in.position(in.position() + piece);
      while (random.nextBoolean()) {
        Fields packet = inbox.next();
        if (packet == null) {
          break;
        }
        assertThat(ByteBuffer.wrap(body(packet)))
            .isEqualTo(ByteBuffer.wrap(packets.get(next++)).position(4).slice());
      }
    }
    Fields packet;
    while ((packet = inbox.next()) != null) {
      assertThat(ByteBuffer.wrap(body(packet)))
          .isEqualTo(ByteBuffer.wrap(packets.get(next++)).position(4).slice());
    }

    assertThat(next).isEqualTo(300);
    assertThat(inbox.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, Inbox.MAX_PACKET_BYTES + 1})
  @Proves("SF-05")
  void refusesLengthsThatCannotBeBeforeTheyAreUsed(int length) {
    byte[] bytes = ByteBuffer.allocate(9).putInt(length).array();

    assertThatThrownBy(() -> new Inbox().add(ByteBuffer.wrap(bytes)))
        .isInstanceOf(Inbox.Malformed.class)
        .hasMessageContaining(Integer.toUnsignedString(length));
    assertThatThrownBy(
            () -> {
              Inbox inbox = new Inbox();
              for (byte b : bytes) {
                inbox.add(ByteBuffer.wrap(new byte[] {b}));
              }
            })
        .isInstanceOf(Inbox.Malformed.class);
  }

  @Test
  @Proves("SF-05")
  void takesThePacketsOfTheGreatestLength() throws Exception {
    Inbox inbox = new Inbox();
    byte[] bytes = packet(new Random(9), Inbox.MAX_PACKET_BYTES);

    inbox.add(ByteBuffer.wrap(bytes));

    assertThat(inbox.next()).isNotNull();
  }
}
