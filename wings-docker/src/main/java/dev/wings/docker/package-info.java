@NullMarked
package dev.wings.docker;

import org.jspecify.annotations.NullMarked;
