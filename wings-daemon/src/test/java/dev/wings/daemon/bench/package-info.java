@NullMarked
package dev.wings.daemon.bench;

import org.jspecify.annotations.NullMarked;
