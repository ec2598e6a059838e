package dev.wings.daemon.ws;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.upload.UploadEntry;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What one user may see of the uploads under way (`websocket.md` 1.8).
final class UploadView {
  private UploadView() {}

  /// The entries that are not hidden; all that there are when nothing is.
  ///
  /// @param ignored patterns of the user; when they cannot be understood nothing is shown
  static List<UploadEntry> visible(ServerEvent.FileUploads uploads, List<String> ignored) {
    if (ignored.isEmpty()) {
      return uploads.entries();
    }
    Optional<PathFilter> filter = IgnoreList.compile(ignored);
    if (filter.isEmpty()) {
      return List.of();
    }
    List<UploadEntry> visible = new ArrayList<>();
    for (UploadEntry entry : uploads.entries()) {
      if (!filter.get().hides(entry.target(), /* directory= */ false)) {
        visible.add(entry);
      }
    }
    return visible;
  }

  static String json(List<UploadEntry> entries) {
    return JsonNodeFactory.instance
        .arrayNode()
        .addAll(entries.stream().map(UploadEntry::toJson).toList())
        .toString();
  }
}
