package dev.wings.docker.internal.network;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.github.dockerjava.core.command.CreateNetworkCmdImpl;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The body of a network's create request: docker-java's, with the two members that it does not
/// know and without a second `enableIPv6` that its getter would add. Sent with
/// `EngineCommands.send`; it cannot send itself.
@SuppressWarnings("UnusedVariable") // Jackson reads the fields
@JsonAutoDetect(getterVisibility = Visibility.NONE, isGetterVisibility = Visibility.NONE)
final class NetworkDocument extends CreateNetworkCmdImpl {
  @JsonProperty("EnableIPv4")
  private @Nullable Boolean enableIpv4;

  @JsonProperty("Ingress")
  private @Nullable Boolean ingress;

  NetworkDocument(String name, String driver, Map<String, String> options) {
    super(_ -> {
      throw new UnsupportedOperationException("only a document");
    });
    withName(name);
    withDriver(driver);
    withOptions(options);
  }

  NetworkDocument withEnableIpv4(boolean enabled) {
    enableIpv4 = enabled;
    return this;
  }

  NetworkDocument withIngress(boolean enabled) {
    ingress = enabled;
    return this;
  }
}
