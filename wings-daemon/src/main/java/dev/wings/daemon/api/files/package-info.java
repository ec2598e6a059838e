/// The file endpoints of a server (`http-api.md` 8), one class for each topic. Start at
/// [dev.wings.daemon.api.files.FileRoutes]; [dev.wings.daemon.api.files.FileRequest] turns what a
/// client names into places. Handlers run on virtual threads and touch files only inside
/// `Server.onFiles` or an operation.
@NullMarked
package dev.wings.daemon.api.files;

import org.jspecify.annotations.NullMarked;
