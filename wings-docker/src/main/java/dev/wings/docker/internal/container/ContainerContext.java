package dev.wings.docker.internal.container;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.volume.FileWork;
import dev.wings.docker.internal.bandwidth.BandwidthShaper;
import dev.wings.docker.internal.engine.Bulkhead;
import dev.wings.docker.internal.stats.CfsBurst;
import dev.wings.docker.internal.stats.ControlGroup;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// What all containers of one engine share.
public record ContainerContext(
    ContainerCalls calls,
    LiveConfig config,
    HostFacts host,
    ControlGroup groups,
    CfsBurst burst,
    CpuBoosts boosts,
    BandwidthShaper bandwidth,
    Bulkhead bulkhead,
    FileWork files,
    InstantSource clock,
    LongSupplier nanoTime,
    LifeTimings timings) {}
