package dev.wings.sftp.account;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;

/// One try to log in.
///
/// @param userName as the client sent it
/// @param address of the client
/// @param clientVersion identification of the client's program, printable
public record Attempt(String userName, InetAddress address, String clientVersion) {
  public Attempt {
    requireNonNull(userName, "userName");
    requireNonNull(address, "address");
    requireNonNull(clientVersion, "clientVersion");
  }
}
