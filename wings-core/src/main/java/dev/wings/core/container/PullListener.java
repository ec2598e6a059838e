package dev.wings.core.container;

/// Progress of an image pull (`containers.md` 6.3). Called from the pulling thread.
public interface PullListener {
  PullListener NONE = new PullListener() {};

  /// The pull begins (not called when the image needs no pull).
  default void started(String image) {}

  /// @param extracting false while downloading
  default void layerProgress(String layer, boolean extracting, long processed, long total) {}

  default void layerCompleted(String layer) {}

  /// One status line of the engine, with a text progress bar when sizes are known.
  default void statusLine(String line) {}

  /// The pull failed; the local image is used if there is one.
  default void failed(String message, boolean localImageUsed) {}

  default void finished(String image) {}
}
