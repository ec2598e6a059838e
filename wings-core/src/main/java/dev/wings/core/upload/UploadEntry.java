package dev.wings.core.upload;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One upload at one moment (`http-api.md` A.10).
///
/// @param name of the staging file
/// @param targetName name that the file gets when it is complete
/// @param directory that holds both, relative to the server's root
/// @param user null for a staging file that nobody is known to upload
/// @param uploaded bytes so far
/// @param total bytes that were announced, null when unknown
/// @param resumable whether the client sends slices
/// @param active whether bytes arrive at this moment
public record UploadEntry(
    String name,
    String targetName,
    String directory,
    @Nullable UUID user,
    @Nullable String userName,
    long uploaded,
    @Nullable Long total,
    boolean resumable,
    boolean active,
    @Nullable Instant started,
    @Nullable Instant updated) {
  /// What the name of a file ends in until it is complete.
  public static final String STAGING_SUFFIX = ".upload-part";

  /// A staging file that was found on disk and that nobody is known to upload.
  public static UploadEntry orphan(String targetName, String directory, long uploaded) {
    return new UploadEntry(
        targetName + STAGING_SUFFIX,
        targetName,
        directory,
        null,
        null,
        uploaded,
        null,
        false,
        false,
        null,
        null);
  }

  /// Path of the finished file, relative to the server's root.
  public String target() {
    return directory.isEmpty() ? targetName : directory + "/" + targetName;
  }

  public ObjectNode toJson() {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("name", name);
    json.put("target_name", targetName);
    json.put("directory", directory);
    json.put("user", user == null ? null : user.toString());
    json.put("user_name", userName);
    json.put("uploaded", uploaded);
    json.put("total", total);
    json.put("resumable", resumable);
    json.put("active", active);
    json.put("started", time(started));
    json.put("updated", time(updated));
    return json;
  }

  private static @Nullable String time(@Nullable Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
