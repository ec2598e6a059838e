package dev.wings.core.activity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One entry of the activity log (`websocket.md` 5).
///
/// @param event such as `server:power.start`
/// @param metadata JSON object or null
public record Activity(
    Actor actor, UUID server, String event, @Nullable ObjectNode metadata, Instant timestamp) {}
