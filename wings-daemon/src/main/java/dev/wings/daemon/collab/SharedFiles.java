package dev.wings.daemon.collab;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.collab.CollabErrors;
import dev.wings.core.collab.CollabFiles;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.server.Server;
import dev.wings.core.volume.FileWork;
import dev.wings.core.volume.ServerVolume;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.upload.Replacement;
import dev.wings.fs.view.FileViews;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/// The files of one server's volume for collaborative editing (`websocket.md` 1.10): what the egg's
/// deny list or the user's live ignore list hides does not exist.
public final class SharedFiles implements CollabFiles {
  private final Server server;
  private final SaveHistory history;
  private final BiFunction<Server, PathFilter, FileViews> views;

  /// Of a server without mounts, backups and archives.
  public SharedFiles(Server server, SaveHistory history) {
    this(server, history, FileViews::of);
  }

  /// @param views what the paths of a server lead into, such as `ViewSources::of`
  public SharedFiles(
      Server server, SaveHistory history, BiFunction<Server, PathFilter, FileViews> views) {
    this.server = server;
    this.history = history;
    this.views = views;
  }

  @Override
  public List<List<String>> rules(UUID user) {
    return List.of(server.definition().settings().egg().fileDenylist(), ignored(user));
  }

  private List<String> ignored(UUID user) {
    return server
        .permissions()
        .find(user)
        .map(LivePermissions.Entry::ignoredFiles)
        .orElse(List.of());
  }

  @Override
  public String resolve(String path, UUID user) throws IOException, InterruptedException {
    PathFilter hidden =
        IgnoreList.compile(ignored(user))
            .orElseThrow(() -> WingsException.notFound(CollabErrors.NOT_FOUND));
    return server.onFiles(() -> {
      try {
        return resolve(views.apply(server, hidden).locate(path));
      } catch (InvalidPathException
          | NoSuchFileException
          | NotDirectoryException
          | FileSystemLoopException absent) {
        throw WingsException.notFound(CollabErrors.NOT_FOUND);
      }
    });
  }

  private static String resolve(Location named) throws IOException {
    if (!named.view().primary()) {
      throw WingsException.impossible(CollabErrors.NOT_PRIMARY);
    }
    Location parent =
        named.parent().orElseThrow(() -> WingsException.impossible(CollabErrors.NOT_A_FILE));
    Path name = Objects.requireNonNull(named.path().getFileName());
    Location place = new Location(named.view(), parent.path().toRealPath().resolve(name));
    if (named.hidden() || place.hidden()) {
      throw WingsException.notFound(CollabErrors.NOT_FOUND);
    }
    if (!Files.readAttributes(place.path(), BasicFileAttributes.class).isRegularFile()) {
      throw WingsException.impossible(CollabErrors.NOT_A_FILE);
    }
    return place.relative();
  }

  private Path file(String key) {
    return server.volume().root().resolve(key);
  }

  @Override
  public Optional<Content> read(String key, int cap) throws IOException, InterruptedException {
    return server.onFiles(() -> {
      Path file = file(key);
      Optional<Stamp> before = look(file);
      if (before.isEmpty()) {
        return Optional.empty();
      }
      if (before.get().size() > cap) {
        throw WingsException.impossible(CollabErrors.TOO_LARGE);
      }
      byte[] bytes;
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(cap + 1);
      }
      if (bytes.length > cap) {
        throw WingsException.impossible(CollabErrors.TOO_LARGE);
      }
      return Optional.of(new Content(bytes, before.get()));
    });
  }

  @Override
  public Optional<Stamp> stamp(String key) throws IOException, InterruptedException {
    return server.onFiles(() -> look(file(key)));
  }

  private static Optional<Stamp> look(Path file) throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      if (!found.isRegularFile()) {
        throw WingsException.impossible(CollabErrors.NOT_A_FILE);
      }
      return Optional.of(stamp(found));
    } catch (NoSuchFileException | NotDirectoryException | FileSystemLoopException absent) {
      return Optional.empty();
    }
  }

  private static Stamp stamp(BasicFileAttributes found) {
    Object identity = found.fileKey();
    return new Stamp(
        found.lastModifiedTime().to(TimeUnit.NANOSECONDS),
        found.size(),
        identity == null ? "" : identity);
  }

  @Override
  public Written write(String key, byte[] content, Actor actor)
      throws IOException, InterruptedException {
    Written written =
        server.onFiles(
            FileWork.Kind.TRANSFER, // a disk that is slow to store it holds up no listing
            () -> {
              Path file = file(key);
              requireSpace(file, content.length);
              SaveHistory.Save save = history.begin(server, file);
              Stamp stamp = replace(file, content);
              return new Written(save.saved(content, actor.user()), stamp);
            });
    OptionalLong revision = written.revision();
    ObjectNode metadata = JsonNodeFactory.instance.objectNode().put("file", key);
    metadata.put("revision_id", revision.isPresent() ? (Long) revision.getAsLong() : null);
    server.record(actor, "server:file.write", metadata);
    return written;
  }

  private void requireSpace(Path file, long size) throws IOException {
    ServerVolume volume = server.volume();
    long limit = volume.limitBytes();
    long growth = size - look(file).map(Stamp::size).orElse(0L);
    if (limit > 0 && growth > 0 && growth > limit - volume.usedBytes()) {
      throw WingsException.impossible(CollabErrors.NO_SPACE);
    }
  }

  private static Stamp replace(Path file, byte[] content) throws IOException {
    try (Replacement replacement = Replacement.of(file, /* mayMakeWay= */ true)) {
      replacement.write(ByteBuffer.wrap(content));
      return stamp(replacement.commit());
    } catch (DiskLimitException full) {
      throw WingsException.impossible(CollabErrors.NO_SPACE);
    } catch (NoSuchFileException directoryGone) {
      throw WingsException.notFound(CollabErrors.NOT_FOUND);
    }
  }
}
