/// The port to the Panel, whoever plays its part.
@NullMarked
package dev.wings.core.panel;

import org.jspecify.annotations.NullMarked;
