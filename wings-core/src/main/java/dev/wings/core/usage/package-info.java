/// What a server uses: the snapshot that sockets, the API and the Panel are given.
@NullMarked
package dev.wings.core.usage;

import org.jspecify.annotations.NullMarked;
