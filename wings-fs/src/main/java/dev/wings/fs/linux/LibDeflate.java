package dev.wings.fs.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A compressor of the system library libdeflate, which makes deflate streams about three times as
/// fast as the JDK's zlib. It takes whole buffers only. The library is optional (package
/// `libdeflate0` of Debian and Ubuntu): callers have another way without it. For one thread at a
/// time.
public final class LibDeflate implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LibDeflate.class);

  private final Functions functions;
  private long compressor;

  private LibDeflate(Functions functions, long compressor) {
    this.functions = functions;
    this.compressor = compressor;
  }

  /// Looks the library up at first use.
  private static final class Library {
    static final Optional<Functions> FUNCTIONS = load();

    private static Optional<Functions> load() {
      if (!Linux.supported()) {
        return Optional.empty();
      }
      try {
        SymbolLookup library = SymbolLookup.libraryLookup("libdeflate.so.0", Arena.global());
        return Optional.of(
            new Functions(
                Native.function(library, "libdeflate_alloc_compressor"),
                Native.function(library, "libdeflate_deflate_compress"),
                Native.function(library, "libdeflate_gzip_compress"),
                Native.function(library, "libdeflate_free_compressor")));
      } catch (IllegalArgumentException | UnsupportedOperationException absent) {
        log.atInfo()
            .addKeyValue("reason", absent.getMessage())
            .log("libdeflate is not installed, archives are compressed by the JDK's zlib");
        return Optional.empty();
      }
    }
  }

  private record Functions(
      Native.Function allocate,
      Native.Function deflate,
      Native.Function gzip,
      Native.Function free) {}

  /// A compressor, empty where the library is not installed.
  ///
  /// @param level 1 (fastest) to 12
  public static Optional<LibDeflate> open(int level) {
    return Library.FUNCTIONS.map(functions -> {
      long compressor =
          call("libdeflate_alloc_compressor", functions.allocate(), level, 0, 0, 0, 0);
      if (compressor == 0) {
        throw new OutOfMemoryError("libdeflate compressor of level " + level);
      }
      return new LibDeflate(functions, compressor);
    });
  }

  /// Compresses a buffer to one raw deflate stream.
  ///
  /// @param in direct; taken from its position to its limit, which stay
  /// @param out direct; its position moves by what was written
  /// @return false when it does not fit, `out` is then as before
  public boolean deflate(ByteBuffer in, ByteBuffer out) {
    return compress("libdeflate_deflate_compress", functions.deflate(), in, out);
  }

  /// The same to one member of a gzip file.
  public boolean gzip(ByteBuffer in, ByteBuffer out) {
    return compress("libdeflate_gzip_compress", functions.gzip(), in, out);
  }

  private boolean compress(String name, Native.Function function, ByteBuffer in, ByteBuffer out) {
    if (compressor == 0) {
      throw new IllegalStateException("compressor is closed");
    }
    if (!in.isDirect() || !out.isDirect()) {
      throw new IllegalArgumentException("buffer: on the heap (expected: direct)");
    }
    long written =
        call(
            name,
            function,
            compressor,
            MemorySegment.ofBuffer(in).address(),
            in.remaining(),
            MemorySegment.ofBuffer(out).address(),
            out.remaining());
    out.position(out.position() + (int) written);
    return written > 0;
  }

  private static long call(
      String name, Native.Function function, long a, long b, long c, long d, long e) {
    try {
      return Native.call(name, (_, state) -> function.call(state, a, b, c, d, e));
    } catch (LinuxException impossible) {
      throw new IllegalStateException(name, impossible); // sizes and addresses are never -1
    }
  }

  /// Frees the compressor. Idempotent.
  @Override
  public void close() {
    if (compressor != 0) {
      call("libdeflate_free_compressor", functions.free(), compressor, 0, 0, 0, 0);
      compressor = 0;
    }
  }
}
