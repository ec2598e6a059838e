package dev.wings.core.collab.document;

/// Units that an update leaves out. Never part of a document.
final class Gap extends Struct {
  private final int length;

  Gap(long client, int clock, int length) {
    super(client, clock);
    this.length = length;
  }

  @Override
  int length() {
    return length;
  }

  @Override
  boolean deleted() {
    return false;
  }
}
