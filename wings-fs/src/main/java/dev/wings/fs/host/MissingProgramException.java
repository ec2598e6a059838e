package dev.wings.fs.host;

import java.io.IOException;

/// A program cannot be started, most likely because it is not installed.
public final class MissingProgramException extends IOException {
  private static final long serialVersionUID = 1L;

  MissingProgramException(String program) {
    super("the program '%s' cannot be started, is it installed?".formatted(program));
  }

  public MissingProgramException(String program, IOException cause) {
    this(program);
    initCause(cause);
  }
}
