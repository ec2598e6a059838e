/// Rules that hold the house up: module arrows, package rules, proofs of requirements.
@NullMarked
package dev.wings.daemon.architecture;

import org.jspecify.annotations.NullMarked;
