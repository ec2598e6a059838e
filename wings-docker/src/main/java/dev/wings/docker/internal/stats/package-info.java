/// Measuring running containers and their CPU bursts, from control groups where possible
/// (`containers.md` 15.3 and 16.3).
///
/// Start with [StatsSampler]. One object per container, used by that container's measuring thread;
/// the files it reads are kept open, so a sample costs a handful of reads.
@NullMarked
package dev.wings.docker.internal.stats;

import org.jspecify.annotations.NullMarked;
