@NullMarked
package dev.wings.backup;

import org.jspecify.annotations.NullMarked;
