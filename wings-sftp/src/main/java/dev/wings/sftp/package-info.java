@NullMarked
package dev.wings.sftp;

import org.jspecify.annotations.NullMarked;
