/// What is known about uploads of files while they arrive (`http-api.md` 14.6, A.10). Start at
/// [dev.wings.core.upload.Uploads]. Everything is safe for any thread.
@NullMarked
package dev.wings.core.upload;

import org.jspecify.annotations.NullMarked;
