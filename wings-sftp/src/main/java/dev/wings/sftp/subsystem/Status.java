package dev.wings.sftp.subsystem;

import java.nio.charset.StandardCharsets;

/// How a request ended, with the standard text of each code (`sftp.md` 9).
enum Status {
  OK(0, "Ok"),
  EOF(1, "End of file"),
  NO_SUCH_FILE(2, "No such file"),
  PERMISSION_DENIED(3, "Permission denied"),
  FAILURE(4, "Failure"),
  BAD_MESSAGE(5, "Bad message"),
  OP_UNSUPPORTED(8, "Operation unsupported");

  private final int code;
  private final String text;

  Status(int code, String text) {
    this.code = code;
    this.text = text;
  }

  int code() {
    return code;
  }

  byte[] text() {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
