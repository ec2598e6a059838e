package dev.wings.core.egg;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.wings.core.testing.Proves;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PlaceholdersTest {
  private static String resolve(String template) {
    var server = new EggServer(Path.of("unused")).variable("X", "{{env.N}}");
    server.environment.put("N", IntNode.valueOf(7));
    return new Placeholders(server.definition(), EggServer.DOCKER_INTERFACE).resolve(template);
  }

  @ParameterizedTest
  @CsvSource({
    "env.N,7",
    "environment.N,7",
    "env.N.more,7",
    "env.missing,''",
    "server.env.N,7",
    "server.environment.N,7",
    "server.build.env.N,7",
    "server.build.environment.N,7",
    "server.build.memory,2048",
    "server.build.memory_limit,2048",
    "server.build.overhead_memory,128",
    "server.build.swap,-1",
    "server.build.io,500",
    "server.build.io_weight,500",
    "server.build.cpu,150",
    "server.build.cpu_limit,150",
    "server.build.disk,4096",
    "server.build.disk_space,4096",
    "server.build.threads,''",
    "server.build.oom_disabled,true",
    "server.build.oom_killer,false",
    "server.build.image,img:1~",
    "server.container.image,img:1~",
    "server.build.default.ip,10.9.8.7",
    "server.allocations.default.ip,10.9.8.7",
    "server.build.default.port,25565",
    "server.allocations.default.port,25565",
    "server.allocations.force_outgoing_ip,true",
    "server.uuid,11111111-1111-4111-8111-111111111111",
    "server.suspended,false",
    "server.invocation,java -jar x",
    "server.skip_egg_scripts,true",
    "server.service.skip_scripts,true",
    "server.meta.name,My Server",
    "server.meta.description,A description",
    "server.egg.id,22222222-2222-4222-8222-222222222222",
    "server.service.egg,22222222-2222-4222-8222-222222222222",
    "server.rebuild,false",
    "server.container.requires_rebuild,false",
    "server.labels.a.b,label",
    "server.labels.c,''",
    "server.mounts.0.source,/src",
    "server.mounts.0.target,/dst",
    "server.mounts.0.read_only,true",
    "server.mounts.1.source,''",
    "server.mounts.x.source,''",
    "server,''",
    "nothing.known,''",
    "config.docker.interface,172.18.0.1",
    "config.docker.network.interface,172.18.0.1",
  })
  void everyPathOfTheTableHasItsValue(String path, String value) {
    assertThat(resolve("<{{ " + path + "  }}>")).isEqualTo("<" + value + ">");
  }

  @ParameterizedTest
  @CsvSource({"{{env.X}},{{env.N}}", "a{{env.N,a{{env.N", "{{env.N}}{{env.N}},77", "}}{{,}}{{"})
  void textIsScannedOnceFromLeftToRight(String template, String result) {
    assertThat(resolve(template)).isEqualTo(result);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.token",
        "config.token_id",
        "config.uuid",
        "config.remote",
        "config.api.ssl.key",
        "config.api.port",
        "config.system.data",
        "config.system.sftp.bind_port",
        "config.docker.registries",
        "config.docker",
        "config.docker.network",
        "config.docker.network.name",
        "config.app_name",
        "config."
      })
  @Proves("CP-04")
  void noKeyOfTheDaemonsConfigurationResolves(String path) {
    assertThat(resolve("a {{ " + path + " }} b")).isEqualTo("a {{" + path + "}} b");
  }
}
