/// Port to the files of servers, behind which a sandboxed file system stands.
@NullMarked
package dev.wings.core.volume;

import org.jspecify.annotations.NullMarked;
