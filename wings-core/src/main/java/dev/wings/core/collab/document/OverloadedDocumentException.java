package dev.wings.core.collab.document;

/// An update asks for more work or memory than a document may cost. The document is consistent but
/// may hold only a part of the update, so it is no longer what others have: it must be given up.
public final class OverloadedDocumentException extends Exception {
  private static final long serialVersionUID = 1;

  OverloadedDocumentException(String message) {
    super(message);
  }
}
