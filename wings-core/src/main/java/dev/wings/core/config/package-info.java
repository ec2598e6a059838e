/// The whole `config.yml` as records: loading, defaults, overrides, validation, Panel patches and
/// write-back.
@NullMarked
package dev.wings.core.config;

import org.jspecify.annotations.NullMarked;
