/// The bundled system-call filter (`containers.md` 11 and Appendix B).
///
/// [SeccompProfile] loads the resource once and takes out what a server asks to be taken out.
/// Immutable, safe for all threads.
@NullMarked
package dev.wings.docker.internal.seccomp;

import org.jspecify.annotations.NullMarked;
