/// The whole `config.yml` as records: loading, defaults, overrides, validation, Panel patches and
/// write-back. Start with [ConfigStore], which holds what is in force; the keys and their types are
/// read from [WingsConfig], the defaults from `defaults.yml`, and what a Panel may change from
/// `panel-keys.txt`. Reading is a volatile read on any thread, changing blocks on the disk.
@NullMarked
package dev.wings.core.config;

import org.jspecify.annotations.NullMarked;
