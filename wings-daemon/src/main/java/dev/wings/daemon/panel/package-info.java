/// The Panel's remote API over HTTP (`panel-remote-api.md` 1 and 2), behind the port of
/// `core.panel`.
///
/// Start with [HttpPanelClient]. Every call blocks its (virtual) thread; the JDK's HTTP client does
/// the waiting.
@NullMarked
package dev.wings.daemon.panel;

import org.jspecify.annotations.NullMarked;
