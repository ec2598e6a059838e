/// Tests of the Panel client, and the scripted Panel that system tests use.
@NullMarked
package dev.wings.daemon.panel;

import org.jspecify.annotations.NullMarked;
