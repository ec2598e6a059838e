package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.view.FileViews;
import org.jspecify.annotations.Nullable;

/// What somebody wants to be fetched (`http-api.md` 8.16).
///
/// @param root directory that the file goes to, made when it is missing
/// @param fileName a single name, null to find one
/// @param useHeader whether the server may name the file
/// @param views of the server that gets the file, as the acting user sees them
public record PullRequest(
    String root, String url, @Nullable String fileName, boolean useHeader, FileViews views) {
  public PullRequest {
    requireNonNull(root, "root");
    requireNonNull(url, "url");
    requireNonNull(views, "views");
  }
}
