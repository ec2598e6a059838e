/// JSON as this project reads and writes it: one mapper with limits against hostile documents, and
/// MessagePack.
@NullMarked
package dev.wings.core.json;

import org.jspecify.annotations.NullMarked;
