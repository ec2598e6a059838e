package dev.wings.core.collab;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Who edits.
///
/// @param name for others to see
/// @param avatar address of a picture, null when there is none
public record Person(UUID user, String name, @Nullable String avatar) {
  ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("user", user.toString())
        .put("name", name)
        .put("avatar", avatar);
  }
}
