package dev.wings.core.collab;

/// Texts of `file collab error`.
public final class CollabErrors {
  /// Not an error but a command: drop the document and subscribe again.
  public static final String RESYNC = "resync";

  public static final String MISSING_PERMISSION = "missing permission";
  public static final String DISABLED = "collaborative editing is disabled on this node";
  public static final String UNEXPECTED = "an unexpected error occurred";
  public static final String NOT_FOUND = "file not found";
  public static final String NOT_A_FILE = "file is not a file";
  public static final String NOT_PRIMARY = "file is not on the primary filesystem";
  public static final String TOO_LARGE = "file is too large for collaborative editing";
  public static final String NO_SPACE = "not enough disk space to save the file";
  static final String NOT_TEXT = "file is not valid UTF-8 text";
  static final String TOO_MANY_SESSIONS = "too many collaborative editing sessions";
  static final String TOO_MANY_EDITORS = "too many editors for this file";
  static final String EDITOR_ID = "editor id is too long";
  static final String NOT_SUBSCRIBED = "not subscribed to this file";
  static final String BAD_UPDATE = "bad update";

  private CollabErrors() {}
}
