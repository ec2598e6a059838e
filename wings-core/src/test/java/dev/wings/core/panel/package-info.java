/// Tests of the package of the same name.
@NullMarked
package dev.wings.core.panel;

import org.jspecify.annotations.NullMarked;
