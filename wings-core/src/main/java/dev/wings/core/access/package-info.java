/// What the Panel may order about the users of a server, as [dev.wings.core.access.AccessControl].
/// It stands above servers, permissions and tokens, and none of those know it. Calls may come from
/// any thread, take effect at once and never block.
@NullMarked
package dev.wings.core.access;

import org.jspecify.annotations.NullMarked;
