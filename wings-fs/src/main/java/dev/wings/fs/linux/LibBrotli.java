package dev.wings.fs.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Optional;

/// The compressor of the system library libbrotlienc, for whole buffers. The library is optional
/// (package `libbrotli1` of Debian and Ubuntu). Safe for any thread.
public final class LibBrotli {
  private static final int GENERIC_MODE = 0;

  private LibBrotli() {}

  /// @param handle a record's field, because those are constants to the compiler
  private record Compress(MethodHandle handle) {}

  /// Looks the library up at first use.
  private static final class Library {
    static final Optional<Compress> COMPRESS = load();

    private static Optional<Compress> load() {
      if (!Linux.supported()) {
        return Optional.empty();
      }
      try {
        SymbolLookup library = SymbolLookup.libraryLookup("libbrotlienc.so.1", Arena.global());
        FunctionDescriptor shape =
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG);
        return Optional.of(new Compress(Native.handle(library, "BrotliEncoderCompress", shape)));
      } catch (IllegalArgumentException | UnsupportedOperationException absent) {
        return Optional.empty();
      }
    }
  }

  /// Whether the library is installed.
  public static boolean available() {
    return Library.COMPRESS.isPresent();
  }

  /// Compresses a buffer to one stream.
  ///
  /// @param in direct; taken from its position to its limit, which stay
  /// @param out direct; its position moves by what was written
  /// @param quality 0 (fastest) to 11
  /// @param windowBits binary logarithm of the window's size, 10 to 24
  /// @return false when it does not fit, `out` is then as before
  public static boolean compress(ByteBuffer in, ByteBuffer out, int quality, int windowBits) {
    if (!in.isDirect() || !out.isDirect()) {
      throw new IllegalArgumentException("buffer: on the heap (expected: direct)");
    }
    MethodHandle compress =
        Library.COMPRESS
            .orElseThrow(() -> new UnsupportedOperationException("libbrotlienc is not installed"))
            .handle();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
      size.set(ValueLayout.JAVA_LONG, 0, out.remaining());
      int done =
          (int)
              compress.invokeExact(
                  quality,
                  windowBits,
                  GENERIC_MODE,
                  (long) in.remaining(),
                  MemorySegment.ofBuffer(in).address(),
                  size.address(),
                  MemorySegment.ofBuffer(out).address());
      if (done != 1) {
        return false;
      }
      out.position(out.position() + (int) size.get(ValueLayout.JAVA_LONG, 0));
      return true;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e); // the handle raises nothing else
    }
  }
}
