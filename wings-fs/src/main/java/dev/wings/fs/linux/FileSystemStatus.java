package dev.wings.fs.linux;

/// What statfs(2) tells about a file system.
///
/// @param type magic number of the kind of file system, such as `0xEF53` for ext4
/// @param totalBytes capacity
/// @param freeBytes not in use
/// @param availableBytes not in use and not reserved for the superuser
/// @param blockBytes unit of allocation
/// @param totalInodes 0 where the file system makes inodes as it needs them
/// @param freeInodes not in use
public record FileSystemStatus(
    long type,
    long totalBytes,
    long freeBytes,
    long availableBytes,
    long blockBytes,
    long totalInodes,
    long freeInodes) {}
