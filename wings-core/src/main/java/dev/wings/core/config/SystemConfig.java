package dev.wings.core.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/// The `system` section of the configuration (`configuration.md` 7).
public record SystemConfig(
    String rootDirectory,
    String logDirectory,
    String data,
    String diffsDirectory,
    String vmountDirectory,
    String archiveDirectory,
    String backupDirectory,
    String tmpDirectory,
    String username,
    String timezone,
    User user,
    Passwd passwd,
    MachineId machineId,
    int diskCheckConcurrency,
    long diskCheckInterval,
    int fullDiskCheckEvery,
    boolean diskCheckUseInotify,
    DiskLimiterMode diskLimiterMode,
    long activitySendInterval,
    int activitySendCount,
    boolean checkPermissionsOnBoot,
    int checkPermissionsOnBootThreads,
    int websocketLogCount,
    String tcpCongestionControl,
    Sftp sftp,
    CrashDetection crashDetection,
    FileHistory fileHistory,
    FileCollaboration fileCollaboration,
    Websocket websocket,
    Backups backups,
    Transfers transfers) {

  /// See `configuration.md` 7.
  public record User(Rootless rootless, long uid, long gid) {}

  /// See `configuration.md` 7.
  public record Rootless(boolean enabled, long containerUid, long containerGid) {}

  /// See `configuration.md` 7.
  public record Passwd(boolean enabled, String directory) {}

  /// See `configuration.md` 7.
  public record MachineId(boolean enabled) {}

  /// See `configuration.md` 7.
  public record Sftp(
      boolean enabled,
      String bindAddress,
      int bindPort,
      boolean readOnly,
      String keyAlgorithm,
      boolean disablePasswordAuth,
      long directoryEntryLimit,
      int directoryEntrySendAmount,
      SftpLimits limits,
      SftpShell shell,
      SftpActivity activity) {}

  /// See `configuration.md` 7.
  public record SftpLimits(
      int authenticationPasswordAttempts,
      int authenticationPubkeyAttempts,
      long authenticationCooldown,
      int maxConnectionsPerUser,
      int maxChannelsPerConnection,
      int maxHandlesPerChannel,
      int maxHandlesTotal) {}

  /// See `configuration.md` 7.
  public record SftpShell(boolean enabled, SftpCli cli) {}

  /// See `configuration.md` 7.
  public record SftpCli(String name) {}

  /// See `configuration.md` 7.
  public record SftpActivity(boolean logLogins, boolean logFileReads) {}

  /// See `configuration.md` 7.
  public record CrashDetection(boolean enabled, boolean detectCleanExitAsCrash, long timeout) {}

  /// See `configuration.md` 7.
  public record FileHistory(
      boolean enabled,
      int zstdLevel,
      int anchorInterval,
      int keepChains,
      long fileSizeCap,
      long perFileDiskBudget,
      long perServerDiskBudget,
      long maintenanceInterval) {}

  /// See `configuration.md` 7.
  public record FileCollaboration(
      boolean enabled,
      long fileSizeCap,
      int maxSessionsPerServer,
      int maxSessionsPerConnection,
      int maxEditorsPerSession,
      int maxCursorsPerConnection,
      long sessionGracePeriod) {}

  /// See `configuration.md` 7.
  public record Websocket(
      int maxMessageSize,
      int maxFrameSize,
      int readBufferSize,
      long authenticationTimeout,
      int unauthenticatedConnectionsPerIp,
      int maxConnectionsTotal) {}

  /// See `configuration.md` 7. The following are keys of this daemon alone.
  ///
  /// @param maxConcurrent backups that are made or restored at a time on the node, 0 is unlimited
  /// @param maxConcurrentPerServer the same for each server
  /// @param maxPerServer backups that a server may have on this node, 0 is unlimited
  /// @param maxSizePerServer MiB that the backups of a server may have together, 0 is unlimited
  /// @param idleIoPriority whether backups use the disk only when nobody else does
  /// @param ioPressureLimit percent of time in which others may wait for disks before backups pause
  ///   a little, 0 is never
  /// @param verifyInterval hours between two looks at all of a backup, 0 is never
  public record Backups(
      long writeLimit,
      long readLimit,
      CompressionLevel compressionLevel,
      int maxConcurrent,
      int maxConcurrentPerServer,
      int maxPerServer,
      long maxSizePerServer,
      boolean idleIoPriority,
      int ioPressureLimit,
      long verifyInterval,
      Mounting mounting,
      WingsBackup wings,
      S3Backup s3,
      DdupBakBackup ddupBak,
      ResticBackup restic,
      BtrfsBackup btrfs,
      ZfsBackup zfs,
      PbsBackup pbs) {}

  /// See `configuration.md` 7.
  public record Mounting(boolean enabled, String path) {}

  /// See `configuration.md` 7.
  public record WingsBackup(int createThreads, int restoreThreads, ArchiveFormat archiveFormat) {}

  /// See `configuration.md` 7.
  public record S3Backup(
      int createThreads, boolean streaming, long partUploadTimeout, int retryLimit) {}

  /// See `configuration.md` 7.
  public record DdupBakBackup(int createThreads, DdupBakCompression compressionFormat) {}

  /// See `configuration.md` 7.
  public record ResticBackup(
      String repository,
      String passwordFile,
      long retryLockSeconds,
      Map<String, String> environment) {
    public ResticBackup {
      environment =
          java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(environment));
    }

    /// Without the values of the environment, which hold passwords.
    @Override
    public String toString() {
      return "ResticBackup[" + repository + ", environment=" + environment.keySet() + "]";
    }
  }

  /// See `configuration.md` 7.
  public record BtrfsBackup(int restoreThreads, boolean createReadOnly) {}

  /// See `configuration.md` 7.
  public record ZfsBackup(int restoreThreads) {}

  /// See `configuration.md` 7.
  public record PbsBackup(int createThreads, int downloadConcurrency) {}

  /// See `configuration.md` 7.
  public record Transfers(long downloadLimit) {}

  /// See `configuration.md` 6.
  public enum DiskLimiterMode implements WireName {
    @JsonProperty("none")
    NONE("none"),
    @JsonProperty("btrfs_subvolume")
    BTRFS_SUBVOLUME("btrfs_subvolume"),
    @JsonProperty("zfs_dataset")
    ZFS_DATASET("zfs_dataset"),
    @JsonProperty("xfs_quota")
    XFS_QUOTA("xfs_quota"),
    @JsonProperty("fuse_quota")
    FUSE_QUOTA("fuse_quota"),
    /// Project quotas of ext4 and XFS without external programs. Other daemons and Panels do not
    /// know it: see [#panelName].
    @JsonProperty("project_quota")
    PROJECT_QUOTA("project_quota");
    private final String wireName;

    DiskLimiterMode(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }

    /// The name for Panels: of a mode that they do not know, that of the closest one that they do.
    public String panelName() {
      return this == PROJECT_QUOTA ? XFS_QUOTA.wireName : wireName;
    }
  }

  /// See `configuration.md` 6.
  public enum CompressionLevel implements WireName {
    @JsonProperty("best_speed")
    BEST_SPEED("best_speed"),
    @JsonProperty("good_speed")
    GOOD_SPEED("good_speed"),
    @JsonProperty("good_compression")
    GOOD_COMPRESSION("good_compression"),
    @JsonProperty("best_compression")
    BEST_COMPRESSION("best_compression");
    private final String wireName;

    CompressionLevel(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }
  }

  /// See `configuration.md` 6.
  public enum ArchiveFormat implements WireName {
    @JsonProperty("tar")
    TAR("tar"),
    @JsonProperty("tar_gz")
    TAR_GZ("tar_gz"),
    @JsonProperty("tar_xz")
    TAR_XZ("tar_xz"),
    @JsonProperty("tar_lzip")
    TAR_LZIP("tar_lzip"),
    @JsonProperty("tar_bz2")
    TAR_BZ2("tar_bz2"),
    @JsonProperty("tar_lz4")
    TAR_LZ4("tar_lz4"),
    @JsonProperty("tar_zstd")
    TAR_ZSTD("tar_zstd"),
    @JsonProperty("zip")
    ZIP("zip"),
    @JsonProperty("seven_zip")
    SEVEN_ZIP("seven_zip");
    private final String wireName;

    ArchiveFormat(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }
  }

  /// See `configuration.md` 6.
  public enum DdupBakCompression implements WireName {
    @JsonProperty("none")
    NONE("none"),
    @JsonProperty("deflate")
    DEFLATE("deflate"),
    @JsonProperty("gzip")
    GZIP("gzip"),
    @JsonProperty("brotli")
    BROTLI("brotli"),
    @JsonProperty("zstd")
    ZSTD("zstd");
    private final String wireName;

    DdupBakCompression(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }
  }
}
