package dev.wings.fs.sandbox;

import java.io.IOException;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The JDK's views, all on [Attributes].
final class AttributeViews {
  private AttributeViews() {}

  static boolean supports(Class<? extends FileAttributeView> type) {
    return type == BasicFileAttributeView.class
        || type == PosixFileAttributeView.class
        || type == FileOwnerAttributeView.class;
  }

  static <V extends FileAttributeView> @Nullable V view(
      SandboxPath path, Class<V> type, boolean follow) {
    if (!supports(type)) {
      return null;
    }
    String name =
        type == BasicFileAttributeView.class
            ? "basic"
            : type == PosixFileAttributeView.class ? "posix" : "owner";
    return type.cast(new View(path, name, follow));
  }

  private record View(SandboxPath path, String name, boolean follow)
      implements PosixFileAttributeView {
    @Override
    public SandboxAttributes readAttributes() throws IOException {
      return Attributes.read(path, follow);
    }

    @Override
    public void setTimes(
        @Nullable FileTime lastModified, @Nullable FileTime lastAccess, @Nullable FileTime created)
        throws IOException {
      Attributes.setTimes(path, Optional.ofNullable(lastModified), Optional.ofNullable(lastAccess));
    }

    @Override
    public UserPrincipal getOwner() throws IOException {
      return readAttributes().owner();
    }

    @Override
    public void setOwner(UserPrincipal owner) throws IOException {
      Attributes.setOwner(path, Optional.of(owner), Optional.empty());
    }

    @Override
    public void setGroup(GroupPrincipal group) throws IOException {
      Attributes.setOwner(path, Optional.empty(), Optional.of(group));
    }

    @Override
    public void setPermissions(Set<PosixFilePermission> permissions) throws IOException {
      Attributes.setPermissions(path, SandboxAttributes.mode(permissions), follow);
    }
  }
}
