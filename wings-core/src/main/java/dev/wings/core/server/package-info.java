/// One game server, as everybody outside its owner sees it.
@NullMarked
package dev.wings.core.server;

import org.jspecify.annotations.NullMarked;
