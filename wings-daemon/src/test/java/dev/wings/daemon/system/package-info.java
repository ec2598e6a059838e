@NullMarked
package dev.wings.daemon.system;

import org.jspecify.annotations.NullMarked;
