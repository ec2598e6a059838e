/// What the Panel must learn, on its way there: durable, in order, through outages and restarts.
///
/// Start with [DurableOutbox] (results) and [ActivityQueue] (the audit trail). Each has one virtual
/// thread, which exists only while there is something to deliver.
@NullMarked
package dev.wings.core.delivery;

import org.jspecify.annotations.NullMarked;
