package dev.wings.fs.volume;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.core.testing.LoopFileSystem;

class XfsQuotaLimiterIT extends ProjectContract {
  @Override
  DiskLimiterMode mode() {
    return DiskLimiterMode.XFS_QUOTA;
  }

  @Override
  LoopFileSystem makeFileSystem() throws Exception {
    LoopFileSystem.need("xfs_quota");
    return LoopFileSystem.make(1024, "loop,prjquota", "mkfs.xfs", "-q", "-f");
  }
}
