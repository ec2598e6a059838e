package dev.wings.fs.linux;

/// Numbers of the kernel's interface that differ between architectures.
///
/// @param oDirectory flag `O_DIRECTORY`
/// @param oNofollow flag `O_NOFOLLOW`
/// @param sysStatx number of the call statx(2)
/// @param sysRenameat2 number of the call renameat2(2)
/// @param sysGetdents64 number of the call getdents64(2)
/// @param sysIoprioSet number of the call ioprio_set(2)
/// @param iocGetFlags request `FS_IOC_GETFLAGS` of ioctl(2)
/// @param iocSetFlags request `FS_IOC_SETFLAGS` of ioctl(2)
record Abi(
    int oDirectory,
    int oNofollow,
    long sysStatx,
    long sysRenameat2,
    long sysGetdents64,
    long sysIoprioSet,
    long iocGetFlags,
    long iocSetFlags) {

  private static final long GET_FLAGS = 0x8008_6601L;
  private static final long SET_FLAGS = 0x4008_6602L;

  /// @param arch value of the system property `os.arch`
  /// @throws UnsupportedOperationException for an architecture whose numbers are not known
  static Abi of(String arch) {
    return switch (arch) {
      case "amd64", "x86_64" -> new Abi(0200000, 0400000, 332, 316, 217, 251, GET_FLAGS, SET_FLAGS);
      case "aarch64" -> new Abi(040000, 0100000, 291, 276, 61, 30, GET_FLAGS, SET_FLAGS);
      case "riscv64", "loongarch64" ->
          new Abi(0200000, 0400000, 291, 276, 61, 30, GET_FLAGS, SET_FLAGS);
      // PowerPC encodes the direction of an ioctl in other bits
      case "ppc64le", "ppc64" ->
          new Abi(040000, 0100000, 383, 357, 202, 273, 0x4008_6601L, 0x8008_6602L);
      default ->
          throw new UnsupportedOperationException(
              "os.arch: " + arch + " (expected: amd64, aarch64, riscv64, loongarch64 or ppc64le)");
    };
  }
}
