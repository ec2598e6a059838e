package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LxcfsWatchTest {
  private final FakeHost host = new FakeHost();
  private final AtomicBoolean enabled = new AtomicBoolean(true);
  private final LxcfsWatch watch = new LxcfsWatch("c1", host, enabled::get);

  @Test
  void aDeathIsToldOnce() {
    assertThat(watch.look(7)).isEmpty();

    host.lxcfsDied = true;

    assertThat(watch.look(7)).hasValueSatisfying(text -> assertThat(text).contains("Restart"));
    assertThat(watch.look(7)).isEmpty();
  }

  @Test
  void nobodyLooksWhereItIsNotUsed() {
    host.lxcfsDied = true;
    enabled.set(false);

    assertThat(watch.look(7)).isEmpty();
  }

  @Test
  void aProcessThatIsGoneSaysNothingAboutLxcfs() {
    HostFacts real = new LinuxHost(() -> HostMounts.NONE);

    assertThat(real.lxcfsDied(Integer.MAX_VALUE)).isFalse();
    assertThat(real.lxcfsDied(ProcessHandle.current().pid())).isFalse();
  }
}
