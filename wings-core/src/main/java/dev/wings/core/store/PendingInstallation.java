package dev.wings.core.store;

import dev.wings.core.definition.InstallationScript;

/// An installation that has begun and whose end has not been handed to the outbox yet.
///
/// @param startOnCompletion the request wanted a start afterwards
public record PendingInstallation(
    boolean reinstall, InstallationScript script, boolean startOnCompletion) {}
