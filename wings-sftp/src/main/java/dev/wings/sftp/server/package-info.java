/// The SSH transport, the login and the channels, on Apache MINA SSHD, whose types stay inside this
/// package. Start reading at [dev.wings.sftp.server.SshEndpoint] and [dev.wings.sftp.server.Login].
/// A few I/O threads move bytes and never wait; questions to the authenticator and shells run on
/// virtual threads, work on files where the file tree wants it.
@NullMarked
package dev.wings.sftp.server;

import org.jspecify.annotations.NullMarked;
