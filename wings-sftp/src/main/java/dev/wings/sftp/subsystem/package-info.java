/// A server of the SFTP protocol, version 3, over a [dev.wings.sftp.files.FileTree] (`sftp.md` 9 to
/// 12). Start reading at [dev.wings.sftp.subsystem.SftpChannel], which takes bytes of a client on
/// any thread and does the work on threads of the tree, and at [dev.wings.sftp.subsystem.Verb],
/// which says what each request needs. Nothing here knows of SSH.
@NullMarked
package dev.wings.sftp.subsystem;

import org.jspecify.annotations.NullMarked;
