package dev.wings.docker.internal.container;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.github.dockerjava.core.command.CreateContainerCmdImpl;

/// The body of a create request: docker-java's command without the members that it always sends.
/// Sent with `EngineCommands.send`; it cannot send itself.
@JsonIgnoreProperties("Volumes")
class ContainerDocument extends CreateContainerCmdImpl {
  ContainerDocument(String name, String image) {
    super(
        _ -> {
          throw new UnsupportedOperationException("only a document");
        },
        /* authConfig= */ null,
        image);
    withName(name);
  }

  /// Of an installer or script, which has no ports.
  @JsonIgnoreProperties({"Volumes", "ExposedPorts"})
  static final class Script extends ContainerDocument {
    Script(String name, String image) {
      super(name, image);
    }
  }
}
