@NullMarked
package dev.wings.backup.restic;

import org.jspecify.annotations.NullMarked;
