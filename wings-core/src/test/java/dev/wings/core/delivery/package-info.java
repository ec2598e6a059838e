/// Tests of the package of the same name.
@NullMarked
package dev.wings.core.delivery;

import org.jspecify.annotations.NullMarked;
