package dev.wings.core.config;

/// A choice of `config.yml` and how it is written there.
interface WireName {
  String wireName();
}
