/// A text that several people edit at the same time: the shared document of Yjs in its update
/// format "v1", as far as one text needs it. Start at [dev.wings.core.collab.document.SharedText].
/// Nothing here waits or is safe for use by several threads; updates come from strangers, so all of
/// it is bounded.
@NullMarked
package dev.wings.core.collab.document;

import org.jspecify.annotations.NullMarked;
