@NullMarked
package dev.wings.core.volume;

import org.jspecify.annotations.NullMarked;
