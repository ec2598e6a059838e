package dev.wings.core.collab.document;

/// Units whose place and content are forgotten.
final class Collected extends Struct {
  private int length;

  Collected(long client, int clock, int length) {
    super(client, clock);
    this.length = length;
  }

  @Override
  int length() {
    return length;
  }

  @Override
  boolean deleted() {
    return true;
  }

  void extendTo(int end) {
    length = end - clock();
  }
}
