package dev.wings.core.panel;

import java.util.UUID;

/// Durable queue of results that the Panel must learn. When a method returns the result is on disk;
/// delivery goes on in the background, in order per server, with back-off, across restarts
/// (`threats.md` PN-03).
public interface Outbox {
  void installationFinished(UUID server, boolean successful, boolean reinstall);
}
