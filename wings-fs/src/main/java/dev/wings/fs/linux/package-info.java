/// The Linux system calls that `java.nio.file` does not offer, one Java method per call, and the
/// only code of the project that uses the Foreign Function API. Start at
/// [dev.wings.fs.linux.Linux]; a file descriptor appears outside of this package only as a
/// [dev.wings.fs.linux.Descriptor]. Every method may block its thread in the kernel and pins a
/// virtual thread to its carrier while it does.
@NullMarked
package dev.wings.fs.linux;

import org.jspecify.annotations.NullMarked;
