/// Files on their way out, to a socket or a stream, in constant memory and without copies where the
/// kernel can do it. Start at [dev.wings.fs.send.OpenedFile]. Everything blocks in the kernel and
/// belongs on a platform thread.
@NullMarked
package dev.wings.fs.send;

import org.jspecify.annotations.NullMarked;
