@NullMarked
package dev.wings.fs;

import org.jspecify.annotations.NullMarked;
