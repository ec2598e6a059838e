/// Rewriting of a server's configuration files before each start, and the placeholders in them.
@NullMarked
package dev.wings.core.egg;

import org.jspecify.annotations.NullMarked;
