/// Installation of a server by its egg's script, and one-off scripts.
@NullMarked
package dev.wings.core.install;

import org.jspecify.annotations.NullMarked;
