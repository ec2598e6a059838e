package dev.wings.fs.sandbox;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import org.jspecify.annotations.Nullable;

/// The file system that holds the root.
final class SandboxFileStore extends FileStore {
  private final Sandbox sandbox;

  SandboxFileStore(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  @Override
  public String name() {
    return "sandbox";
  }

  @Override
  public String type() {
    return "sandbox";
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public long getTotalSpace() throws IOException {
    return sandbox.capacity().totalBytes();
  }

  @Override
  public long getUsableSpace() throws IOException {
    return sandbox.capacity().availableBytes();
  }

  @Override
  public long getUnallocatedSpace() throws IOException {
    return sandbox.capacity().freeBytes();
  }

  @Override
  public long getBlockSize() throws IOException {
    return sandbox.capacity().blockBytes();
  }

  @Override
  public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
    return AttributeViews.supports(type);
  }

  @Override
  public boolean supportsFileAttributeView(String name) {
    return AttributeNames.VIEWS.contains(name);
  }

  @Override
  public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
    return null;
  }

  @Override
  public Object getAttribute(String attribute) throws IOException {
    return switch (attribute) {
      case "totalSpace" -> getTotalSpace();
      case "usableSpace" -> getUsableSpace();
      case "unallocatedSpace" -> getUnallocatedSpace();
      default ->
          throw new UnsupportedOperationException(
              "attribute: " + attribute + " (expected: totalSpace, usableSpace, unallocatedSpace)");
    };
  }
}
