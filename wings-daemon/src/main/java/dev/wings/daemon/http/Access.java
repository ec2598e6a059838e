package dev.wings.daemon.http;

/// The credential that a route demands (`http-api.md` 3 and 5, `threats.md` CF-01). The server
/// checks it before it looks at ids, bodies or disks.
public sealed interface Access {
  /// The Panel's node token in the `Authorization` header.
  Access NODE_TOKEN = new NodeTokenRequired();

  /// Nobody is asked; the answer must hold nothing private.
  Access PUBLIC = new Public();

  /// Authentication happens inside the websocket, by its first message.
  Access IN_BAND = new InBand();

  /// A token signed for one purpose, in the place where the check looks for it.
  ///
  /// @param scope name of the scope, for the documentation
  /// @param check throws when the token is missing, wrong or spent
  static Access signed(String scope, Check check) {
    return new Signed(scope, check);
  }

  /// Runs on the request's virtual thread, before the handler and before the body is read.
  @FunctionalInterface
  interface Check {
    void verify(Request request);
  }

  record NodeTokenRequired() implements Access {}

  record Public() implements Access {}

  record InBand() implements Access {}

  record Signed(String scope, Check check) implements Access {}
}
