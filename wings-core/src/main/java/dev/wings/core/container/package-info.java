/// The port behind which a container engine stands, and the vocabulary of it.
@NullMarked
package dev.wings.core.container;

import org.jspecify.annotations.NullMarked;
