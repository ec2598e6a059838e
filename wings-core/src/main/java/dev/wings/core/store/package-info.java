/// Durable state: files that survive a crash at any instant.
@NullMarked
package dev.wings.core.store;

import org.jspecify.annotations.NullMarked;
