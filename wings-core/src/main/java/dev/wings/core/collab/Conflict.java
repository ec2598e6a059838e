package dev.wings.core.collab;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/// The file on the disk is not the one that the edits were made on.
///
/// @param hash of the file on the disk in hexadecimal, null when it cannot be read
/// @param deleted whether there is none any more
record Conflict(@Nullable String hash, boolean deleted) {
  ObjectNode toJson() {
    return JsonNodeFactory.instance.objectNode().put("hash", hash).put("deleted", deleted);
  }
}
