package dev.wings.daemon.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds the tests' `@Proves` annotations against the list of requirements and prints what has a
/// proof and what has none.
class ProofReportTest {
  private static final Path TOP = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern PROVES = Pattern.compile("@Proves\\(([^)]*)\\)");
  private static final Pattern ID = Pattern.compile("\"([A-Z]{2}-\\d\\d)\"");

  /// Sections whose P0 requirements must all have a proof today; grows with the features.
  private static final Set<String> COMPLETE =
      Set.of(
          "TK", "CF", "WS", "CP", "CT", "LG", "DK", "PN", "RB", "ST", "CK", "TL", "JV", "FS", "AR",
          "SR", "QU", "DS", "DF", "SF", "BK");

  /// Known gaps in those sections. Take one out with the test that proves it.
  private static final Set<String> OPEN = Set.of();

  private record Requirement(String id, String priority, String title) {
    String section() {
      return id.substring(0, 2);
    }
  }

  @Test
  void everyRequirementOfACompleteSectionHasAProof() throws IOException {
    List<Requirement> requirements = requirements();
    TreeMap<String, TreeSet<String>> proofs = proofs();

    print(requirements, proofs);

    assertThat(requirements).extracting(Requirement::id).containsAll(proofs.keySet());
    assertThat(requirements)
        .filteredOn(r -> r.priority().equals("P0") && COMPLETE.contains(r.section()))
        .filteredOn(r -> !proofs.containsKey(r.id()) && !OPEN.contains(r.id()))
        .as("P0 requirements without a proof")
        .isEmpty();
  }

  private static List<Requirement> requirements() throws IOException {
    List<Requirement> requirements = new ArrayList<>();
    for (String line : Files.readAllLines(TOP.resolve("docs/requirements.tsv"))) {
      String[] columns = line.split("\t", -1);
      if (columns.length == 3) {
        requirements.add(new Requirement(columns[0], columns[1], columns[2]));
      }
    }
    return requirements;
  }

  /// Requirement to the test classes that prove it.
  private static TreeMap<String, TreeSet<String>> proofs() throws IOException {
    TreeMap<String, TreeSet<String>> proofs = new TreeMap<>();
    try (Stream<Path> modules = Files.list(TOP)) {
      for (Path tests :
          modules.map(m -> m.resolve("src/test/java")).filter(Files::isDirectory).toList()) {
        try (Stream<Path> files = Files.walk(tests)) {
          for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
            collect(file, proofs);
          }
        }
      }
    }
    return proofs;
  }

  private static void collect(Path file, TreeMap<String, TreeSet<String>> proofs)
      throws IOException {
    Matcher annotation = PROVES.matcher(Files.readString(file));
    while (annotation.find()) {
      Matcher id = ID.matcher(annotation.group(1));
      while (id.find()) {
        proofs
            .computeIfAbsent(id.group(1), _ -> new TreeSet<>())
            .add(String.valueOf(file.getFileName()).replace(".java", ""));
      }
    }
  }

  private static void print(
      List<Requirement> requirements, TreeMap<String, TreeSet<String>> proofs) {
    StringBuilder report = new StringBuilder("Requirements of priority P0\n");
    for (Requirement r : requirements) {
      if (r.priority().equals("P0")) {
        String proof = proofs.containsKey(r.id()) ? String.join(", ", proofs.get(r.id())) : "-";
        report.append(String.format("  %s  %-48s %s%n", r.id(), r.title(), proof));
      }
    }
    System.out.print(report);
  }
}
