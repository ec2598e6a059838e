/// What the Panel sends about a server: settings and process configuration, as immutable records.
@NullMarked
package dev.wings.core.definition;

import org.jspecify.annotations.NullMarked;
