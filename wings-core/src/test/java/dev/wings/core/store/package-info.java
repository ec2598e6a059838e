/// Tests of the package of the same name.
@NullMarked
package dev.wings.core.store;

import org.jspecify.annotations.NullMarked;
