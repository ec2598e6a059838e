package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.limit.HandleCount;
import dev.wings.sftp.limit.SftpLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers the requests of one channel. Runs on the threads of the tree, one request at a time.
final class SftpSession {
  private static final Logger log = LoggerFactory.getLogger(SftpSession.class);

  private final Access access;
  private final Handles handles;
  private final FileRequests files;
  private final DirectoryRequests directories;
  private final EntryRequests entries;
  private final LinkRequests links;
  private final CopyRequests copies;
  private final ChecksumRequests checksums;
  private final NodeRequests node;
  private boolean begun;

  /// @param cancelled asked during long work; true when nobody wants its result any more
  SftpSession(
      FileTree tree,
      Supplier<SftpLimits> limits,
      HandleCount total,
      OwnerNames names,
      InstantSource clock,
      BooleanSupplier cancelled) {
    handles = new Handles(limits, total);
    access = new Access(tree, limits, handles);
    ClientPaths paths = new ClientPaths(tree);
    Attributes attributes = new Attributes(tree.root());
    LongName longName = new LongName(names, clock);
    files = new FileRequests(tree, paths, attributes, access, handles);
    directories =
        new DirectoryRequests(tree, paths, attributes, access, handles, longName, cancelled);
    entries = new EntryRequests(tree, paths, attributes, handles, files);
    links = new LinkRequests(tree, paths, attributes);
    copies = new CopyRequests(tree, paths, attributes, access, handles, cancelled);
    checksums = new ChecksumRequests(paths, attributes, handles, cancelled);
    node = new NodeRequests(tree, access, names);
  }

  /// A packet whose beginning was understood.
  ///
  /// @param verb empty when there is nothing to do but to refuse it
  /// @param refusal what to say then
  /// @param in the fields that are left
  record Request(Optional<Verb> verb, Status refusal, int id, Fields in) {
    boolean isLong() {
      return verb.isPresent() && verb.get().has(Verb.Trait.LONG);
    }
  }

  /// Reads what a packet is.
  ///
  /// @throws Inbox.Malformed when it cannot be answered because it has no number, or when the
  ///   client does not begin as the protocol demands
  Request parse(Fields packet) throws Inbox.Malformed {
    int type;
    int id;
    try {
      type = packet.u8();
      id = packet.u32();
    } catch (StatusException e) {
      throw new Inbox.Malformed("packet without a number");
    }
    Optional<Verb> verb = Verb.ofType(type);
    if (!begun && verb.filter(Verb.INIT::equals).isEmpty()) {
      throw new Inbox.Malformed("request before INIT");
    }
    begun = true;
    return type == Verb.EXTENDED
        ? extension(id, packet)
        : new Request(verb, Status.OP_UNSUPPORTED, id, packet);
  }

  private static Request extension(int id, Fields packet) {
    try {
      Optional<Verb> verb = Verb.ofExtension(packet.string());
      return new Request(verb, Status.OP_UNSUPPORTED, id, packet);
    } catch (StatusException e) {
      return new Request(Optional.empty(), e.status(), id, packet);
    }
  }

  /// Does what is asked for and returns the packet for the client. Never fails.
  ByteBuffer answer(Request request) {
    int id = request.id();
    if (request.verb().isEmpty()) {
      return Reply.status(id, request.refusal());
    }
    Verb verb = request.verb().get();
    try {
      access.admit(verb);
      return answer(verb, id, request.in());
    } catch (IOException e) {
      return Reply.status(id, SftpErrors.status(verb, e));
    } catch (RuntimeException e) {
      if (SftpErrors.unexpected(e)) {
        log.atWarn().addKeyValue("request", verb).setCause(e).log("SFTP request failed");
      }
      return Reply.status(id, SftpErrors.status(verb, e));
    }
  }

  private ByteBuffer answer(Verb verb, int id, Fields in) throws IOException {
    return switch (verb) {
      case INIT -> node.version();
      case OPEN -> files.open(id, in);
      case CLOSE -> files.close(id, in);
      case READ_FILE -> files.read(id, in);
      case WRITE_FILE -> files.write(id, in);
      case LSTAT -> entries.lstat(id, in);
      case FSTAT -> entries.fstat(id, in);
      case SETSTAT -> entries.setstat(id, in);
      case FSETSTAT -> entries.fsetstat(id, in);
      case OPENDIR -> directories.open(id, in);
      case READDIR -> directories.read(id, in);
      case REMOVE -> entries.remove(id, in);
      case MKDIR -> entries.mkdir(id, in);
      case RMDIR -> entries.rmdir(id, in);
      case REALPATH -> links.realpath(id, in);
      case STAT -> entries.stat(id, in);
      case RENAME -> entries.rename(id, in);
      case READLINK -> links.readlink(id, in);
      case SYMLINK -> links.symlink(id, in);
      case CHECK_FILE -> checksums.ofHandle(id, in);
      case CHECK_FILE_NAME -> checksums.ofName(id, in);
      case COPY_FILE -> copies.copyFile(id, in);
      case COPY_DATA -> copies.copyData(id, in);
      case SPACE_AVAILABLE -> node.spaceAvailable(id);
      case LIMITS -> node.limits(id);
      case STATVFS, FSTATVFS -> node.statvfs(id);
      case HARDLINK -> links.hardlink(id, in);
      case FSYNC -> files.fsync(id, in);
      case LSETSTAT -> entries.lsetstat(id, in);
      case USERS_GROUPS_BY_ID -> node.usersGroupsById(id, in);
      case POSIX_RENAME -> entries.posixRename(id, in);
      case EXPAND_PATH -> links.expandPath(id, in);
      case HOME_DIRECTORY -> node.homeDirectory(id, in);
    };
  }

  /// Closes everything that is open.
  void close() {
    List<Exception> failures = handles.closeAll();
    if (!failures.isEmpty()) {
      log.atDebug()
          .addKeyValue("failures", failures.size())
          .setCause(failures.getFirst())
          .log("files could not be finished when their channel closed");
    }
  }
}
