/// Tests of the package of the same name.
@NullMarked
package dev.wings.core.egg;

import org.jspecify.annotations.NullMarked;
