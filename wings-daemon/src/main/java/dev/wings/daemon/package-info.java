@NullMarked
package dev.wings.daemon;

import org.jspecify.annotations.NullMarked;
