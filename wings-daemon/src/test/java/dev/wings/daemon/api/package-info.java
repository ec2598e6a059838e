@NullMarked
package dev.wings.daemon.api;

import org.jspecify.annotations.NullMarked;
