/// Tests of the package of the same name.
@NullMarked
package dev.wings.core.install;

import org.jspecify.annotations.NullMarked;
