/// Permissions of users, and who holds which on a server at this moment.
@NullMarked
package dev.wings.core.permission;

import org.jspecify.annotations.NullMarked;
