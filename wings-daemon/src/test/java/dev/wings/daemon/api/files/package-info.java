/// Tests of the file routes against a real listener, real volumes and signed links.
@NullMarked
package dev.wings.daemon.api.files;

import org.jspecify.annotations.NullMarked;
