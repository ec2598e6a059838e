/// Tokens signed by the Panel: verification, single use, revocation.
@NullMarked
package dev.wings.core.token;

import org.jspecify.annotations.NullMarked;
