/// The files that a user works with, as the SFTP subsystem sees them: any `java.nio.file` tree with
/// rights, hidden entries and space around it. Start reading at [dev.wings.sftp.files.FileTree];
/// everything is called on the threads that the tree itself provides.
@NullMarked
package dev.wings.sftp.files;

import org.jspecify.annotations.NullMarked;
