/// From the bytes of a process to the lines that people see.
@NullMarked
package dev.wings.core.console;

import org.jspecify.annotations.NullMarked;
