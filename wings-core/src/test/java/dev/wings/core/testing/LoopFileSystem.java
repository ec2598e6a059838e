package dev.wings.core.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A real file system in a file, mounted below `/tmp` where every user can reach it. What this
/// machine cannot do skips the test and says why.
public final class LoopFileSystem implements AutoCloseable {
  private static final String TOOLS = "/usr/sbin:/sbin:/usr/bin:/bin";

  private final Path directory;
  private final Path mount;
  private final List<List<String>> undo = new ArrayList<>();

  /// A daemon that was started for this file system.
  private Optional<Process> daemon = Optional.empty();

  private LoopFileSystem() throws IOException {
    directory = Files.createTempDirectory("wings-limiter-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    mount = Files.createDirectory(directory.resolve("mounted"));
  }

  public Path mount() {
    return mount;
  }

  /// @param options of mount(8)
  /// @param make program and arguments, to which the image is added
  public static LoopFileSystem make(long mebibytes, String options, String... make)
      throws Exception {
    need("losetup", make[0]);
    LoopFileSystem made = new LoopFileSystem();
    try {
      Path image = made.image(mebibytes);
      List<String> command = new ArrayList<>(List.of(make));
      command.add(image.toString());
      run(command);
      Result mounted = attempt("mount", "-o", options, image.toString(), made.mount.toString());
      if (mounted.status() != 0) {
        skip(
            "this kernel does not mount " + make[0] + " with " + options + ": " + mounted.errors());
      }
      made.undo.addFirst(List.of("umount", "-l", made.mount.toString()));
      return made;
    } catch (Throwable failure) {
      made.close();
      throw failure;
    }
  }

  /// A ZFS pool; starts `zfs-fuse` where no kernel module is loaded.
  public static LoopFileSystem zfs(long mebibytes) throws Exception {
    need("zpool", "zfs");
    LoopFileSystem made = new LoopFileSystem();
    try {
      made.startZfs();
      String pool = "wings" + UUID.randomUUID().toString().substring(0, 8);
      Path image = made.image(mebibytes);
      run(List.of("zpool", "create", "-m", made.mount.toString(), pool, image.toString()));
      made.undo.addFirst(List.of("zpool", "destroy", "-f", pool));
      return made;
    } catch (Throwable failure) {
      made.close();
      throw failure;
    }
  }

  private void startZfs() throws Exception {
    if (attempt("zpool", "list").status() == 0) {
      return;
    }
    if (!Files.exists(Path.of("/dev/fuse"))) {
      skip("there is neither a ZFS module nor /dev/fuse");
    }
    need("zfs-fuse");
    daemon =
        Optional.of(
            new ProcessBuilder(find("zfs-fuse").orElseThrow().toString(), "--no-daemon")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("zfs-fuse.log").toFile())
                .start());
    for (int i = 0; attempt("zpool", "list").status() != 0; i++) {
      if (i == 100 || !daemon.get().isAlive()) {
        skip("zfs-fuse does not start: " + Files.readString(directory.resolve("zfs-fuse.log")));
      }
      Thread.sleep(100); // there is nothing else to wait for
    }
  }

  private Path image(long mebibytes) throws IOException {
    Path image = directory.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toString(), "rw")) {
      file.setLength(mebibytes << 20);
    }
    return image;
  }

  /// Unmounts and removes everything, also after a failure.
  @Override
  public void close() throws Exception {
    for (List<String> command : undo) {
      Result result = attempt(command.toArray(String[]::new));
      if (result.status() != 0) {
        System.err.println(String.join(" ", command) + ": " + result.errors());
      }
    }
    if (daemon.isPresent()) {
      daemon.get().destroy();
      daemon.get().waitFor(20, TimeUnit.SECONDS);
    }
    try (Stream<Path> left = Files.list(directory)) {
      for (Path each : left.toList()) {
        Files.delete(each); // only an empty mount point can be deleted
      }
    }
    Files.delete(directory);
  }

  public record Result(int status, String output, String errors) {}

  public static Result attempt(String... command) throws IOException, InterruptedException {
    List<String> found = new ArrayList<>(List.of(command));
    find(command[0]).ifPresent(program -> found.set(0, program.toString()));
    ProcessBuilder builder = new ProcessBuilder(found);
    builder.environment().put("LC_ALL", "C");
    Path errors = Files.createTempFile("wings-limiter", ".err");
    Process process = builder.redirectError(errors.toFile()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(String.join(" ", command) + " does not end");
    }
    String text = Files.readString(errors).strip();
    Files.delete(errors);
    return new Result(process.exitValue(), output, text);
  }

  public static String run(List<String> command) throws IOException, InterruptedException {
    Result result = attempt(command.toArray(String[]::new));
    if (result.status() != 0) {
      throw new IOException(String.join(" ", command) + ": " + result.errors());
    }
    return result.output();
  }

  public static void need(String... programs) throws IOException, InterruptedException {
    if (!"0".equals(attempt("id", "-u").output().strip())) {
      skip("this test needs root");
    }
    for (String program : programs) {
      if (find(program).isEmpty()) {
        skip("the program " + program + " is not installed");
      }
    }
  }

  private static Optional<Path> find(String program) {
    return Stream.of(TOOLS.split(":"))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Ends the test without a result.
  public static void skip(String reason) {
    System.err.println("skipped: " + reason);
    abort(reason);
  }
}
