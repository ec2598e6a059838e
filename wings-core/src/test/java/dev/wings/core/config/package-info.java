/// Tests of the package of the same name.
@NullMarked
package dev.wings.core.config;

import org.jspecify.annotations.NullMarked;
