package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import dev.wings.core.config.LimitsConfig;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Operations;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.fs.upload.Replacement;
import dev.wings.fs.view.Location;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches URLs into the files of servers (`filesystem.md` 18).
///
/// The answer's headers are there before a pull begins, so that whoever asks for one learns at once
/// that it cannot be done; reading the body is an [Operation.Pull] of the server. The bytes go to a
/// staging file beside the target, charged to the server's space as they come, and the file takes
/// its name when all of them are there. A pull that fails or is aborted leaves nothing, and a file
/// of that name stays as it was (`threats.md` DF-03; the reference daemon leaves a partial file).
///
/// Safe for use by many threads; its methods block.
public final class Pulls {
  private static final int BUFFER_BYTES = 128 * 1024;
  private static final Logger log = LoggerFactory.getLogger(Pulls.class);

  private final GuardedHttpClient client;
  private final BooleanSupplier disabled;
  private final PullAdmission admission;
  private final RandomGenerator random;

  /// @param disabled `api.disable_remote_download`, asked each time
  /// @param limits asked each time
  /// @param random for names of files that have none
  public Pulls(
      GuardedHttpClient client,
      BooleanSupplier disabled,
      Supplier<LimitsConfig> limits,
      RandomGenerator random) {
    this.client = requireNonNull(client, "client");
    this.disabled = requireNonNull(disabled, "disabled");
    this.admission = new PullAdmission(limits);
    this.random = requireNonNull(random, "random");
  }

  /// With the switches and limits of a configuration.
  public static Pulls of(LiveConfig config, GuardedHttpClient client, RandomGenerator random) {
    return new Pulls(
        client,
        () -> config.current().api().disableRemoteDownload(),
        () -> config.current().limits(),
        random);
  }

  /// Sends the request and, when it is answered well, begins to store the body.
  ///
  /// @return the operation that does
  /// @throws WingsException when it is refused before a request is sent
  /// @throws CreateException when there is nothing to fetch
  public Operations.Running<String> start(Server server, PullRequest request)
      throws IOException, InterruptedException {
    Location root =
        server.onFiles(() -> {
          Location place = root(request);
          check(place, request);
          return place;
        });
    refuseWhenDisabled();
    try (PullAdmission.Place place = admission.enter(server)) {
      return begin(server, root, request, place);
    } catch (IOException failure) {
      throw new CreateException(Operations.message(failure), failure);
    }
  }

  private static Location root(PullRequest request) {
    try {
      return request.views().locateForWriting(request.root());
    } catch (InvalidPathException impossible) {
      throw WingsException.notFound("path not found");
    }
  }

  private void refuseWhenDisabled() {
    if (disabled.getAsBoolean()) {
      throw WingsException.impossible("remote pulling is disabled");
    }
  }

  private static void check(Location root, PullRequest request) throws IOException {
    if (root.hiddenAsDirectory()) {
      throw WingsException.notFound("path not found");
    }
    if (Files.exists(root.path(), LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(root.path())) {
      throw WingsException.impossible("root is not a directory");
    }
    if (!root.view().writable()) {
      throw WingsException.impossible("filesystem does not support this operation");
    }
    String name = request.fileName();
    if (name != null && PullNames.single(name)) {
      Location target = root.resolve(name);
      if (!target.hidden() && isNoFile(target)) {
        throw WingsException.impossible("file is not a file");
      }
    }
  }

  private static boolean isNoFile(Location target) {
    return Files.exists(target.path()) && !Files.isRegularFile(target.path());
  }

  private Operations.Running<String> begin(
      Server server, Location root, PullRequest request, PullAdmission.Place place)
      throws IOException, InterruptedException {
    String asked = request.fileName();
    if (asked != null && !PullNames.single(asked)) {
      throw new CreateException("invalid file name");
    }
    createRoot(server, root);
    FetchResponse response = open(request.url(), "failed to download file: code ");
    boolean started = false;
    try {
      String name = PullNames.choose(asked, request.useHeader(), response, random);
      Location target = root.resolve(name);
      server.onFiles(() -> {
        checkTarget(target);
        return true;
      });
      Operations.Running<String> running =
          place.start(
              new Operation.Pull(target.clientPath()),
              progress -> store(response, target, progress));
      started = true;
      closeAtEnd(running, response);
      return running;
    } finally {
      if (!started) {
        response.close();
      }
    }
  }

  private static void createRoot(Server server, Location root)
      throws IOException, InterruptedException {
    try {
      server.onFiles(() -> {
        if (!Files.isDirectory(root.path())) {
          Files.createDirectories(root.path());
        }
        return true;
      });
    } catch (FileAlreadyExistsException file) {
      throw new CreateException("root is not a directory", file);
    }
  }

  private static void checkTarget(Location target) throws IOException {
    if (target.hidden()) {
      throw new CreateException("file not found");
    }
    if (isNoFile(target)) {
      throw new CreateException("file is not a file");
    }
  }

  private FetchResponse open(String url, String refusal) throws InterruptedException {
    FetchResponse response;
    try {
      response = client.get(url);
    } catch (IOException failure) {
      throw new CreateException(failure);
    }
    if (!response.successful()) {
      closeQuietly(response);
      throw new CreateException(refusal + response.status());
    }
    return response;
  }

  private static String store(FetchResponse response, Location target, Progress progress)
      throws IOException {
    try (response) {
      progress.expect(response.contentLength().orElse(0));
      try (Replacement file = Replacement.of(target.path(), /* mayMakeWay= */ false)) {
        copy(response.body(), file, progress);
        file.commit();
      }
    }
    return target.clientPath();
  }

  private static void copy(InputStream body, Replacement file, Progress progress)
      throws IOException {
    byte[] bytes = new byte[BUFFER_BYTES];
    for (int count = body.read(bytes); count >= 0; count = body.read(bytes)) {
      progress.check();
      file.write(ByteBuffer.wrap(bytes, 0, count));
      progress.addBytes(count);
    }
    progress.check();
  }

  /// A pull that is aborted before it gets a thread would leave its connection open.
  private static void closeAtEnd(Operations.Running<String> running, FetchResponse response) {
    Thread.ofVirtual()
        .name("pull-end-" + running.id())
        .start(() -> {
          try {
            running.await();
          } catch (IOException | WingsException | OperationAbortedException reported) {
            log.atDebug().setCause(reported).log("pull ended");
          } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
          } finally {
            closeQuietly(response);
          }
        });
  }

  private static void closeQuietly(Closeable connection) {
    try {
      connection.close();
    } catch (IOException failure) {
      log.atDebug().setCause(failure).log("connection did not close cleanly");
    }
  }

  /// Asks a URL for its headers, under the same rules.
  ///
  /// @throws WingsException when pulls are disabled
  /// @throws CreateException when there is nothing to fetch
  public UrlInfo query(String url) throws InterruptedException {
    refuseWhenDisabled();
    FetchResponse response = open(url, "failed to query download URL: code ");
    try {
      return new UrlInfo(
          PullNames.fromHeader(response),
          response.contentLength(),
          response.finalUrl(),
          response.headers());
    } catch (FetchException malformed) {
      throw new CreateException(malformed);
    } finally {
      closeQuietly(response);
    }
  }
}
