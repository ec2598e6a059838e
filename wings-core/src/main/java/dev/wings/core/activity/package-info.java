/// The audit trail that is reported to the Panel.
@NullMarked
package dev.wings.core.activity;

import org.jspecify.annotations.NullMarked;
