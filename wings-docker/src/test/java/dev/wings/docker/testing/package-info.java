/// Test support of the module: a node configuration, server settings, and engines to run against.
@NullMarked
package dev.wings.docker.testing;

import org.jspecify.annotations.NullMarked;
