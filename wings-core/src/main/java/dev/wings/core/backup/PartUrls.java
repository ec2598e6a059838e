package dev.wings.core.backup;

import java.util.List;

/// Where consecutive parts are uploaded to by `PUT`. Whoever knows such a URL may write, so it is
/// never printed.
///
/// @param urls of consecutive parts; each is valid for a limited time
/// @param partSize bytes of every part but the last
public record PartUrls(List<String> urls, long partSize) {
  public PartUrls {
    urls = List.copyOf(urls);
  }

  @Override
  public String toString() {
    return "PartUrls[" + urls.size() + " parts of " + partSize + " bytes]";
  }
}
