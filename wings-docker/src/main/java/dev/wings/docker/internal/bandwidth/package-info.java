/// Bandwidth limits of running containers (`containers.md` 16.5). [BandwidthShaper] is the way in;
/// [Shape] and [ShapingPlan] compute, [NetworkTools] and [NetworkNamespace] touch the system.
/// Nothing here asks the container engine.
@NullMarked
package dev.wings.docker.internal.bandwidth;

import org.jspecify.annotations.NullMarked;
