package dev.wings.fs.volume;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.core.testing.LoopFileSystem;

class Ext4ProjectLimiterIT extends ProjectContract {
  @Override
  DiskLimiterMode mode() {
    return DiskLimiterMode.PROJECT_QUOTA;
  }

  @Override
  LoopFileSystem makeFileSystem() throws Exception {
    return LoopFileSystem.make(
        1024,
        "loop,prjquota",
        "mkfs.ext4",
        "-q",
        "-F",
        "-O",
        "project,quota",
        "-E",
        "quotatype=prjquota");
  }
}
