/// Downloads from addresses that users name, without letting them reach the node's own networks
/// (`filesystem.md` 18, `threats.md` SR). Start at [dev.wings.fs.pull.GuardedHttpClient], which
/// every download of a user's URL goes through, and [dev.wings.fs.pull.Pulls], which puts one into
/// a server's files. Everything blocks on sockets and ends when its thread is interrupted; names
/// are looked up on a few threads of their own.
@NullMarked
package dev.wings.fs.pull;

import org.jspecify.annotations.NullMarked;
