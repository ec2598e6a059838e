package dev.wings.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.config.WingsConfig;
import dev.wings.daemon.http.IpAddresses;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Takes secrets, and endpoints when asked, out of a report (`configuration.md` 14.6, `threats.md`
/// LG-04). What is a secret is known from the configuration's type, so it is found wherever it
/// appears, in log lines too; it is replaced in the values of a tree, before they are written in a
/// notation that could disguise it.
final class Redaction {
  static final String MARK = "{redacted}";

  /// Shorter ones would blacken half of the report and protect nothing.
  private static final int MIN_SECRET = 4;

  /// Longest first, so that no part of a longer one stays.
  private final List<String> hidden;

  private Redaction(List<String> hidden) {
    this.hidden =
        hidden.stream()
            .distinct()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  static Redaction of(WingsConfig config, boolean endpointsToo) {
    List<String> hidden = new ArrayList<>();
    hidden.add(config.token());
    hidden.add(config.tokenId());
    config.docker().registries().values().forEach(registry -> hidden.add(registry.password()));
    hidden.addAll(config.remoteHeaders().values());
    hidden.addAll(config.system().backups().restic().environment().values());
    hidden.removeIf(secret -> secret.length() < MIN_SECRET);
    if (endpointsToo) {
      endpoints(config).stream().filter(text -> !text.isEmpty()).forEach(hidden::add);
    }
    return new Redaction(hidden);
  }

  private static List<String> endpoints(WingsConfig config) {
    List<String> endpoints = new ArrayList<>();
    endpoints.add(host(config.remote()));
    endpoints.add(specific(config.api().host()));
    endpoints.add(specific(config.system().sftp().bindAddress()));
    endpoints.add(config.api().ssl().cert());
    endpoints.add(config.api().ssl().key());
    return endpoints;
  }

  private static String host(String remote) {
    try {
      String host = URI.create(remote).getHost();
      return host == null ? remote : host;
    } catch (IllegalArgumentException noUrl) {
      return remote;
    }
  }

  /// Every node may listen on all addresses; `::` would be found where it is none.
  private static String specific(String address) {
    return IpAddresses.parse(address).filter(InetAddress::isAnyLocalAddress).isPresent()
        ? ""
        : address;
  }

  String apply(String text) {
    String result = text;
    for (String each : hidden) {
      result = result.replace(each, MARK);
    }
    return result;
  }

  /// Replaces in every string value; keys are the report's own.
  void apply(JsonNode tree) {
    if (tree instanceof ObjectNode object) {
      for (var member : object.properties()) {
        if (member.getValue().isTextual()) {
          member.setValue(TextNode.valueOf(apply(member.getValue().textValue())));
        } else {
          apply(member.getValue());
        }
      }
    } else if (tree instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        if (array.get(i).isTextual()) {
          array.set(i, TextNode.valueOf(apply(array.get(i).textValue())));
        } else {
          apply(array.get(i));
        }
      }
    }
  }
}
