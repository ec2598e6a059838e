package dev.wings.core.container;

/// The kinds of containers the daemon creates and their `ContainerType` label (`containers.md` 2).
public enum ContainerKind {
  SERVER("server_process"),
  INSTALLER("server_installer"),
  SCRIPT("script_runner");

  private final String label;

  ContainerKind(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }
}
