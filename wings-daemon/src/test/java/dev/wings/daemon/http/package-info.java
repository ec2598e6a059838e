@NullMarked
package dev.wings.daemon.http;

import org.jspecify.annotations.NullMarked;
