package dev.wings.backup.s3;

import dev.wings.fs.archive.ArchiveFormat;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/// What a signed URL tells: where the object is, and what it is by the end of its name.
final class ObjectName {
  private ObjectName() {}

  /// The format of the object that a URL leads to, always a tar.
  ///
  /// @throws IOException when its name ends in none that is known; the URL is not in the message
  static ArchiveFormat format(String url) throws IOException {
    String path = Optional.ofNullable(parse(url).getPath()).orElse("");
    return ArchiveFormat.ofFileName(path.substring(path.lastIndexOf('/') + 1))
        .filter(format -> format.container() == ArchiveFormat.Container.TAR)
        .orElseThrow(() ->
            new IOException("the object in the storage has no name that ends as a tar file's"));
  }

  /// @throws IOException when it is no http or https URL; it is not in the message
  static URI parse(String url) throws IOException {
    try {
      URI uri = URI.create(url);
      boolean http = "http".equalsIgnoreCase(uri.getScheme());
      if ((http || "https".equalsIgnoreCase(uri.getScheme())) && uri.getHost() != null) {
        return uri;
      }
    } catch (IllegalArgumentException malformed) {
      // the exception quotes the URL
    }
    throw new IOException("the panel sent something that is no URL of a storage");
  }
}
