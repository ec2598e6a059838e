/// Tests of the package of the same name.
@NullMarked
package dev.wings.core.activity;

import org.jspecify.annotations.NullMarked;
