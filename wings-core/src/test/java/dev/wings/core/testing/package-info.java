/// Test support shared by all modules.
@NullMarked
package dev.wings.core.testing;

import org.jspecify.annotations.NullMarked;
