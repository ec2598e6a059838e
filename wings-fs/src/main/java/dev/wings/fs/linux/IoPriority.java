package dev.wings.fs.linux;

/// Priority of the calling thread's disk access (ioprio_set(2)).
public enum IoPriority {
  /// As the kernel finds right for the thread.
  NORMAL(0),
  /// Only when nobody else wants the disk, where the I/O scheduler knows priorities.
  IDLE(3);

  private static final int WHO_PROCESS = 1;
  private static final int CLASS_SHIFT = 13;
  private static final int CALLING_THREAD = 0;

  private final int ioClass;

  IoPriority(int ioClass) {
    this.ioClass = ioClass;
  }

  /// Sets it for the calling thread, which must be a platform thread.
  public void apply() throws LinuxException {
    Native.call(
        "ioprio_set",
        (_, state) ->
            Native.SYSCALL.call(
                state,
                Native.ABI.sysIoprioSet(),
                WHO_PROCESS,
                CALLING_THREAD,
                (long) ioClass << CLASS_SHIFT));
  }
}
