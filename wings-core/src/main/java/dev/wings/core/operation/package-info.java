/// Long work on a server's files that users see, follow and abort (`filesystem.md` 13). Start at
/// [dev.wings.core.operation.Operations]; the work itself runs on the threads of
/// [dev.wings.core.volume.FileWork].
@NullMarked
package dev.wings.core.operation;

import org.jspecify.annotations.NullMarked;
